// RFC 9051 §6.3.5 DELETE
import type { Handler } from "../command.ts";
import { mailboxArgument, requireMailbox } from "../mailbox-lookup.ts";

/** Deletes a mailbox. If it is the selected one, the session first leaves it. */
export const deleteMailbox: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.end();
  if (name === "INBOX") return "NO [CANNOT] INBOX cannot be deleted";
  const { id } = await requireMailbox(session, name);
  await session.account.delete(id);
  if (session.selectedOrNull?.mailbox.id === id) {
    await session.unselect();
    session.out.line("* OK [CLOSED] The selected mailbox was deleted");
  }
  return "OK DELETE completed";
};
