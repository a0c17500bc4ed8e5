import { requestPriceSchema, requestTaxRateSchema } from "@casaforte/contract/catalogue";
import type { ApprovalKind } from "@casaforte/modules/approvals";
import type { z } from "zod";
import { setPrice, setTaxRate } from "./publish.ts";

/** A change of price: one operator asks, another approves (R91). */
export const priceApproval: ApprovalKind<z.infer<typeof requestPriceSchema>> = {
  kind: "catalogue.price",
  roles: ["billing"],
  payload: requestPriceSchema,
  execute: (tx, actor, payload, { approvalId, nowMs }) =>
    setPrice(tx, actor, {
      sku: payload.sku,
      unit: payload.unit,
      priceMicros: BigInt(payload.priceMicros),
      validFromMs: Date.parse(payload.validFrom),
      approvalId,
      nowMs,
    }),
};

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
