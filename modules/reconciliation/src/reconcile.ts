import { type Actor, type Clock, Failure, type Logger, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { Db, TenantTx } from "@casaforte/platform/db";
import { reconciliationLimits } from "./limits.ts";
import { type DataPlane, type Difference, differences } from "./plane.ts";
import { type Drift, selectOpenDrifts, settleDrift, upsertDrift, upsertLook } from "./store.ts";

export interface ReconciliationServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly planes: readonly DataPlane[];
}

const program: Actor = { kind: "system", name: "reconciliation" };

/** What went wrong, in one line: the code of a Failure says more than a stack. */
const troubleOf = (error: unknown): string =>
  (error instanceof Failure ? `${error.code}: ${error.message}` : "it did not answer as expected").slice(
    0,
    reconciliationLimits.troubleCharsMax,
  );

const keyOf = (objectId: string, attribute: string) => `${objectId}/${attribute}`;

/** Pause before the next try: five minutes, doubled with each try, a day at most. */
export const pauseMs = (tries: number): number =>
  Math.min(reconciliationLimits.retryMaxMs, reconciliationLimits.retryFirstMs * 2 ** Math.max(0, tries - 1));

/**
 * Asks every plane what it does for one customer, keeps what differs from the order, and mends what is due (R100). What it
 * mended is asked for again: only the plane's own answer settles a drift. Returns how many stay open.
 */
export async function reconcile(services: ReconciliationServices, tenantId: TenantId): Promise<number> {
  let open = 0;
  for (const plane of services.planes) open += await reconcilePlane(services, tenantId, plane);
  return open;
}

async function reconcilePlane(services: ReconciliationServices, tenantId: TenantId, plane: DataPlane): Promise<number> {
  const { db, clock, logger } = services;
  const found = await look(services, tenantId, plane);
  if (found === null) return db.tenant(tenantId, async (tx) => (await selectOpenDrifts(tx, plane.name)).length);
  const due = await db.tenant(tenantId, (tx) => note(tx, plane, found, clock.nowMs()));
  const troubles = new Map<string, string>();
  for (const { object, attribute } of due)
    try {
      await db.tenant(tenantId, (tx) => mendStill(tx, plane, object.id, attribute));
    } catch (error) {
      troubles.set(keyOf(object.id, attribute), troubleOf(error));
      logger.warn("reconciliation.not_mended", { tenantId, plane: plane.name, object: object.id, attribute });
    }
  if (due.length === 0) return found.length;
  const after = await look(services, tenantId, plane);
  if (after === null) return found.length;
  await db.tenant(tenantId, (tx) => noteTries(tx, plane, { after, due, troubles, nowMs: clock.nowMs() }));
  return after.length;
}

/** Mends what still differs once nobody can change the order any more: one that came between the look and now counts. */
async function mendStill(tx: TenantTx, plane: DataPlane, objectId: string, attribute: string): Promise<void> {
  await plane.hold(tx, objectId);
  const found = differences(await plane.desired(tx), await plane.report(tx));
  const still = found.find((each) => each.object.id === objectId && each.attribute === attribute);
  if (still !== undefined) await plane.mend(tx, still.object, attribute);
}

/** What differs now; null when the plane did not answer, which is noted. */
async function look(
  { db, clock, logger }: ReconciliationServices,
  tenantId: TenantId,
  plane: DataPlane,
): Promise<readonly Difference[] | null> {
  const at = new Date(clock.nowMs());
  try {
    return await db.tenant(tenantId, async (tx) => {
      const desired = await plane.desired(tx);
      const differing = differences(desired, await plane.report(tx));
      await upsertLook(tx, { plane: plane.name, at, objects: desired.length, trouble: null });
      return differing;
    });
  } catch (error) {
    logger.warn("reconciliation.no_answer", { tenantId, plane: plane.name, trouble: troubleOf(error) });
    await db.tenant(tenantId, (tx) => upsertLook(tx, { plane: plane.name, at, objects: 0, trouble: troubleOf(error) }));
    return null;
  }
}

const idOf = (plane: DataPlane, { object, attribute }: Difference) => ({
  plane: plane.name,
  objectId: object.id,
  attribute,
});

/** Opens what is new, settles what is right again. Returns what is to be mended now. */
async function note(
  tx: TenantTx,
  plane: DataPlane,
  found: readonly Difference[],
  nowMs: number,
): Promise<readonly Difference[]> {
  const known = new Map(
    (await selectOpenDrifts(tx, plane.name)).map((each) => [keyOf(each.objectId, each.attribute), each]),
  );
  const due: Difference[] = [];
  for (const difference of found) {
    const { object, attribute, desired, actual } = difference;
    const before = known.get(keyOf(object.id, attribute));
    known.delete(keyOf(object.id, attribute));
    const now = new Date(nowMs);
    await upsertDrift(tx, {
      ...idOf(plane, difference),
      ...{ label: object.label, desired, actual },
      foundAt: before?.foundAt ?? now,
      tries: before?.tries ?? 0,
      nextAt: before?.nextAt ?? now,
      trouble: before?.trouble ?? null,
    });
    if (before === undefined) await audit(tx, "reconciliation.drifted", object.id, { attribute, desired, actual });
    if ((before?.nextAt ?? now).getTime() <= nowMs) due.push(difference);
  }
  for (const drift of known.values()) await settle(tx, drift, nowMs);
  return due;
}

async function noteTries(
  tx: TenantTx,
  plane: DataPlane,
  tried: {
    readonly after: readonly Difference[];
    readonly due: readonly Difference[];
    readonly troubles: ReadonlyMap<string, string>;
    readonly nowMs: number;
  },
): Promise<void> {
  const { after, due, troubles, nowMs } = tried;
  const known = await selectOpenDrifts(tx, plane.name);
  for (const difference of due) {
    const key = keyOf(difference.object.id, difference.attribute);
    const drift = known.find((each) => keyOf(each.objectId, each.attribute) === key);
    if (drift === undefined) continue;
    const still = after.find((each) => keyOf(each.object.id, each.attribute) === key);
    if (still === undefined) await settle(tx, drift, nowMs);
    else {
      const tries = drift.tries + 1;
      const trouble = troubles.get(key) ?? "the plane took the change and does otherwise";
      const nextAt = new Date(nowMs + pauseMs(tries));
      const { desired, actual } = still;
      await upsertDrift(tx, { ...drift, desired, actual, tries, nextAt, trouble });
    }
  }
}

async function settle(tx: TenantTx, drift: Drift, nowMs: number): Promise<void> {
  await settleDrift(tx, drift, new Date(nowMs));
  const { attribute, desired, tries } = drift;
  await audit(tx, "reconciliation.settled", drift.objectId, { attribute, desired, tries });
}

const audit = (
  tx: TenantTx,
  action: string,
  objectId: string,
  details: Readonly<Record<string, string | number | null>>,
): Promise<void> => recordAudit(tx, program, { action, object: { kind: "applied", id: objectId }, details });
