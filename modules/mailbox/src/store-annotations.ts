import type { Id, MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export interface AnnotationRow {
  readonly entry: string;
  readonly value: string;
}

/** What `account` wrote for itself about a mailbox, or about itself, and what the mailbox's owner shares; by name. */
export async function selectAnnotations(
  tx: TenantTx,
  place: { readonly account: MailAccountId; readonly owner: MailAccountId; readonly mailboxId: MailboxId | null },
): Promise<readonly AnnotationRow[]> {
  return tx.sql<AnnotationRow[]>`select entry, value from mailbox_annotations
    where tenant_id = ${tx.tenantId} and mailbox_id is not distinct from ${place.mailboxId}
      and ${mayRead(tx, place)}
    order by entry collate "C"`;
}

const mayRead = (
  tx: TenantTx,
  { account, owner }: { readonly account: MailAccountId; readonly owner: MailAccountId },
) =>
  tx.sql`((account_id = ${account} and entry like '/private/%') or (account_id = ${owner} and entry like '/shared/%'))`;

/** As `selectAnnotations`, of several places of one owner, with a digest in place of each value. */
export async function selectAnnotationDigests(
  tx: TenantTx,
  place: {
    readonly account: MailAccountId;
    readonly owner: MailAccountId;
    readonly mailboxIds: readonly (MailboxId | null)[];
  },
): Promise<readonly { readonly mailboxId: MailboxId | null; readonly entry: string; readonly digest: string }[]> {
  const ids = place.mailboxIds.filter((id) => id !== null);
  return tx.sql<{ mailboxId: MailboxId | null; entry: string; digest: string }[]>`
    select mailbox_id as "mailboxId", entry, md5(value) as digest from mailbox_annotations
    where tenant_id = ${tx.tenantId}
      and (mailbox_id = any(${ids}::uuid[]) or (${ids.length < place.mailboxIds.length} and mailbox_id is null))
      and ${mayRead(tx, place)}
    order by entry collate "C"`;
}

export async function putAnnotation(
  tx: TenantTx,
  row: AnnotationRow & {
    readonly id: Id<"Annotation">;
    readonly accountId: MailAccountId;
    readonly mailboxId: MailboxId | null;
    readonly at: Date;
  },
): Promise<void> {
  await tx.sql`insert into mailbox_annotations (tenant_id, id, account_id, mailbox_id, entry, value, set_at)
    values (${tx.tenantId}, ${row.id}, ${row.accountId}, ${row.mailboxId}, ${row.entry}, ${row.value}, ${row.at})
    on conflict (tenant_id, account_id, mailbox_id, entry) do update set value = excluded.value, set_at = excluded.set_at`;
}

export async function deleteAnnotation(
  tx: TenantTx,
  row: { readonly accountId: MailAccountId; readonly mailboxId: MailboxId | null; readonly entry: string },
): Promise<void> {
  await tx.sql`delete from mailbox_annotations where tenant_id = ${tx.tenantId} and account_id = ${row.accountId}
    and mailbox_id is not distinct from ${row.mailboxId} and entry = ${row.entry}`;
}

/** Everybody's about one mailbox. */
export async function deleteAnnotationsOf(tx: TenantTx, mailboxId: MailboxId): Promise<void> {
  await tx.sql`delete from mailbox_annotations where tenant_id = ${tx.tenantId} and mailbox_id = ${mailboxId}`;
}

/** How much an account keeps, everywhere together: UTF-8 bytes of names and values. */
export async function countAnnotations(
  tx: TenantTx,
  account: MailAccountId,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const [row] = await tx.sql<{ count: number; bytes: number }[]>`
    select count(*)::int as count, coalesce(sum(octet_length(entry) + octet_length(value)), 0)::float8 as bytes
    from mailbox_annotations where tenant_id = ${tx.tenantId} and account_id = ${account}`;
  return row ?? { count: 0, bytes: 0 };
}
