import { type Actor, Failure, newId, type TenantId } from "@casaforte/kernel";
import { type ApprovalId, type ApprovalKind, requestApproval } from "@casaforte/modules/approvals";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { z } from "zod";
import { endMeasure, overturnEnded } from "./end-measure.ts";
import { measureLimits } from "./limits.ts";
import type { MeasureServices } from "./services.ts";
import { decisionOnAppeal } from "./statement.ts";
import { insertAppeal, selectAppeal, selectMeasure, updateAppeal } from "./store.ts";
import type { Appeal, AppealId, MeasureId } from "./types.ts";

type UserActor = Extract<Actor, { kind: "user" }>;
type OperatorActor = Extract<Actor, { kind: "operator" }>;

/**
 * The customer contests a measure, once, within its time (R66). @throws not_found `measures.not_found`,
 * precondition `measures.appeal_late`, conflict `measures.appealed`.
 */
export async function fileAppeal(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly measureId: MeasureId; readonly body: string },
  services: Pick<MeasureServices, "clock" | "random">,
): Promise<Appeal> {
  const { clock, random } = services;
  const nowMs = clock.nowMs();
  const measure = await selectMeasure(tx, tx.tenantId, input.measureId);
  if (measure === null || measure.isSilent)
    throw new Failure("not_found", "measures.not_found", "there is no such measure");
  if (measure.appealUntil.getTime() <= nowMs)
    throw new Failure("precondition", "measures.appeal_late", "the time to contest this measure is over");
  const appeal: Appeal = {
    tenantId: tx.tenantId,
    id: newId<AppealId>(clock, random),
    measureId: measure.id,
    body: input.body,
    filedBy: actor.principalId,
    filedAt: new Date(nowMs),
    dueAt: new Date(nowMs + measureLimits.appealDecidedWithinMs),
    state: "open",
    decision: "",
    imposedBy: measure.imposedBy,
    confirmedBy: measure.confirmedBy,
    decidedBy: null,
    decidedAt: null,
  };
  if (!(await insertAppeal(tx, appeal)))
    throw new Failure("conflict", "measures.appealed", "this measure was contested before");
  await recordAudit(tx, actor, {
    action: "measures.appealed",
    object: { kind: "measure", id: measure.id },
    details: { dueAt: appeal.dueAt.toISOString() },
  });
  return appeal;
}

const decisionSchema = z.object({
  tenantId: z.uuid(),
  appealId: z.uuid(),
  outcome: z.enum(["upheld", "rejected"]),
  text: z.string().min(1).max(measureLimits.decisionCharsMax),
});
export type AppealDecision = z.infer<typeof decisionSchema>;

async function requireOpen(tx: OperatorTx, input: AppealDecision): Promise<Appeal> {
  const appeal = await selectAppeal(tx, input.tenantId as TenantId, input.appealId as AppealId);
  if (appeal === null) throw new Failure("not_found", "measures.not_found", "there is no such appeal");
  if (appeal.state !== "open") throw new Failure("conflict", "measures.decided", "this appeal was decided before");
  return appeal;
}

/** Whoever had a hand in the measure has none in the appeal. @throws forbidden `measures.own_measure`. */
function assertStranger(actor: OperatorActor, { imposedBy, confirmedBy }: Appeal): void {
  if (actor.principalId === imposedBy || actor.principalId === confirmedBy)
    throw new Failure("forbidden", "measures.own_measure", "somebody who had no part in the measure decides this");
}

/** One operator writes the decision, another completes it, and neither took part in the measure (R66, R91). */
export function appealApproval(services: MeasureServices): ApprovalKind<AppealDecision> {
  return {
    kind: "measures.appeal",
    roles: ["legal", "security"],
    payload: decisionSchema,
    async execute(tx, actor, payload) {
      const appeal = await requireOpen(tx, payload);
      assertStranger(actor, appeal);
      await decide(tx, actor, appeal, payload, services);
    },
  };
}

/** Asks for the second person. @throws not_found `measures.not_found`, conflict `measures.decided`. */
export async function proposeDecision(
  tx: OperatorTx,
  actor: OperatorActor,
  input: AppealDecision,
  services: MeasureServices,
): Promise<ApprovalId> {
  const appeal = await requireOpen(tx, input);
  assertStranger(actor, appeal);
  return requestApproval(tx, actor, appealApproval(services), {
    id: newId<ApprovalId>(services.clock, services.random),
    subject: (await readTenant(tx, appeal.tenantId)).name,
    payload: input,
    nowMs: services.clock.nowMs(),
  });
}

async function decide(
  tx: OperatorTx,
  actor: OperatorActor,
  appeal: Appeal,
  input: AppealDecision,
  services: MeasureServices,
): Promise<void> {
  const { tenantId, id } = appeal;
  const { clock, providerName, consoleUrl } = services;
  await updateAppeal(tx, {
    tenantId,
    id,
    state: input.outcome,
    decision: input.text,
    decidedBy: actor.principalId,
    decidedAt: new Date(clock.nowMs()),
  });
  await recordAudit(tx, actor, {
    action: `measures.appeal_${input.outcome}`,
    object: { kind: "measure", id: appeal.measureId },
    tenantId,
  });
  for (const to of await services.recipients(tx, tenantId))
    await services.mail(tx, {
      to: to.address,
      language: to.language,
      ...decisionOnAppeal({
        outcome: input.outcome,
        text: input.text,
        language: to.language,
        providerName,
        consoleUrl,
      }),
    });
  const measure = await selectMeasure(tx, tenantId, appeal.measureId);
  if (input.outcome !== "upheld" || measure === null) return;
  const reason = input.text.slice(0, measureLimits.reasonCharsMax);
  if (measure.endedAt === null) await endMeasure(tx, actor, measure, "overturned", reason, services);
  else await overturnEnded(tx, actor, measure, measure.endedAt, reason);
}
