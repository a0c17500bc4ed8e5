import type { Id } from "@casaforte/kernel";

export type ChargeId = Id<"Charge">;

export interface AddCharge {
  /** Who charges, and its name for what is charged: the pair is charged once. */
  readonly source: string;
  readonly sourceKey: string;
  /** As it stands on the invoice. */
  readonly description: { readonly it: string; readonly en: string };
  /** Net, above nothing. */
  readonly netCents: bigint;
  readonly atMs: number;
}
