import { assert, Failure } from "@casaforte/kernel";
import type { Session, SessionState } from "./session.ts";

/** The session's maildrop; the loop has checked that there is one. */
export function transaction(session: Session): Extract<SessionState, { name: "transaction" }> {
  assert(session.state.name === "transaction", "the session is signed in");
  return session.state;
}

/** Index of the message a client names. @throws not_found `pop3.no_message` for unknown and deleted ones. */
export function messageIndex(session: Session, text: string): number {
  const { maildrop, deleted } = transaction(session);
  const number = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > maildrop.uids.length) throw noMessage("No such message");
  if (deleted.has(number - 1)) throw noMessage("The message is deleted");
  return number - 1;
}

function noMessage(message: string): Failure {
  return new Failure("not_found", "pop3.no_message", message);
}
