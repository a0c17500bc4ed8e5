import type { TenantTx } from "@casaforte/platform/db";

/** What one block list said of one of our addresses. */
export interface OwnListing {
  readonly address: string;
  readonly zone: string;
  readonly askedAt: Date;
  /** When the list last gave an answer that can be believed; the rest is what it said. */
  readonly answeredAt: Date | null;
  readonly listedSince: Date | null;
  /** Of the list, about the listing; plain text of a stranger's. */
  readonly words: string;
}

/** Writes a list's answer down; true when the address was not listed there before. */
export async function upsertAnswer(
  tx: TenantTx,
  answer: { readonly address: string; readonly zone: string; readonly at: Date; readonly listedWith: string | null },
): Promise<boolean> {
  const { address, zone, at, listedWith } = answer;
  const since = listedWith === null ? null : at;
  const [row] = await tx.sql<{ isNew: boolean | null }[]>`
    insert into mailflow_own_listings as known (tenant_id, address, zone, asked_at, answered_at, listed_since, words)
    values (${tx.tenantId}, ${address}, ${zone}, ${at}, ${at}, ${since}, ${listedWith ?? ""})
    on conflict (tenant_id, address, zone) do update set asked_at = excluded.asked_at, answered_at = excluded.answered_at,
      listed_since = case when excluded.listed_since is not null then coalesce(known.listed_since, excluded.listed_since) end,
      words = case when excluded.listed_since is not null then coalesce(nullif(excluded.words, ''), known.words) else '' end
    returning listed_since = ${at} as "isNew"`;
  return row?.isNew === true;
}

/** The list gave no answer that can be believed: what it said before stands. */
export async function upsertSilence(
  tx: TenantTx,
  silence: { readonly address: string; readonly zone: string; readonly at: Date },
): Promise<void> {
  await tx.sql`
    insert into mailflow_own_listings (tenant_id, address, zone, asked_at)
    values (${tx.tenantId}, ${silence.address}, ${silence.zone}, ${silence.at})
    on conflict (tenant_id, address, zone) do update set asked_at = excluded.asked_at`;
}

/** Forgets addresses and lists that are not asked about any more. */
export async function deleteOtherListings(
  tx: TenantTx,
  asked: { readonly addresses: readonly string[]; readonly zones: readonly string[] },
): Promise<void> {
  await tx.sql`
    delete from mailflow_own_listings where tenant_id = ${tx.tenantId}
      and not (address = any(${[...asked.addresses]}) and zone = any(${[...asked.zones]}))`;
}

export const selectOwnListings = async (
  tx: TenantTx,
  asked: { readonly addresses: readonly string[]; readonly zones: readonly string[] },
): Promise<readonly OwnListing[]> => tx.sql<OwnListing[]>`
  select address, zone, asked_at as "askedAt", answered_at as "answeredAt", listed_since as "listedSince", words
  from mailflow_own_listings
  where tenant_id = ${tx.tenantId} and address = any(${[...asked.addresses]}) and zone = any(${[...asked.zones]})
  order by address, zone`;
