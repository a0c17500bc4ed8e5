import type { TenantTx } from "@casaforte/platform/db";
import { meteringLimits } from "./limits.ts";
import { type LedgerUnit, type StoredDay, selectStoredDays, selectUnits } from "./store.ts";

interface Range {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly countMax?: number;
}

/** Rows of started units whose unit starts in the range, oldest first, corrections among them. */
export const listUnits = (tx: TenantTx, { fromMs, untilMs, countMax }: Range): Promise<LedgerUnit[]> =>
  selectUnits(tx, new Date(fromMs), new Date(untilMs), countMax ?? meteringLimits.ledgerRowsPerPage);

/** Byte-seconds stored by each space on each civil day. */
export const listStoredDays = (tx: TenantTx, { fromMs, untilMs, countMax }: Range): Promise<StoredDay[]> =>
  selectStoredDays(tx, new Date(fromMs), new Date(untilMs), countMax ?? meteringLimits.ledgerRowsPerPage);
