import { Failure, parseId, type TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import { selectTicket } from "./store.ts";
import type { TicketId } from "./types.ts";

/** @throws not_found `tickets.missing` unless this ticket is this customer's. */
export async function requireTicket(tx: OperatorTx, tenantId: TenantId, id: string): Promise<void> {
  if ((await selectTicket(tx, tenantId, parseId<TicketId>(id), false)) === null)
    throw new Failure("not_found", "tickets.missing", "there is no such ticket");
}
