import { requestPriceSchema, requestTaxRateSchema } from "@casaforte/contract/catalogue";
import type { ApprovalKind } from "@casaforte/modules/approvals";
import type { OperatorTx } from "@casaforte/platform/db";
import type { z } from "zod";
import { setPrice, setTaxRate } from "./publish.ts";
import type { BillingUnit } from "./sku.ts";

export interface ApprovedPrice {
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly validFromMs: number;
}

/**
 * A change of price: one operator asks, another approves (R91). In the transaction that approves it `announce` promises
 * that its customers are told (R43).
 */
export const priceApproval = (
  announce: (tx: OperatorTx, price: ApprovedPrice) => Promise<void>,
): ApprovalKind<z.infer<typeof requestPriceSchema>> => ({
  kind: "catalogue.price",
  roles: ["billing"],
  payload: requestPriceSchema,
  async execute(tx, actor, payload, { approvalId, nowMs }) {
    const { sku, unit } = payload;
    const validFromMs = Date.parse(payload.validFrom);
    await setPrice(tx, actor, { sku, unit, priceMicros: BigInt(payload.priceMicros), validFromMs, approvalId, nowMs });
    await announce(tx, { sku, unit, validFromMs });
  },
});

/** A change of a tax rate: likewise (R91). */
export const taxRateApproval: ApprovalKind<z.infer<typeof requestTaxRateSchema>> = {
  kind: "catalogue.tax_rate",
  roles: ["billing"],
  payload: requestTaxRateSchema,
  execute: (tx, actor, payload, { approvalId }) =>
    setTaxRate(tx, actor, {
      country: payload.country,
      basisPoints: BigInt(payload.basisPoints),
      validFromMs: Date.parse(payload.validFrom),
      approvalId,
    }),
};
