/** Thread/get. RFC 8621 §3.1. */
import { read } from "../arguments.ts";
import { accountOf, getAnswer, idsOf, type Method } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** Thread/get; `ids: null` would be every thread and is refused. */
export const threadGet: Method = async (call) => {
  const account = await accountOf(call);
  const ids = idsOf(call);
  if (ids === null) throw new JmapError("requestTooLarge", "name the threads");
  const state = await account.state();
  const objects = (await account.threads(ids)).map((thread) => ({ id: thread.id, emailIds: thread.emailIds }));
  const properties = read.stringsOrNull(call.args, "properties");
  return [["Thread/get", getAnswer(account.info.id, state, ids, objects, properties)]];
};
