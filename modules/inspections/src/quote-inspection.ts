import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Inspection, InspectionId } from "./inspection.ts";
import type { InspectionServices } from "./services.ts";
import { selectInspection, updateQuote, updateRefused } from "./store.ts";

export type OperatorActor = Extract<Actor, { kind: "operator" }>;

interface Named {
  readonly tenantId: TenantId;
  readonly id: InspectionId;
}

async function required(tx: OperatorTx, { tenantId, id }: Named): Promise<Inspection> {
  const inspection = await selectInspection(tx, tenantId, id);
  if (inspection === null) throw new Failure("not_found", "inspections.none", "there is no such audit");
  if (inspection.state !== "asked" && inspection.state !== "quoted")
    throw new Failure("conflict", "inspections.state", `this cannot be done with an audit that is ${inspection.state}`);
  return inspection;
}

/** Says what the audit costs the customer, also anew until it is accepted (R70). @throws as refuseInspection. */
export async function quoteInspection(
  tx: OperatorTx,
  actor: OperatorActor,
  input: Named & { readonly costCents: bigint; readonly text: string },
  services: Pick<InspectionServices, "clock" | "tell">,
): Promise<void> {
  const inspection = await required(tx, input);
  const { costCents, text } = input;
  const at = new Date(services.clock.nowMs());
  await updateQuote(tx, input, { cents: costCents, text, by: actor.principalId, at });
  await services.tell(tx, { ...inspection, state: "quoted", costCents, costText: text, quotedAt: at });
  await recordAudit(tx, actor, {
    tenantId: input.tenantId,
    action: "inspections.quoted",
    object: { kind: "inspection", id: input.id },
    details: { costCents: String(costCents) },
  });
}

/** Refuses, with a reason that the customer reads. @throws not_found `inspections.none`, conflict `inspections.state`. */
export async function refuseInspection(
  tx: OperatorTx,
  actor: OperatorActor,
  input: Named & { readonly reason: string },
  services: Pick<InspectionServices, "clock" | "tell">,
): Promise<void> {
  const inspection = await required(tx, input);
  const at = new Date(services.clock.nowMs());
  await updateRefused(tx, input, input.reason, at);
  await services.tell(tx, { ...inspection, state: "refused", refusal: input.reason, endedAt: at });
  await recordAudit(tx, actor, {
    tenantId: input.tenantId,
    action: "inspections.refused",
    object: { kind: "inspection", id: input.id },
  });
}
