import { type Actor, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type OperatorTx } from "@casaforte/platform/db";
import { catalogueLimits } from "./limits.ts";
import type { BillingUnit, SkuVersion } from "./sku.ts";
import {
  endSales,
  insertPrice,
  insertSku,
  insertTaxRate,
  insertVersion,
  lockNextVersion,
  selectPrices,
  selectProduct,
} from "./store.ts";

export type PublishSku = Omit<SkuVersion, "version" | "soldUntil"> & { readonly nowMs: number };

/**
 * Publishes a version of something sold; orders from its date on point at it, older ones keep theirs (R1). What is new
 * has no price yet, and is on sale once it has one. @throws conflict `catalogue.product`, invalid `catalogue.attributes`.
 */
export async function publishSku(tx: OperatorTx, actor: Actor, input: PublishSku): Promise<number> {
  const isBackup = input.product === "backup";
  if (isBackup !== (input.siteId !== null) || isBackup !== (input.capacityBytes !== null))
    throw new Failure(
      "invalid",
      "catalogue.attributes",
      "a backup plan names its site and capacity, a mail plan neither",
    );
  const now = new Date(input.nowMs);
  await insertSku(tx, input.sku, input.product, now);
  if ((await selectProduct(tx, input.sku)) !== input.product)
    throw new Failure("conflict", "catalogue.product", "this name is another product's");
  const version = await lockNextVersion(tx, input.sku);
  await insertVersion(tx, { ...input, version, soldUntil: null }, now);
  await recordAudit(tx, actor, {
    action: "catalogue.version_published",
    object: { kind: "sku", id: input.sku },
    details: { version, validFrom: input.validFrom.toISOString() },
  });
  return version;
}

/** Sells no more of it; what customers have keeps running. @throws not_found `catalogue.sku_not_found`. */
export async function withdrawSku(tx: OperatorTx, actor: Actor, sku: string, nowMs: number): Promise<void> {
  if ((await endSales(tx, sku, new Date(nowMs))) === 0)
    throw new Failure("not_found", "catalogue.sku_not_found", "nothing of that name is sold");
  await recordAudit(tx, actor, { action: "catalogue.sku_withdrawn", object: { kind: "sku", id: sku } });
}

export interface SetPrice {
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly priceMicros: bigint;
  readonly validFromMs: number;
  /** The four-eyes request that this comes from (R91). */
  readonly approvalId: string | null;
  readonly nowMs: number;
}

/**
 * Announces a price from a date on. A first price may hold at once; a change needs notice (R43).
 * @throws not_found `catalogue.sku_not_found`, invalid `catalogue.notice_too_short`, conflict `catalogue.price_exists`.
 */
export async function setPrice(tx: OperatorTx, actor: Actor, input: SetPrice): Promise<void> {
  const { sku, unit, priceMicros, validFromMs, approvalId, nowMs } = input;
  if ((await selectProduct(tx, sku)) === null)
    throw new Failure("not_found", "catalogue.sku_not_found", "nothing of that name is sold");
  const before = (await selectPrices(tx)).filter((price) => price.sku === sku && price.unit === unit);
  const earliestMs = before.length === 0 ? nowMs : nowMs + catalogueLimits.priceNoticeMs;
  if (validFromMs < earliestMs)
    throw new Failure("invalid", "catalogue.notice_too_short", "a change of price is announced in time", {
      details: { days: catalogueLimits.priceNoticeMs / 86_400_000 },
    });
  try {
    await insertPrice(tx, { sku, unit, priceMicros, validFrom: new Date(validFromMs), approvalId }, new Date(nowMs));
  } catch (error) {
    if (isViolation(error))
      throw new Failure("conflict", "catalogue.price_exists", "a price from that moment on exists", { cause: error });
    throw error;
  }
  await recordAudit(tx, actor, {
    action: "catalogue.price_set",
    object: { kind: "sku", id: sku },
    details: {
      unit,
      priceMicros: String(priceMicros),
      before: String(before.at(-1)?.priceMicros ?? "none"),
      validFrom: new Date(validFromMs).toISOString(),
    },
  });
}

export interface SetTaxRate {
  readonly country: string;
  readonly basisPoints: bigint;
  readonly validFromMs: number;
  readonly approvalId: string | null;
}

/** Notes a country's rate from a date on (R43, R47). @throws conflict `catalogue.price_exists`. */
export async function setTaxRate(tx: OperatorTx, actor: Actor, input: SetTaxRate): Promise<void> {
  const { country, basisPoints, validFromMs, approvalId } = input;
  try {
    await insertTaxRate(tx, { country, basisPoints, validFrom: new Date(validFromMs), approvalId });
  } catch (error) {
    if (isViolation(error))
      throw new Failure("conflict", "catalogue.price_exists", "a rate from that moment on exists", { cause: error });
    throw error;
  }
  await recordAudit(tx, actor, {
    action: "catalogue.tax_rate_set",
    object: { kind: "tax_rate", id: country },
    details: { basisPoints: String(basisPoints), validFrom: new Date(validFromMs).toISOString() },
  });
}
