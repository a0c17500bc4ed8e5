/** Email/get. RFC 8621 §4.2. Messages are opened only for properties that need their bytes. */
import type { Fields } from "../arguments.ts";
import { emailObject, readEmailView } from "../email-object.ts";
import { openMessage } from "../message.ts";
import { accountOf, idsOf, type Method } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** Email/get; `ids: null` would be every email and is refused. */
export const emailGet: Method = async (call) => {
  const account = await accountOf(call);
  const ids = idsOf(call);
  if (ids === null) throw new JmapError("requestTooLarge", "name the emails");
  const view = readEmailView(call.args);
  const state = await account.state();
  const records = new Map((await account.emails(ids)).map((email) => [email.id, email]));
  const list: Fields[] = [];
  const notFound: string[] = [];
  for (const id of ids) {
    const record = records.get(id);
    if (record === undefined) notFound.push(id);
    else {
      if (view.needsMessage) call.budget.open(record.size);
      const message = view.needsMessage ? openMessage(await account.readMessage(id)) : null;
      list.push(emailObject(view, record, message, call.budget));
    }
  }
  return [["Email/get", { accountId: account.info.id, state, list, notFound }]];
};
