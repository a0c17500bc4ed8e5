import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { settleSwitches } from "./impose-measure.ts";
import type { MeasureServices } from "./services.ts";
import { endOfMeasure } from "./statement.ts";
import { selectDue, selectMeasure, updateMeasure } from "./store.ts";
import type { Measure, MeasureId } from "./types.ts";

const program: Actor = { kind: "system", name: "measures" };

export interface LiftInput {
  readonly tenantId: TenantId;
  readonly id: MeasureId;
  readonly reason: string;
}

/**
 * Ends a measure before its time; what it switched off works with the next act (R64, R65).
 * @throws not_found `measures.not_found`, conflict `measures.over`.
 */
export async function liftMeasure(
  tx: OperatorTx,
  actor: Actor,
  input: LiftInput,
  services: MeasureServices,
): Promise<void> {
  await endMeasure(tx, actor, await requireLive(tx, input.tenantId, input.id), "lifted", input.reason, services);
}

/** @throws not_found `measures.not_found`, conflict `measures.over`. */
export async function requireLive(tx: OperatorTx, tenantId: TenantId, id: MeasureId): Promise<Measure> {
  const measure = await selectMeasure(tx, tenantId, id);
  if (measure === null) throw new Failure("not_found", "measures.not_found", "there is no such measure");
  if (measure.endedAt !== null) throw new Failure("conflict", "measures.over", "this measure is over");
  return measure;
}

/** Ends it, tells the customer, and lets everything work again that no other measure holds. */
export async function endMeasure(
  tx: OperatorTx,
  actor: Actor,
  measure: Measure,
  state: "expired" | "lifted" | "overturned",
  reason: string,
  services: MeasureServices,
): Promise<void> {
  const { tenantId, id } = measure;
  await updateMeasure(tx, { tenantId, id, state, endedAt: new Date(services.clock.nowMs()), endReason: reason });
  await recordAudit(tx, actor, {
    action: `measures.${state}`,
    object: { kind: "measure", id },
    details: { level: measure.level, reason },
    ...(measure.isSilent ? {} : { tenantId }),
  });
  await settleSwitches(tx, tenantId, services);
  if (measure.isSilent || measure.level === "warning") return;
  const { providerName, consoleUrl } = services;
  for (const to of await services.recipients(tx, tenantId))
    await services.mail(tx, {
      to: to.address,
      language: to.language,
      ...endOfMeasure({ measure, state, reason, language: to.language, providerName, consoleUrl }),
    });
}

/** Begins what was announced and ends what has run out. Returns how many it moved. */
export async function moveByClock(tx: OperatorTx, services: MeasureServices): Promise<number> {
  const nowMs = services.clock.nowMs();
  const due = await selectDue(tx, new Date(nowMs));
  for (const measure of due) {
    const { tenantId, id } = measure;
    if (measure.endsAt !== null && measure.endsAt.getTime() <= nowMs) {
      await endMeasure(tx, program, measure, "expired", "", services);
      continue;
    }
    await updateMeasure(tx, { tenantId, id, state: "in_force", endedAt: null, endReason: "" });
    await recordAudit(tx, program, {
      action: "measures.begun",
      object: { kind: "measure", id },
      details: { level: measure.level },
      ...(measure.isSilent ? {} : { tenantId }),
    });
    await settleSwitches(tx, tenantId, services);
  }
  return due.length;
}
