// RFC 1939 §5 DELE, RSET, NOOP; §6 QUIT
import { Failure } from "@casaforte/kernel";
import { failureReply } from "../failure-reply.ts";
import { messageIndex, transaction } from "../message-number.ts";
import type { Handler } from "../session.ts";

/** Marks a message; it goes at QUIT. */
export const dele: Handler = (session, argument) => {
  const index = messageIndex(session, argument);
  transaction(session).deleted.add(index);
  return "+OK Marked for deletion";
};

export const rset: Handler = (session) => {
  transaction(session).deleted.clear();
  return "+OK Nothing is marked";
};

export const noop: Handler = () => "+OK";

/** Removes what was marked, all or none, and says goodbye. A session that ends otherwise removes nothing. */
export const quit: Handler = async (session) => {
  const { state } = session;
  if (state.name !== "transaction") {
    session.state = { name: "over" };
    return "+OK Goodbye";
  }
  const { maildrop, deleted } = state;
  try {
    const uids = Uint32Array.from(deleted, (index) => maildrop.uids[index] ?? 0).sort();
    if (uids.length > 0) await maildrop.remove(uids);
    session.logger.info("pop3.quit", { removed: uids.length });
    return "+OK Goodbye";
  } catch (error) {
    if (!(error instanceof Failure)) session.logger.error("pop3.remove_failed", error);
    return error instanceof Failure ? failureReply(error) : "-ERR [SYS/TEMP] The messages were not removed";
  } finally {
    session.state = { name: "over" };
    await maildrop.close();
  }
};
