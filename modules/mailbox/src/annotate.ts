import { type Actor, Failure, type Id, type MailAccountId, type MailboxId, newId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import { lockedAccount, noSuchMailbox } from "./locked-account.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { countAnnotations, deleteAnnotation, putAnnotation } from "./store-annotations.ts";
import { selectMailbox } from "./store-mailboxes.ts";

export interface AnnotateInput {
  /** Who notes it. */
  readonly account: MailAccountId;
  /** Whose the mailbox is. */
  readonly owner: MailAccountId;
  /** Null: about the account itself. */
  readonly mailboxId: MailboxId | null;
  /** Null as value: no longer. Names in lower case. */
  readonly changes: readonly { readonly entry: string; readonly value: string | null }[];
}

/**
 * Sets and takes annotations (RFC 5464 §4.3), all or none. What is shared on a mailbox counts for its owner, what is private
 * for who wrote it. @throws not_found `mailbox.not_found`; forbidden `mailbox.shared_annotation` for what would be shared by a
 * whole server, `mailbox.share_too_small`; over_quota `mailbox.annotations_full`.
 */
export async function annotate(
  tx: TenantTx,
  actor: Actor,
  input: AnnotateInput,
  services: MailboxServices,
): Promise<void> {
  const { account, owner, mailboxId, changes } = input;
  const holderOf = (entry: string) => (entry.startsWith("/shared/") ? owner : account);
  const hasShared = changes.some(({ entry }) => entry.startsWith("/shared/"));
  if (mailboxId === null && hasShared)
    throw new Failure("forbidden", "mailbox.shared_annotation", "nobody sets what a whole server shares");
  const where = mailboxId === null ? null : [mailboxId];
  if (owner !== account || hasShared) assertMayUse(tx, actor, owner, hasShared ? "write" : "read", where);
  const holders = [...new Set(changes.map(({ entry }) => holderOf(entry)))].sort();
  for (const holder of holders) await lockedAccount(tx, holder);
  if (mailboxId !== null && !(await selectMailbox(tx, owner, mailboxId))) throw noSuchMailbox();
  const at = new Date(services.clock.nowMs());
  for (const { entry, value } of changes) {
    const accountId = holderOf(entry);
    if (value === null) await deleteAnnotation(tx, { accountId, mailboxId, entry });
    else {
      const id = newId<Id<"Annotation">>(services.clock, services.random);
      await putAnnotation(tx, { id, accountId, mailboxId, entry, value, at });
    }
  }
  for (const holder of holders) hintChange(tx, services, holder, mailboxId ?? "");
  if (changes.every(({ value }) => value === null)) return;
  for (const holder of holders) {
    const { count, bytes } = await countAnnotations(tx, holder);
    if (count > mailboxLimits.annotationsMax || bytes > mailboxLimits.annotationBytesMax)
      throw new Failure("over_quota", "mailbox.annotations_full", "there is no room for more annotations");
  }
}
