import { type Actor, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { AddCharge, ChargeId } from "./charge.ts";
import type { BillingServices } from "./services.ts";
import { insertCharge } from "./store-charges.ts";

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
