// RFC 9051 §6.3.7 SUBSCRIBE, §6.3.8 UNSUBSCRIBE
import type { Handler } from "../command.ts";
import { findMailbox, mailboxArgument } from "../mailbox-lookup.ts";

/** Sets or clears the subscription. Unsubscribing a name that is gone is no error: nothing is kept of it. */
export const subscribe: Handler = async (session, { cursor, name: verb }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.end();
  const mailbox = await findMailbox(session, name);
  if (!mailbox && verb === "SUBSCRIBE") return "NO [NONEXISTENT] No such mailbox";
  if (mailbox) await session.account.subscribe(mailbox.id, verb === "SUBSCRIBE");
  return `OK ${verb} completed`;
};
