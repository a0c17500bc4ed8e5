import type { TenantTx } from "@casaforte/platform/db";
import { meteringLimits } from "./limits.ts";
import {
  type LedgerUnit,
  type StoredDay,
  selectHistories,
  selectHistoriesOf,
  selectRunning,
  selectStoredDays,
  selectUnitSumsBetween,
  selectUnits,
  type UnitSum,
} from "./store.ts";
import type { Meter, UsageMoment } from "./usage.ts";

interface Range {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly countMax?: number;
}

/** Rows of started units whose unit starts in the range, oldest first, corrections among them. */
export const listUnits = (tx: TenantTx, { fromMs, untilMs, countMax }: Range): Promise<LedgerUnit[]> =>
  selectUnits(tx, new Date(fromMs), new Date(untilMs), countMax ?? meteringLimits.ledgerRowsPerPage);

/**
 * Sums of the units that start in the range, cut at these instants: as few as services and cuts, however many units there
 * are. A unit that starts at a cut is after it.
 */
export const sumUnits = (
  tx: TenantTx,
  { fromMs, untilMs, cutsMs }: Pick<Range, "fromMs" | "untilMs"> & { readonly cutsMs: readonly number[] },
): Promise<UnitSum[]> => {
  const cuts = cutsMs.filter((cutMs) => cutMs > fromMs && cutMs < untilMs);
  return selectUnitSumsBetween(
    tx,
    new Date(fromMs),
    new Date(untilMs),
    [fromMs, ...cuts].map((cutMs) => new Date(cutMs)),
  );
};

/** What happened to each thing of a meter before an instant, in order of time, by its id. */
export async function listHistories(
  tx: TenantTx,
  { meter, untilMs }: { readonly meter: Exclude<Meter, "stored">; readonly untilMs: number },
): Promise<ReadonlyMap<string, readonly UsageMoment[]>> {
  const histories = new Map<string, UsageMoment[]>();
  for (const { subjectId, moment } of await selectHistories(tx, meter, new Date(untilMs))) {
    const history = histories.get(subjectId);
    if (history) history.push(moment);
    else histories.set(subjectId, [moment]);
  }
  return histories;
}

/** What happened to these things before an instant, oldest first: the ledger as it was written. */
export const listMoments = (
  tx: TenantTx,
  {
    subjectIds,
    untilMs,
    countMax,
  }: { readonly subjectIds: readonly string[]; readonly untilMs: number; readonly countMax: number },
): Promise<readonly { readonly subjectId: string; readonly moment: UsageMoment }[]> =>
  selectHistoriesOf(tx, subjectIds, new Date(untilMs), countMax);

/** The things of a meter that are there by the ledger: started and not ended since. */
export const listRunning = async (tx: TenantTx, meter: Exclude<Meter, "stored">): Promise<ReadonlySet<string>> =>
  new Set(await selectRunning(tx, meter));

/** Byte-seconds stored by each space on each civil day. */
export const listStoredDays = (tx: TenantTx, { fromMs, untilMs, countMax }: Range): Promise<StoredDay[]> =>
  selectStoredDays(tx, new Date(fromMs), new Date(untilMs), countMax ?? meteringLimits.ledgerRowsPerPage);
