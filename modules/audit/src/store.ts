import type { TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { AuditDetails, AuditEntry } from "./entry.ts";

export interface NewEntry {
  readonly tenantId: TenantId;
  readonly actorKind: AuditEntry["actorKind"];
  readonly actorId: string | null;
  readonly actorRoles: readonly string[];
  readonly actorIp: string | null;
  readonly action: string;
  readonly objectKind: string;
  readonly objectId: string;
  readonly details: AuditDetails;
}

export async function insertEntry(tx: TenantTx | OperatorTx, entry: NewEntry): Promise<void> {
  await tx.sql`insert into audit_entries
      (tenant_id, actor_kind, actor_id, actor_roles, actor_ip, action, object_kind, object_id, details)
    values (${entry.tenantId}, ${entry.actorKind}, ${entry.actorId}, ${[...entry.actorRoles]}, ${entry.actorIp},
      ${entry.action}, ${entry.objectKind}, ${entry.objectId}, ${tx.sql.json(entry.details as never)})`;
}

export interface EntryQuery {
  readonly tenantId: TenantId;
  /** A whole action or its first parts: `identity` finds `identity.sign_in`. */
  readonly action: string | null;
  readonly actorId: string | null;
  readonly actorKind: AuditEntry["actorKind"] | null;
  readonly objectKind: string | null;
  readonly objectId: string | null;
  readonly from: Date | null;
  readonly until: Date | null;
  readonly before: string | null;
  readonly count: number;
}

const entryColumns = ({ sql }: TenantTx | OperatorTx) =>
  sql`id, at, actor_kind as "actorKind", actor_id as "actorId", actor_roles as "actorRoles", actor_ip as "actorIp",
    action, object_kind as "objectKind", object_id as "objectId", details`;

/** The newest of one act on one object, newest first. Reads no other object's entries, however many there are. */
export async function selectEntriesOfObject(
  tx: TenantTx | OperatorTx,
  q: Readonly<Record<"action" | "objectKind" | "objectId", string>> & Pick<EntryQuery, "tenantId" | "count">,
): Promise<AuditEntry[]> {
  return tx.sql<AuditEntry[]>`
    select ${entryColumns(tx)} from audit_entries
    where tenant_id = ${q.tenantId} and object_kind = ${q.objectKind} and object_id = ${q.objectId}
      and action = ${q.action}
    order by id desc limit ${q.count}`;
}

export async function selectEntries(tx: TenantTx | OperatorTx, q: EntryQuery): Promise<AuditEntry[]> {
  return tx.sql<AuditEntry[]>`
    select ${entryColumns(tx)} from audit_entries
    where tenant_id = ${q.tenantId}
      and (${q.before}::uuid is null or id < ${q.before}::uuid)
      and (${q.action}::text is null or action = ${q.action} or starts_with(action, ${q.action} || '.'))
      and (${q.actorId}::text is null or actor_id = ${q.actorId})
      and (${q.actorKind}::text is null or actor_kind = ${q.actorKind})
      and (${q.objectKind}::text is null or object_kind = ${q.objectKind})
      and (${q.objectId}::text is null or object_id = ${q.objectId})
      and (${q.from}::timestamptz is null or at >= ${q.from})
      and (${q.until}::timestamptz is null or at < ${q.until})
    order by id desc limit ${q.count}`;
}

export async function chainPending(tx: LookupTx, count: number): Promise<number> {
  const [row] = await tx.sql<{ done: number }[]>`select audit_chain_pending(${count}) as done`;
  return row?.done ?? 0;
}

export interface Head {
  readonly tenantId: TenantId;
  readonly seq: bigint;
  readonly hash: Buffer;
}

export async function selectHeadsToAnchor(tx: LookupTx, count: number): Promise<Head[]> {
  return tx.sql<Head[]>`select tenant_id as "tenantId", seq, hash from audit_heads_to_anchor(${count})`;
}

export async function markAnchored(tx: LookupTx, head: Head): Promise<void> {
  await tx.sql`select audit_mark_anchored(${head.tenantId}, ${head.seq})`;
}

export interface BrokenLink {
  readonly seq: bigint;
  readonly entryId: string;
  readonly fault: "altered" | "removed" | "gap";
}

/** Recomputes every link of one tenant's chain inside the database and returns those that do not fit. */
export async function selectBrokenLinks(
  tx: TenantTx | OperatorTx,
  tenantId: TenantId,
  max: number,
): Promise<BrokenLink[]> {
  return tx.sql<BrokenLink[]>`
    select seq, entry_id as "entryId", fault from (
      select c.seq, c.entry_id, case
          when e.id is null then 'removed'
          when c.seq <> 1 + coalesce(lag(c.seq) over w, cut.seq, 0) then 'gap'
          when c.hash <> sha256(coalesce(lag(c.hash) over w, cut.hash, '\\x'::bytea) || audit_canonical(e)) then 'altered'
        end as fault
      from audit_chain c left join audit_entries e on e.tenant_id = c.tenant_id and e.id = c.entry_id
        left join (select seq, hash from audit_cuts where tenant_id = ${tenantId} order by seq desc limit 1) cut on true
      where c.tenant_id = ${tenantId} window w as (order by c.seq)) checked
    where fault is not null order by seq limit ${max}`;
}

/** Entries that neither wait nor are chained: somebody removed links or the queue. */
export async function selectUnlinkedEntries(tx: TenantTx, max: number): Promise<{ id: string }[]> {
  return tx.sql<{ id: string }[]>`
    select e.id from audit_entries e
    where e.tenant_id = ${tx.tenantId}
      and not exists (select 1 from audit_chain c where c.tenant_id = e.tenant_id and c.entry_id = e.id)
      and not exists (select 1 from audit_pending p where p.tenant_id = e.tenant_id and p.entry_id = e.id)
    order by e.id limit ${max}`;
}

export interface StandingHead {
  readonly seq: bigint;
  readonly hash: Buffer;
  readonly linkHash: Buffer | null;
  readonly links: bigint;
  /** Where the log was cut; 0 where it never was. */
  readonly cutSeq: bigint;
}

/**
 * Cuts at most that many of the oldest links off a departed tenant's log, with their entries. Returns how many went; fewer
 * only when the log is gone to its end.
 */
export async function cutLog(tx: TenantTx, most: bigint): Promise<bigint> {
  const [row] = await tx.sql<{ done: bigint }[]>`select audit_cut(${most}) as done`;
  return row?.done ?? 0n;
}

export async function selectHead(tx: TenantTx): Promise<StandingHead | null> {
  const [row] = await tx.sql<StandingHead[]>`
    select h.seq, h.hash, coalesce(c.hash, (select u.hash from audit_cuts u where u.tenant_id = h.tenant_id and u.seq = h.seq)) as "linkHash",
      (select count(*) from audit_chain a where a.tenant_id = h.tenant_id) as links,
      coalesce((select max(u.seq) from audit_cuts u where u.tenant_id = h.tenant_id), 0) as "cutSeq"
    from audit_heads h left join audit_chain c on c.tenant_id = h.tenant_id and c.seq = h.seq
    where h.tenant_id = ${tx.tenantId}`;
  return row ?? null;
}

export async function selectLinkHash(tx: TenantTx, seq: bigint): Promise<Buffer | null> {
  const [row] = await tx.sql<{ hash: Buffer }[]>`
    select hash from audit_chain where tenant_id = ${tx.tenantId} and seq = ${seq}
    union all select hash from audit_cuts where tenant_id = ${tx.tenantId} and seq = ${seq} limit 1`;
  return row?.hash ?? null;
}

/** Where the chain of the transaction's tenant begins: at nothing, or where it was cut. */
export async function selectChainStart(tx: TenantTx): Promise<{ seq: bigint; hash: Buffer }> {
  const [row] = await tx.sql<{ seq: bigint; hash: Buffer }[]>`
    select seq, hash from audit_cuts where tenant_id = ${tx.tenantId} order by seq desc limit 1`;
  return row ?? { seq: 0n, hash: Buffer.alloc(0) };
}

export interface ChainLink {
  readonly seq: bigint;
  readonly hash: Buffer;
  /** The text that was hashed. */
  readonly entry: string;
}

/** Links after one, in order. An entry that was removed comes as one that fits no hash. */
export async function selectChainPage(tx: TenantTx, after: bigint, count: number): Promise<ChainLink[]> {
  return tx.sql<ChainLink[]>`
    select c.seq, c.hash, convert_from(audit_canonical(e), 'UTF8') as entry
    from audit_chain c left join audit_entries e on e.tenant_id = c.tenant_id and e.id = c.entry_id
    where c.tenant_id = ${tx.tenantId} and c.seq > ${after} order by c.seq limit ${count}`;
}

/** Of these customers, those whose chain has grown beyond the link named. */
export async function selectHeadsBeyond(
  tx: LookupTx,
  read: readonly { readonly tenantId: TenantId; readonly seq: bigint }[],
): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select tenant_id as "tenantId" from audit_heads_beyond(${read.map(({ tenantId }) => tenantId)}::uuid[],
      ${read.map(({ seq }) => String(seq))}::text[]::bigint[])`;
  return rows.map(({ tenantId }) => tenantId);
}

export interface ChainedEntry extends Pick<AuditEntry, "id" | "at" | "action" | "objectKind" | "objectId"> {
  readonly seq: bigint;
}

/** Entries after a link of the transaction's tenant, in the order of the chain: none can come in between later. */
export async function selectEntriesAfter(tx: TenantTx, seq: bigint, count: number): Promise<ChainedEntry[]> {
  return tx.sql<ChainedEntry[]>`
    select c.seq, e.id, e.at, e.action, e.object_kind as "objectKind", e.object_id as "objectId"
    from audit_chain c join audit_entries e on e.tenant_id = c.tenant_id and e.id = c.entry_id
    where c.tenant_id = ${tx.tenantId} and c.seq > ${seq} order by c.seq limit ${count}`;
}
