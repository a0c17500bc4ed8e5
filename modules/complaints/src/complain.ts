import { Failure, newId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Complaint, ComplaintId, ComplaintServices, OperatorActor } from "./complaint.ts";
import { complaintLimits } from "./limits.ts";
import { decisionMail, receiptMail } from "./mails.ts";
import {
  insertComplaint,
  markEndangering,
  type NewComplaint,
  selectComplaint,
  selectRecent,
  updateAuthority,
  updateDecision,
} from "./store.ts";

/**
 * Takes a complaint, and sends its receipt in the same transaction to whoever signed it (DSA, art. 16 (4)), unless that
 * address or the installation had too many lately: the number is in the answer all the same. Tells the legal role of a
 * danger to somebody's life.
 * @throws invalid `complaints.unsigned`.
 */
export async function complain(
  input: Omit<NewComplaint, "id" | "receivedAt">,
  services: ComplaintServices,
): Promise<{ readonly id: ComplaintId; readonly number: bigint }> {
  const { db, clock, random } = services;
  const isSigned = input.name !== null && input.address !== null;
  if (!isSigned && (!input.isAboutChildren || input.name !== input.address))
    throw new Failure("invalid", "complaints.unsigned", "a complaint is signed with a name and an address");
  return db.tenant(providerTenantId, async (tx) => {
    const complaint = { ...input, id: newId<ComplaintId>(clock, random), receivedAt: new Date(clock.nowMs()) };
    const number = await insertComplaint(tx, complaint);
    await recordAudit(
      tx,
      { kind: "system", name: "complaints" },
      {
        action: "complaints.received",
        object: { kind: "complaint", id: complaint.id },
        details: { number: Number(number), endangersLife: input.endangersLife },
      },
    );
    const { address, language } = input;
    const nowMs = complaint.receivedAt.getTime();
    const recent = await selectRecent(tx, address, nowMs);
    const { receiptsOfAddressMax, receiptsOfHourMax, alarmsOfHourMax } = complaintLimits;
    if (address !== null && recent.ofAddress <= receiptsOfAddressMax && recent.signedOnes <= receiptsOfHourMax)
      await services.mail(tx, { to: address, language, ...receiptMail({ ...complaint, number }, services) });
    if (input.endangersLife && recent.endangering <= alarmsOfHourMax)
      await services.alarm(tx, { ...complaint, number });
    return { id: complaint.id, number };
  });
}

/** @throws not_found `complaints.not_found`, conflict `complaints.decided`. */
async function requireOpen(tx: OperatorTx, id: ComplaintId): Promise<Complaint> {
  const complaint = await selectComplaint(tx, id);
  if (complaint === null) throw new Failure("not_found", "complaints.not_found", "there is no such complaint");
  if (complaint.state !== "open")
    throw new Failure("conflict", "complaints.decided", "this complaint was decided before");
  return complaint;
}

/** The authority was told that somebody's life or safety is threatened (DSA, art. 18). @throws as requireOpen. */
export async function noteAuthorityTold(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly id: ComplaintId; readonly reference: string },
  { clock }: Pick<ComplaintServices, "clock">,
): Promise<void> {
  const complaint = await requireOpen(tx, input.id);
  if (!complaint.endangersLife) await markEndangering(tx, input.id, true);
  await updateAuthority(tx, { ...input, by: actor.principalId, at: new Date(clock.nowMs()) });
  await recordAudit(tx, actor, {
    action: "complaints.authority_told",
    object: { kind: "complaint", id: input.id },
    details: { number: Number(complaint.number), reference: input.reference },
  });
}

/** A person looked, and nobody is in danger: whoever complained ticked it without cause. @throws as requireOpen. */
export async function unmarkEndangering(
  tx: OperatorTx,
  actor: OperatorActor,
  { id, reason }: { readonly id: ComplaintId; readonly reason: string },
): Promise<void> {
  const complaint = await requireOpen(tx, id);
  if (!complaint.endangersLife) return;
  await markEndangering(tx, id, false);
  await recordAudit(tx, actor, {
    action: "complaints.danger_denied",
    object: { kind: "complaint", id },
    details: { number: Number(complaint.number), reason },
  });
}

export interface Decide {
  readonly id: ComplaintId;
  /** Facts and reasons, as the complainant reads them. */
  readonly decision: string;
  /** Null: rejected. Else whose breach it is. */
  readonly upheld: {
    readonly tenantId: TenantId;
    readonly product: "backup" | "mail";
    readonly severity: "minor" | "serious" | "grave";
    /** What was found, in the operator's words: the customer reads them, never the complainant's. */
    readonly facts: string;
  } | null;
}

/**
 * Decides a complaint. Upheld, the breach is noted for measures, and the complainant is told, all in one transaction
 * (DSA, art. 16 (5), 17). @throws precondition `complaints.authority_first`, and those of requireOpen.
 */
export async function decideComplaint(
  tx: OperatorTx,
  actor: OperatorActor,
  input: Decide,
  services: ComplaintServices,
): Promise<void> {
  const complaint = await requireOpen(tx, input.id);
  if (complaint.endangersLife && complaint.authorityToldAt === null)
    throw new Failure("precondition", "complaints.authority_first", "a life is at stake: tell the authority first");
  const { decision, upheld } = input;
  if (upheld !== null) await readTenant(tx, upheld.tenantId);
  const violationId =
    upheld === null ? null : await services.noteBreach(tx, actor, { ...upheld, complaintId: input.id });
  const state = upheld === null ? "rejected" : "upheld";
  await updateDecision(tx, {
    ...{ id: input.id, by: actor.principalId, at: new Date(services.clock.nowMs()), state, decision, violationId },
    aboutTenant: upheld?.tenantId ?? null,
  });
  await recordAudit(tx, actor, {
    action: "complaints.decided",
    object: { kind: "complaint", id: input.id },
    details: { number: Number(complaint.number), state },
  });
  const { address, language } = complaint;
  if (address !== null)
    await services.mail(tx, { to: address, language, ...decisionMail({ ...complaint, state, decision }, services) });
}
