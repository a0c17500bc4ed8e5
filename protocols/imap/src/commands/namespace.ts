// RFC 9051 §6.3.10 NAMESPACE
import type { Handler } from "../command.ts";
import { printedName } from "../mailbox-lookup.ts";
import { delimiter } from "../syntax/mailbox-name.ts";

/** One personal namespace without a prefix, and where others' mailboxes are, if the store has such. */
export const namespace: Handler = (session, { cursor }) => {
  cursor.end();
  const { otherUsers } = session.account;
  const others = otherUsers === undefined ? "NIL" : `((${printedName(session, otherUsers)} "${delimiter}"))`;
  session.out.line(`* NAMESPACE (("" "${delimiter}")) ${others} NIL`);
  return "OK NAMESPACE completed";
};
