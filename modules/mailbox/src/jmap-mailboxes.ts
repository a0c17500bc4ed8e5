import type { MailboxRecord } from "@casaforte/jmap";
import { JmapError } from "@casaforte/jmap";
import { Failure, type MailboxId } from "@casaforte/kernel";
import { type Mailbox, parentPath } from "./mailbox.ts";
import type { ThreadCount } from "./store-jmap.ts";

/** Paths as JMAP's tree: a name and a parent each, as far as the parent is among them. `threads` null: not asked for. */
export function mailboxRecords(
  mailboxes: readonly Mailbox[],
  threads: ReadonlyMap<MailboxId, Pick<ThreadCount, "total" | "unread">> | null,
  mayWrite: (id: MailboxId) => boolean,
): readonly MailboxRecord[] {
  const byPath = new Map(mailboxes.map((mailbox) => [mailbox.path, mailbox]));
  return mailboxes.map((mailbox) => {
    const parent = parentPath(mailbox.path);
    const count = threads?.get(mailbox.id);
    return {
      id: mailbox.id,
      name: mailbox.path.slice(parent === null ? 0 : parent.length + 1),
      parentId: parent === null ? null : (byPath.get(parent)?.id ?? null),
      role: mailbox.role,
      sortOrder: mailbox.sortOrder,
      totalEmails: mailbox.total,
      unreadEmails: mailbox.unseen,
      totalThreads: count?.total ?? 0,
      unreadThreads: count?.unread ?? 0,
      isSubscribed: mailbox.subscribed,
      isReadOnly: !mayWrite(mailbox.id),
    };
  });
}

/** The path of a name below a parent. @throws not_found `mailbox.not_found`. */
export function pathOf(mailboxes: readonly Mailbox[], name: string, parentId: string | null): string {
  if (parentId === null) return name;
  const parent = mailboxes.find((mailbox) => mailbox.id === parentId);
  if (parent === undefined) throw new Failure("not_found", "mailbox.not_found", "no such parent");
  return `${parent.path}/${name}`;
}

/** RFC 8621 §2.5 has names of its own for two refusals. */
export function asMailboxError(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  if (error.code === "mailbox.has_children") return new JmapError("mailboxHasChild", error.message);
  if (error.code === "mailbox.has_messages") return new JmapError("mailboxHasEmail", error.message);
  return error;
}
