import type { Mailbox } from "../jmap/types.ts";
import type { MessageId } from "../translate.ts";

/** Folders for a choice: the path that a rule names, and what the person reads. */
export function folderPaths(
  mailboxes: ReadonlyMap<string, Mailbox>,
  t: (id: MessageId) => string,
): { readonly value: string; readonly label: string }[] {
  const names = (mailbox: Mailbox, shown: boolean): string => {
    const parent = mailbox.parentId === null ? undefined : mailboxes.get(mailbox.parentId);
    const role = shown && mailbox.role !== null ? (`mail.role.${mailbox.role}` as MessageId) : null;
    const own = role === null || t(role) === role ? mailbox.name : t(role);
    return parent === undefined ? own : `${names(parent, shown)}/${own}`;
  };
  return [...mailboxes.values()]
    .map((mailbox) => ({
      value: mailbox.role === "inbox" ? "INBOX" : names(mailbox, false),
      label: names(mailbox, true),
    }))
    .sort((a, b) => a.label.localeCompare(b.label));
}
