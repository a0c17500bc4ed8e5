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

/** Open ones first: lives at stake, then the oldest. */
export async function selectComplaints(tx: OperatorTx): Promise<Complaint[]> {
  return tx.sql<Complaint[]>`
    select ${columns(tx)} from complaints_complaints c
    order by c.state <> 'open', not c.endangers_life, case when c.state = 'open' then c.received_at end, c.decided_at desc
    limit ${complaintLimits.listedMax}`;
}

export async function selectComplaint(tx: OperatorTx, id: ComplaintId): Promise<Complaint | null> {
  const [row] = await tx.sql<
    Complaint[]
  >`select ${columns(tx)} from complaints_complaints c where c.id = ${id} for update`;
  return row ?? null;
}

export async function markEndangering(tx: OperatorTx, id: ComplaintId): Promise<void> {
  await tx.sql`update complaints_complaints set endangers_life = true where id = ${id}`;
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
