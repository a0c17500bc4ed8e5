import { romeMonthStart, romeNextMonth } from "@casaforte/kernel";
import { listPrices } from "@casaforte/modules/catalogue";
import { listHistories, listUnits } from "@casaforte/modules/metering";
import type { TenantTx } from "@casaforte/platform/db";
import { type LicenceDay, type LicenceMonth, licenceMonth } from "./licences.ts";
import { billingLimits } from "./limits.ts";

/** Licences of a month, from the ledger of metering (R14). */
export async function readLicences(
  tx: TenantTx,
  of: { readonly fromMs: number; readonly untilMs: number; readonly nowMs: number },
): Promise<LicenceMonth> {
  const { fromMs, untilMs, nowMs } = of;
  const units = (await listUnits(tx, { fromMs, untilMs, countMax: billingLimits.csvRowsMax })).filter(
    ({ meter }) => meter === "mail_account",
  );
  const histories = await listHistories(tx, { meter: "mail_account", untilMs: Math.min(untilMs, nowMs) });
  return licenceMonth({ units, histories, prices: await listPrices(tx), fromMs, untilMs, nowMs });
}

/** How many licences are paid for at this moment, and how many are used. */
export async function licencesNow(tx: TenantTx, nowMs: number): Promise<Pick<LicenceDay, "requested" | "used">> {
  const month = { fromMs: romeMonthStart(nowMs), untilMs: romeNextMonth(nowMs), nowMs };
  const { requested, used } = (await readLicences(tx, month)).days.at(-1) ?? { requested: 0, used: 0 };
  return { requested, used };
}
