import type { MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { ChangeRow } from "./store-messages.ts";

/** What clients were told last, by address; those that are gone are left out. */
export async function selectToldIdentities(
  tx: TenantTx,
  accountId: MailAccountId,
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.sql<{ address: string; told: string }[]>`select address, told from mailbox_identity_states
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and destroyed_modseq is null`;
  return new Map(rows.map(({ address, told }) => [address, told]));
}

/** One that came, came back or changed. */
export async function putToldIdentity(
  tx: TenantTx,
  row: { readonly accountId: MailAccountId; readonly address: string; readonly told: string; readonly modseq: number },
): Promise<void> {
  await tx.sql`insert into mailbox_identity_states as s (tenant_id, account_id, address, told, created_modseq, modseq)
    values (${tx.tenantId}, ${row.accountId}, ${row.address}, ${row.told}, ${row.modseq}, ${row.modseq})
    on conflict (tenant_id, account_id, address) do update set told = excluded.told, modseq = excluded.modseq,
      created_modseq = case when s.destroyed_modseq is null then s.created_modseq else excluded.modseq end,
      destroyed_modseq = null`;
}

export async function dropToldIdentity(
  tx: TenantTx,
  row: { readonly accountId: MailAccountId; readonly address: string; readonly modseq: number },
): Promise<void> {
  await tx.sql`update mailbox_identity_states set modseq = ${row.modseq}, destroyed_modseq = ${row.modseq}
    where tenant_id = ${tx.tenantId} and account_id = ${row.accountId} and address = ${row.address}`;
}

/** Identities that came, changed or went after one modseq and up to another, by address; oldest first. */
export async function selectIdentityChanges(
  tx: TenantTx,
  accountId: MailAccountId,
  range: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<readonly ChangeRow<string>[]> {
  return tx.sql<ChangeRow<string>[]>`
    select address as id, modseq::float8 as modseq,
      case when destroyed_modseq is not null then 'destroyed' when created_modseq > ${range.after} then 'created'
        else 'updated' end as kind
    from mailbox_identity_states
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and modseq > ${range.after} and modseq <= ${range.upTo}
      and not (destroyed_modseq is not null and created_modseq > ${range.after})
    order by modseq, address limit ${range.limit}`;
}
