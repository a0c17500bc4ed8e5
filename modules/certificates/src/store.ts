import type { DomainId, TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import type { CertificateName, Trouble } from "./types.ts";

interface NameRow {
  tenant_id: TenantId;
  name: string;
  domain_id: DomainId | null;
  look_at: Date;
  tried_at: Date | null;
  trouble: Trouble | null;
  words: string;
  failures: number;
  issued_at: Date | null;
  ends_at: Date | null;
  renew_at: Date | null;
}

const toName = (row: NameRow): CertificateName => ({
  tenantId: row.tenant_id,
  name: row.name,
  domainId: row.domain_id,
  lookAt: row.look_at,
  triedAt: row.tried_at,
  trouble: row.trouble,
  words: row.words,
  failures: row.failures,
  issued:
    row.issued_at && row.ends_at && row.renew_at
      ? { at: row.issued_at, endsAt: row.ends_at, renewAt: row.renew_at }
      : null,
});

const columns = (tx: Tx) =>
  tx.sql`tenant_id, name, domain_id, look_at, tried_at, trouble, words, failures, issued_at, ends_at, renew_at`;

export async function insertNames(
  tx: TenantTx,
  names: readonly string[],
  domainId: DomainId | null,
  at: Date,
): Promise<void> {
  await tx.sql`
    insert into certificates_names (tenant_id, name, domain_id, look_at)
    select ${tx.tenantId}, name, ${domainId}, ${at} from unnest(${[...names]}::text[]) name
    on conflict (tenant_id, name) do nothing`;
}

export async function selectNames(tx: TenantTx): Promise<readonly CertificateName[]> {
  const rows = await tx.sql<NameRow[]>`
    select ${columns(tx)} from certificates_names where tenant_id = ${tx.tenantId} order by name`;
  return rows.map(toName);
}

export interface DueName {
  readonly name: string;
  readonly since: Date;
}

/** Names that are due and in nobody's turn, the longest first. */
export async function selectDue(tx: TenantTx, at: Date, count: number): Promise<readonly DueName[]> {
  return tx.sql<DueName[]>`
    select name, look_at as since from certificates_names
    where tenant_id = ${tx.tenantId} and look_at <= ${at} and (claimed_until is null or claimed_until <= ${at})
    order by look_at, name limit ${count}`;
}

/** Makes names due whose certificate, or order, is another authority's; their orders end, and whoever has a turn loses it. */
export async function updateDirectory(tx: TenantTx, directory: string, at: Date): Promise<void> {
  await tx.sql`
    update certificates_names set directory = ${directory}, look_at = ${at}, claimed_until = null, trouble = null,
      words = '', failures = 0, order_url = null, order_key = null, challenge_token = null, challenge_answer = null
    where tenant_id = ${tx.tenantId} and directory is distinct from ${directory}`;
}

/** Erases certificates that ended, with their keys, of customers' names that do not lead here. Returns how many. */
export async function clearEnded(tx: TenantTx, at: Date): Promise<number> {
  const rows = await tx.sql`
    update certificates_names
    set private_key = null, chain = null, issued_at = null, ends_at = null, renew_at = null
    where tenant_id = ${tx.tenantId} and domain_id is not null and ends_at <= ${at}
      and trouble in ('no_dns', 'elsewhere')`;
  return rows.count;
}

export async function selectName(tx: TenantTx, name: string): Promise<CertificateName | null> {
  const [row] = await tx.sql<NameRow[]>`
    select ${columns(tx)} from certificates_names where tenant_id = ${tx.tenantId} and name = ${name} for update`;
  return row ? toName(row) : null;
}

/** Also the keys. Returns how many of them servers showed. */
export async function deleteNames(tx: TenantTx, names: readonly string[]): Promise<number> {
  const rows = await tx.sql<{ was_shown: boolean }[]>`
    delete from certificates_names where tenant_id = ${tx.tenantId} and name = any(${[...names]}::text[])
    returning chain is not null as was_shown`;
  return rows.filter((row) => row.was_shown).length;
}

/** A turn's hold on a name. What it writes after another took the name, or the name went, is lost. */
export interface Claim {
  readonly name: string;
  readonly until: Date;
}

export interface Claimed extends CertificateName, Claim {
  readonly order: { readonly url: string; readonly sealedKey: Buffer } | null;
  /** Of the certificate that is shown; null without one. */
  readonly shownKey: Buffer | null;
}

interface ClaimedRow extends NameRow {
  readonly order_url: string | null;
  readonly order_key: Buffer | null;
  readonly private_key: Buffer | null;
}

/** Takes a name that is due at that authority, for whoever comes first; null: it is not, or another has it. */
export async function claimName(
  tx: TenantTx,
  name: string,
  { directory, at, until }: { readonly directory: string; readonly at: Date; readonly until: Date },
): Promise<Claimed | null> {
  const [row] = await tx.sql<ClaimedRow[]>`
    update certificates_names set claimed_until = ${until}, tried_at = ${at}
    where tenant_id = ${tx.tenantId} and name = ${name} and directory = ${directory} and look_at <= ${at}
      and (claimed_until is null or claimed_until <= ${at})
    returning ${columns(tx)}, order_url, order_key, private_key`;
  if (!row) return null;
  const { order_url: url, order_key: sealedKey, private_key: shownKey } = row;
  return { ...toName(row), until, shownKey, order: url !== null && sealedKey !== null ? { url, sealedKey } : null };
}

export async function updateLookAt(tx: TenantTx, name: string, at: Date): Promise<void> {
  await tx.sql`
    update certificates_names set look_at = ${at} where tenant_id = ${tx.tenantId} and name = ${name}`;
}

const isHeld = (tx: TenantTx, { name, until }: Claim) =>
  tx.sql`tenant_id = ${tx.tenantId} and name = ${name} and claimed_until = ${until}`;

const noOrder = (tx: TenantTx) =>
  tx.sql`order_url = null, order_key = null, challenge_token = null, challenge_answer = null`;

/** Ends the turn. False: another has the name, or it is gone. */
export async function updateTrouble(
  tx: TenantTx,
  claim: Claim,
  found: {
    readonly trouble: Trouble;
    readonly words: string;
    readonly failures: number;
    readonly lookAt: Date;
    /** Nothing is left to go on with. */
    readonly isOrderOver: boolean;
  },
): Promise<boolean> {
  const rows = await tx.sql`
    update certificates_names set trouble = ${found.trouble}, words = ${found.words}, failures = ${found.failures},
      look_at = ${found.lookAt}, claimed_until = null ${found.isOrderOver ? tx.sql`, ${noOrder(tx)}` : tx.sql``}
    where ${isHeld(tx, claim)}`;
  return rows.count > 0;
}

/** False: as above. */
export async function updateOrder(
  tx: TenantTx,
  claim: Claim,
  order: { readonly url: string; readonly sealedKey: Uint8Array },
): Promise<boolean> {
  const rows = await tx.sql`
    update certificates_names set order_url = ${order.url}, order_key = ${Buffer.from(order.sealedKey)},
      challenge_token = null, challenge_answer = null
    where ${isHeld(tx, claim)}`;
  return rows.count > 0;
}

/** False: as above. */
export async function updateChallenge(
  tx: TenantTx,
  claim: Claim,
  challenge: { readonly token: string; readonly answer: string },
): Promise<boolean> {
  const rows = await tx.sql`
    update certificates_names set challenge_token = ${challenge.token}, challenge_answer = ${challenge.answer}
    where ${isHeld(tx, claim)} and order_url is not null`;
  return rows.count > 0;
}

/** The key of the order becomes that of the certificate, and the turn ends. False: as above. */
export async function updateIssued(
  tx: TenantTx,
  claim: Claim,
  issued: { readonly chain: string; readonly at: Date; readonly endsAt: Date; readonly renewAt: Date },
): Promise<boolean> {
  const rows = await tx.sql`
    update certificates_names set private_key = order_key, chain = ${issued.chain}, issued_at = ${issued.at},
      ends_at = ${issued.endsAt}, renew_at = ${issued.renewAt}, look_at = ${issued.renewAt}, claimed_until = null,
      trouble = null, words = '', failures = 0, ${noOrder(tx)}
    where ${isHeld(tx, claim)} and order_key is not null`;
  return rows.count > 0;
}

export async function insertOrder(tx: TenantTx, id: string, name: string, at: Date): Promise<void> {
  await tx.sql`
    insert into certificates_orders (tenant_id, id, name, ordered_at) values (${tx.tenantId}, ${id}, ${name}, ${at})`;
}

export async function countOrders(tx: TenantTx, since: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from certificates_orders where tenant_id = ${tx.tenantId} and ordered_at > ${since}`;
  return row?.count ?? 0;
}

export async function deleteOrders(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`delete from certificates_orders where tenant_id = ${tx.tenantId} and ordered_at <= ${before}`;
}

/** What keeps a whole account from orders. */
export interface Rest {
  readonly trouble: Extract<Trouble, "rate_limited" | "away">;
  readonly words: string;
  readonly until: Date;
}

/** Null: nothing does. */
export async function selectRest(tx: TenantTx, directory: string, at: Date): Promise<Rest | null> {
  const [row] = await tx.sql<Rest[]>`
    select trouble, words, rests_until as until from certificates_accounts
    where tenant_id = ${tx.tenantId} and directory = ${directory} and rests_until > ${at}`;
  return row ?? null;
}

export async function updateRest(tx: TenantTx, directory: string, { trouble, words, until }: Rest): Promise<void> {
  await tx.sql`
    update certificates_accounts set trouble = ${trouble}, words = ${words}, rests_until = ${until},
      failures = failures + 1
    where tenant_id = ${tx.tenantId} and directory = ${directory}`;
}

/** The authority takes orders. */
export async function clearRest(tx: TenantTx, directory: string): Promise<void> {
  await tx.sql`
    update certificates_accounts set trouble = null, words = '', rests_until = null, failures = 0
    where tenant_id = ${tx.tenantId} and directory = ${directory} and failures > 0`;
}

/** The authority answers again, also to an order that began before it was away. A limit ends by its own time. */
export async function clearAway(tx: TenantTx, directory: string): Promise<void> {
  await tx.sql`
    update certificates_accounts set trouble = null, words = '', rests_until = null, failures = 0
    where tenant_id = ${tx.tenantId} and directory = ${directory} and trouble = 'away'`;
}

/** What an authority said that is asked no more is nobody's trouble. */
export async function clearOtherRests(tx: TenantTx, directory: string | null): Promise<void> {
  await tx.sql`
    update certificates_accounts set trouble = null, words = '', rests_until = null, failures = 0
    where tenant_id = ${tx.tenantId} and directory is distinct from ${directory} and failures > 0`;
}

export interface StoredAccount {
  readonly sealedKey: Buffer;
  readonly url: string | null;
}

/** The account with that authority; `sealedKey` is that of a new one, taken when there is none yet. */
export async function takeAccount(tx: TenantTx, directory: string, sealedKey: Uint8Array): Promise<StoredAccount> {
  await tx.sql`
    insert into certificates_accounts (tenant_id, directory, private_key)
    values (${tx.tenantId}, ${directory}, ${Buffer.from(sealedKey)}) on conflict (tenant_id, directory) do nothing`;
  const [row] = await tx.sql<{ private_key: Buffer; url: string | null }[]>`
    select private_key, url from certificates_accounts where tenant_id = ${tx.tenantId} and directory = ${directory}`;
  return { sealedKey: row?.private_key ?? Buffer.from(sealedKey), url: row?.url ?? null };
}

export async function updateAccountUrl(tx: TenantTx, directory: string, url: string | null): Promise<void> {
  await tx.sql`
    update certificates_accounts set url = ${url} where tenant_id = ${tx.tenantId} and directory = ${directory}`;
}

/** What to answer an authority that asks at that host name; null: nobody waits for that question. */
export async function challengeAnswer(tx: LookupTx, name: string, token: string): Promise<string | null> {
  const [row] = await tx.sql<{ answer: string | null }[]>`select certificates_answer(${name}, ${token}) as answer`;
  return row?.answer ?? null;
}

export interface IssuedName {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly issuedAt: Date;
}

/** Every name that has a certificate, of all customers; the provider's own last. */
export async function selectIssued(tx: LookupTx): Promise<readonly IssuedName[]> {
  return tx.sql<IssuedName[]>`
    select tenant_id as "tenantId", name, issued_at as "issuedAt" from certificates_issued()`;
}

export interface SealedPair extends IssuedName {
  readonly sealedKey: Buffer;
  readonly chain: string;
}

export async function selectPairs(tx: LookupTx, names: readonly string[]): Promise<readonly SealedPair[]> {
  return tx.sql<SealedPair[]>`
    select tenant_id as "tenantId", name, issued_at as "issuedAt", private_key as "sealedKey", chain
    from certificates_pairs(${[...names]}::text[])`;
}

export interface TroubledName {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly endsAt: Date | null;
  readonly trouble: Trouble | null;
  readonly words: string;
  readonly failures: number;
}

interface Worrying {
  readonly endsBefore: Date;
  readonly failures: number;
}

/** The provider's own first, then what ends first. */
export async function selectTroubled(
  tx: OperatorTx,
  { endsBefore, failures }: Worrying,
  count: number,
): Promise<readonly TroubledName[]> {
  return tx.sql<TroubledName[]>`
    select tenant_id as "tenantId", name, ends_at as "endsAt", trouble, words, failures
    from certificates_troubled(${endsBefore}, ${failures}) limit ${count}`;
}

export async function countTroubled(tx: OperatorTx, { endsBefore, failures }: Worrying): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from certificates_troubled(${endsBefore}, ${failures})`;
  return row?.count ?? 0;
}

export async function findUnsealed(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ name: string }[]>`
    select name from certificates_names where tenant_id = ${tx.tenantId}
      and position('PRIVATE KEY' in encode(coalesce(private_key, '') || coalesce(order_key, ''), 'escape')) > 0`;
  return rows.map((row) => row.name);
}
