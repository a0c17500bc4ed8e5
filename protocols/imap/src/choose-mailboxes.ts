import type { MailboxInfo } from "./backend.ts";
import type { Session } from "./session.ts";
import type { MailboxFilter } from "./syntax/mailbox-filter.ts";
import { delimiter } from "./syntax/mailbox-name.ts";

/**
 * Whether a filter means the mailbox (RFC 5465 §6, RFC 7377 §2.2). `personal`: one's own namespace, and `inboxes` the same, since a
 * filter may file arriving mail into each of them. Others' mailboxes are meant only where they are named or subscribed.
 */
export function isMeant(session: Session, filter: MailboxFilter, { id, name, subscribed }: MailboxInfo): boolean {
  switch (filter.kind) {
    case "selected":
      return session.selectedOrNull?.mailbox.id === id;
    case "inboxes":
    case "personal": {
      const { otherUsers } = session.account;
      return otherUsers === undefined || !name.startsWith(otherUsers);
    }
    case "subscribed":
      return subscribed;
    case "mailboxes":
      return filter.names.includes(name);
    case "subtree":
      return filter.names.some((root) => name === root || name.startsWith(`${root}${delimiter}`));
    case "subtree-one":
      return filter.names.some((root) => name === root || name.slice(0, name.lastIndexOf(delimiter)) === root);
  }
}

/** The mailboxes that one filter at least means and that hold messages, each once, in the order of their names. */
export async function chooseMailboxes(session: Session, filters: readonly MailboxFilter[]): Promise<MailboxInfo[]> {
  const all = await session.account.list();
  return all
    .filter((one) => one.selectable && filters.some((filter) => isMeant(session, filter, one)))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
