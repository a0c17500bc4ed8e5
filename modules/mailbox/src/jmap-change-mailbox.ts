import type { MailboxDraft } from "@casaforte/jmap";
import { type Actor, Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { type MailboxInput, renameMailbox, updateMailbox } from "./change-mailboxes.ts";
import { mailboxRecords, pathOf } from "./jmap-mailboxes.ts";
import type { MailboxServices } from "./services.ts";
import { selectMailboxes } from "./store-mailboxes.ts";

/** Mailbox/set update (RFC 8621 §2.5). @throws what renameMailbox and updateMailbox throw; forbidden `mailbox.inbox`. */
export async function changeJmapMailbox(
  tx: TenantTx,
  actor: Actor,
  input: MailboxInput & { readonly change: Partial<MailboxDraft> },
  services: MailboxServices,
): Promise<void> {
  const { accountId, mailboxId, change } = input;
  if (change.name !== undefined || change.parentId !== undefined) {
    const mailboxes = await selectMailboxes(tx, accountId);
    const now = mailboxRecords(mailboxes, null, () => true).find(({ id }) => id === mailboxId);
    if (now === undefined) throw new Failure("not_found", "mailbox.not_found", "no such mailbox");
    if (now.role === "inbox") throw new Failure("forbidden", "mailbox.inbox", "the inbox keeps its name");
    const parentId = change.parentId === undefined ? now.parentId : change.parentId;
    const path = pathOf(mailboxes, change.name ?? now.name, parentId);
    await renameMailbox(tx, actor, { accountId, mailboxId, path }, services);
  }
  if (change.isSubscribed === undefined && change.sortOrder === undefined) return;
  const properties = {
    ...(change.isSubscribed === undefined ? {} : { subscribed: change.isSubscribed }),
    ...(change.sortOrder === undefined ? {} : { sortOrder: change.sortOrder }),
  };
  await updateMailbox(tx, actor, { accountId, mailboxId, ...properties }, services);
}
