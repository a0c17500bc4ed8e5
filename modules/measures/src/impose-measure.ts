import { type Actor, Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { type ApprovalId, type ApprovalKind, requestApproval } from "@casaforte/modules/approvals";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import { z } from "zod";
import { measureLimits } from "./limits.ts";
import { type Severity, severities, type Verdict } from "./measure-table.ts";
import { previewVerdict, requireSuggested } from "./note-violation.ts";
import type { MeasureServices } from "./services.ts";
import { statementOfReasons } from "./statement.ts";
import { insertMeasure, updateViolation } from "./store.ts";
import { settle } from "./store-switches.ts";
import type { Measure, MeasureId, Violation, ViolationId } from "./types.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;

export interface ImposeInput {
  readonly tenantId: TenantId;
  readonly violationId: ViolationId;
  /** What the person who looked at it says of it; these words reach the customer. */
  readonly severity: Severity;
  readonly facts: string;
  readonly clause: string;
}

export type Imposed =
  | { readonly kind: "imposed"; readonly measureId: MeasureId }
  | { readonly kind: "asked"; readonly approvalId: ApprovalId };

/**
 * Confirms a violation, and does what the table says of it: at once, or by asking a second operator where it is a
 * suspension. @throws not_found `measures.not_found`, conflict `measures.decided`, precondition `measures.paid`, forbidden
 * `approvals.role`.
 */
export async function imposeMeasure(
  tx: OperatorTx,
  actor: OperatorActor,
  input: ImposeInput,
  services: MeasureServices,
): Promise<Imposed> {
  const { clock, random } = services;
  const found = await requireSuggested(tx, input.tenantId, input.violationId);
  await assertOwed(found, services);
  const violation: Violation = { ...found, severity: input.severity, facts: input.facts, clause: input.clause };
  const verdict = await previewVerdict(tx, violation);
  if (!verdict.needsSecondPerson) {
    const by = { imposedBy: actor.principalId, confirmedBy: null };
    return { kind: "imposed", measureId: await impose(tx, actor, { violation, verdict, ...by }, services) };
  }
  const approvalId = await requestApproval(tx, actor, suspensionApproval(services), {
    id: newId<ApprovalId>(clock, random),
    subject: `${(await readTenant(tx, input.tenantId)).name}: ${verdict.level}, ${violation.product}, ${violation.nature}`,
    payload: { ...input, proposedBy: actor.principalId },
    nowMs: clock.nowMs(),
  });
  await updateViolation(tx, { ...violation, approvalId }, null);
  return { kind: "asked", approvalId };
}

const suspensionSchema = z.object({
  tenantId: z.uuid(),
  violationId: z.uuid(),
  severity: z.enum(severities),
  facts: z.string().min(1).max(measureLimits.factsCharsMax),
  clause: z.string().max(measureLimits.clauseCharsMax),
  proposedBy: z.uuid(),
});

/** A suspension that one operator proposed and another completes. */
export function suspensionApproval(services: MeasureServices): ApprovalKind<z.infer<typeof suspensionSchema>> {
  return {
    kind: "measures.suspension",
    roles: ["legal", "security"],
    payload: suspensionSchema,
    async execute(tx, actor, payload) {
      const tenantId = payload.tenantId as TenantId;
      const found = await requireSuggested(tx, tenantId, payload.violationId as ViolationId);
      await assertOwed(found, services);
      const { severity, facts, clause } = payload;
      const violation: Violation = { ...found, severity, facts, clause };
      const verdict = await previewVerdict(tx, violation);
      const imposedBy = payload.proposedBy as PrincipalId;
      await impose(tx, actor, { violation, verdict, imposedBy, confirmedBy: actor.principalId }, services);
    },
  };
}

/** Nothing follows from a debt that was paid meanwhile (R48). @throws precondition `measures.paid`. */
async function assertOwed(violation: Violation, services: MeasureServices): Promise<void> {
  if (violation.source === "dunning" && !(await services.isOwed(violation.tenantId, violation.sourceKey)))
    throw new Failure("precondition", "measures.paid", "the debt has been paid; dismiss this");
}

async function impose(
  tx: OperatorTx,
  actor: OperatorActor,
  input: {
    readonly violation: Violation;
    readonly verdict: Verdict & { readonly recurrence: number };
    readonly imposedBy: PrincipalId;
    readonly confirmedBy: PrincipalId | null;
  },
  services: MeasureServices,
): Promise<MeasureId> {
  const { clock, random, consoleUrl, providerName } = services;
  const { violation, verdict } = input;
  const { tenantId } = violation;
  const nowMs = clock.nowMs();
  const startsAtMs = nowMs + verdict.noticeMs;
  const endsAtMs = verdict.durationMs === null ? null : startsAtMs + verdict.durationMs;
  const recipients = violation.isSilent ? [] : await services.recipients(tx, tenantId);
  const { language } = await readTenant(tx, tenantId);
  const id = newId<MeasureId>(clock, random);
  const draft: Measure = {
    tenantId,
    id,
    violationId: violation.id,
    level: verdict.level,
    subjectId: violation.subjectId,
    // Of a single space nothing is taken that other spaces share (R48).
    capabilities: verdict.capabilities.filter((name) => violation.subjectId === null || name !== "backup.manage"),
    recurrence: verdict.recurrence,
    state: startsAtMs <= nowMs ? "in_force" : "announced",
    language,
    statement: "",
    told: recipients.length,
    isSilent: violation.isSilent,
    imposedBy: input.imposedBy,
    confirmedBy: input.confirmedBy,
    imposedAt: new Date(nowMs),
    startsAt: new Date(startsAtMs),
    endsAt: endsAtMs === null ? null : new Date(endsAtMs),
    appealUntil: new Date(nowMs + measureLimits.appealWithinMs),
    endedAt: null,
    endReason: "",
    authorityReference: violation.authorityReference,
  };
  const reasons = (to: "it" | "en") =>
    statementOfReasons({ measure: draft, violation, language: to, providerName, consoleUrl });
  await updateViolation(tx, { ...violation, state: "confirmed" }, { by: actor.principalId, at: new Date(nowMs) });
  await insertMeasure(tx, { ...draft, statement: reasons(language).text });
  for (const to of recipients)
    await services.mail(tx, { to: to.address, language: to.language, ...reasons(to.language) });
  await recordAudit(tx, actor, {
    action: "measures.imposed",
    object: { kind: "measure", id },
    details: { level: draft.level, nature: violation.nature, product: violation.product, told: recipients.length },
    ...(violation.isSilent ? {} : { tenantId }),
  });
  await settleSwitches(tx, violation, services);
  return id;
}

/** Makes switches, and what hangs on them, follow the measures in force; in the transaction that changed a measure. */
export async function settleSwitches(
  tx: OperatorTx,
  changed: Pick<Measure, "tenantId" | "isSilent">,
  services: MeasureServices,
): Promise<void> {
  const { tenantId, isSilent } = changed;
  const { off, spaces } = await settle(tx, tenantId, new Date(services.clock.nowMs()));
  await services.switched(tx, { tenantId, off, spaces, isSilent });
}
