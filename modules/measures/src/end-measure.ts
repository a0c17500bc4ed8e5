import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { settleSwitches } from "./impose-measure.ts";
import type { MeasureServices } from "./services.ts";
import { endOfMeasure } from "./statement.ts";
import { selectDue, selectForDebts, selectMeasure, updateMeasure } from "./store.ts";
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
  await settleSwitches(tx, measure, services);
  if (measure.isSilent || measure.level === "warning") return;
  const { providerName, consoleUrl } = services;
  for (const to of await services.recipients(tx, tenantId))
    await services.mail(tx, {
      to: to.address,
      language: to.language,
      ...endOfMeasure({ measure, state, reason, language: to.language, providerName, consoleUrl }),
    });
}

/** One that is over was wrong: it stays over since when it was, and counts no more as an earlier one (R64, R66). */
export async function overturnEnded(
  tx: OperatorTx,
  actor: Actor,
  measure: Measure,
  endedAt: Date,
  reason: string,
): Promise<void> {
  const { tenantId, id } = measure;
  await updateMeasure(tx, { tenantId, id, state: "overturned", endedAt, endReason: reason });
  await recordAudit(tx, actor, {
    action: "measures.overturned",
    object: { kind: "measure", id },
    details: { level: measure.level, before: measure.state, reason },
    ...(measure.isSilent ? {} : { tenantId }),
  });
}

const paid = "Il debito è stato pagato. / The debt has been paid.";

/**
 * Ends measures whose debt has been paid, also before they begin (R48). Returns how many. A debt is looked up in a
 * transaction of its customer, before the measure is locked.
 */
export async function liftPaid(services: MeasureServices, signal: AbortSignal): Promise<number> {
  const { db } = services;
  let lifted = 0;
  for (const { tenantId, id, sourceKey } of await db.operator(selectForDebts, { readOnly: true })) {
    signal.throwIfAborted();
    if (await services.isOwed(tenantId, sourceKey)) continue;
    await db.operator(async (tx) => {
      const measure = await selectMeasure(tx, tenantId, id);
      if (measure === null || measure.endedAt !== null) return;
      await endMeasure(tx, program, measure, "lifted", paid, services);
      lifted++;
    });
  }
  return lifted;
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
    await settleSwitches(tx, measure, services);
  }
  return due.length;
}
