// RFC 9051 §6.3.6 RENAME
import type { Handler } from "../command.ts";
import { mailboxArgument, requireMailbox } from "../mailbox-lookup.ts";
import { checkNewMailboxName, delimiter } from "../syntax/mailbox-name.ts";

/** Renames a mailbox with its children; of INBOX it moves the messages. */
export const rename: Handler = async (session, { cursor }) => {
  cursor.space();
  const from = mailboxArgument(session, cursor);
  cursor.space();
  const asked = mailboxArgument(session, cursor);
  cursor.end();
  const to = asked.endsWith(delimiter) ? asked.slice(0, -1) : asked;
  checkNewMailboxName(to, session.limits);
  if (to === "INBOX") return "NO [ALREADYEXISTS] INBOX exists";
  if (to.startsWith(from + delimiter) && from !== "INBOX") return "NO [CANNOT] A mailbox cannot move into itself";
  const { id } = await requireMailbox(session, from);
  await session.account.rename(id, to);
  return "OK RENAME completed";
};
