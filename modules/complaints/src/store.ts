import type { PrincipalId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Complaint, ComplaintId, Decision } from "./complaint.ts";
import { complaintLimits } from "./limits.ts";

export type NewComplaint = Pick<
  Complaint,
  "id" | "receivedAt" | "location" | "reasons" | "isAboutChildren" | "endangersLife" | "name" | "address" | "language"
>;

/** Returns its number. */
export async function insertComplaint(tx: TenantTx, c: NewComplaint): Promise<bigint> {
  const [row] = await tx.sql<{ number: bigint }[]>`
    insert into complaints_complaints (id, received_at, location, reasons, is_about_children, endangers_life, name, address,
      language)
    values (${c.id}, ${c.receivedAt}, ${c.location}, ${c.reasons}, ${c.isAboutChildren}, ${c.endangersLife}, ${c.name},
      ${c.address}, ${c.language}) returning number`;
  return row?.number ?? 0n;
}

const columns = ({ sql }: OperatorTx) =>
  sql`c.id, c.number, c.received_at as "receivedAt", c.location, c.reasons, c.is_about_children as "isAboutChildren",
    c.endangers_life as "endangersLife", c.name, c.address, c.language, c.authority_reference as "authorityReference",
    c.authority_told_at as "authorityToldAt", c.state, c.about_tenant as "aboutTenant", c.violation_id as "violationId",
    c.decision, c.decided_at as "decidedAt"`;

const rank = ({ sql }: OperatorTx) => sql`case when c.state <> 'open' then 2 when c.endangers_life then 0 else 1 end`;
const place = ({ sql }: OperatorTx) =>
  sql`case when c.state = 'open' then c.number else -(extract(epoch from c.decided_at) * 1000000)::bigint end`;

/** A page. Open ones first: lives at stake, then the oldest; then what was decided, the newest first. */
export async function selectComplaints(
  tx: OperatorTx,
  cursor = "",
): Promise<{ readonly complaints: readonly Complaint[]; readonly nextCursor: string | null }> {
  const [afterRank = "", afterPlace = "", afterNumber = ""] = cursor === "" ? [] : cursor.split("/");
  const { sql } = tx;
  const after =
    afterNumber === ""
      ? sql``
      : sql`where (${rank(tx)}, ${place(tx)}, c.number) >
          (${Number(afterRank)}::int, ${BigInt(afterPlace)}::bigint, ${BigInt(afterNumber)}::bigint)`;
  const found = await sql<(Complaint & { readonly rank: number; readonly place: bigint })[]>`
    select ${columns(tx)}, ${rank(tx)} as rank, ${place(tx)} as place from complaints_complaints c ${after}
    order by rank, place, c.number limit ${complaintLimits.pageCount + 1}`;
  const complaints = found.slice(0, complaintLimits.pageCount);
  const last = complaints.at(-1);
  const isLast = found.length <= complaintLimits.pageCount || last === undefined;
  return {
    complaints: complaints.map(({ rank: _, place: __, ...complaint }) => complaint),
    nextCursor: isLast ? null : `${last.rank}/${last.place}/${last.number}`,
  };
}

export async function countComplaints(tx: OperatorTx): Promise<{ readonly total: number; readonly open: number }> {
  const [row] = await tx.sql<{ total: number; open: number }[]>`
    select count(*)::int as total, (count(*) filter (where state = 'open'))::int as open from complaints_complaints`;
  return row ?? { total: 0, open: 0 };
}

export interface Recent {
  /** In the last day. */
  readonly ofAddress: number;
  /** In the last hour. */
  readonly signedOnes: number;
  readonly endangering: number;
}

/** How many came lately, this one counted. Held until the transaction ends: of two at once the second counts the first. */
export async function selectRecent(tx: TenantTx, address: string | null, nowMs: number): Promise<Recent> {
  const day = new Date(nowMs - complaintLimits.dayMs);
  const hour = new Date(nowMs - complaintLimits.hourMs);
  await tx.sql`select pg_advisory_xact_lock(hashtext('complaints'))`;
  const [row] = await tx.sql<Recent[]>`
    select of_address as "ofAddress", signed_ones as "signedOnes", endangering
    from complaints_recent(${address}::text, ${day}::timestamptz, ${hour}::timestamptz)`;
  return row ?? { ofAddress: 0, signedOnes: 0, endangering: 0 };
}

export async function selectComplaint(tx: OperatorTx, id: ComplaintId): Promise<Complaint | null> {
  const [row] = await tx.sql<
    Complaint[]
  >`select ${columns(tx)} from complaints_complaints c where c.id = ${id} for update`;
  return row ?? null;
}

export async function markEndangering(tx: OperatorTx, id: ComplaintId, endangersLife: boolean): Promise<void> {
  await tx.sql`update complaints_complaints set endangers_life = ${endangersLife} where id = ${id}`;
}

export async function updateAuthority(
  tx: OperatorTx,
  input: { readonly id: ComplaintId; readonly reference: string; readonly by: PrincipalId; readonly at: Date },
): Promise<void> {
  await tx.sql`
    update complaints_complaints set authority_reference = ${input.reference}, authority_told_by = ${input.by},
      authority_told_at = ${input.at}
    where id = ${input.id}`;
}

export async function updateDecision(tx: OperatorTx, d: Decision): Promise<void> {
  await tx.sql`
    update complaints_complaints set state = ${d.state}, decision = ${d.decision}, decided_by = ${d.by}, decided_at = ${d.at},
      about_tenant = ${d.aboutTenant}, violation_id = ${d.violationId}
    where id = ${d.id}`;
}
