import { type Actor, type Id, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { BillingServices } from "./services.ts";
import { insertCharge } from "./store-charges.ts";

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

/** Charges once what was quoted and accepted; it stands on the invoice of its month (R70). Said again, nothing happens. */
export async function addCharge(
  tx: TenantTx,
  actor: Actor,
  input: AddCharge,
  { clock, random }: Pick<BillingServices, "clock" | "random">,
): Promise<void> {
  const id = newId<ChargeId>(clock, random);
  if (!(await insertCharge(tx, { ...input, id, at: new Date(input.atMs) }))) return;
  await recordAudit(tx, actor, {
    action: "billing.charged",
    object: { kind: "charge", id },
    details: { source: input.source, netCents: String(input.netCents) },
  });
}
