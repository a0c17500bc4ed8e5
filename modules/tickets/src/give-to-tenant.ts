import { type Actor, type BlobId, Failure, providerTenantId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TicketServices } from "./services.ts";
import { moveTicket, selectTicket } from "./store.ts";
import { selectAttachments, setAttachmentBlob } from "./store-entries.ts";
import type { TicketAttachmentId, TicketId } from "./types.ts";

/**
 * Gives a stranger's ticket to the customer it belongs to (R21). Files are stored again under the customer's key first;
 * the old ones are left to the collector. Those that were merged into it follow.
 * @throws not_found `tickets.missing`, conflict `tickets.not_in_quarantine`, `tickets.merged`.
 */
export async function giveToTenant(
  services: TicketServices,
  actor: Extract<Actor, { kind: "operator" }>,
  input: { readonly ticketId: TicketId; readonly tenantId: TenantId },
): Promise<void> {
  const { db, blobs } = services;
  const { ticketId, tenantId } = input;
  if (tenantId === providerTenantId)
    throw new Failure("conflict", "tickets.not_in_quarantine", "it lies with the provider already");
  const files = await db.operator((tx) => selectAttachments(tx, providerTenantId, ticketId), { readOnly: true });
  const copyOf = async (blobId: BlobId) => (await blobs.put(tenantId, blobs.read(providerTenantId, blobId))).id;
  const copies = new Map<TicketAttachmentId, BlobId>();
  for (const { id, blobId } of files) copies.set(id, await copyOf(blobId));
  await db.operator(async (tx) => {
    const ticket = await selectTicket(tx, providerTenantId, ticketId, true);
    if (!ticket) throw new Failure("not_found", "tickets.missing", "there is no such ticket in the quarantine");
    if (ticket.mergedInto !== null)
      throw new Failure("conflict", "tickets.merged", "give the ticket that it was merged into");
    await readTenant(tx, tenantId);
    // Another may have been merged into it since they were read.
    for (const { id, blobId } of await selectAttachments(tx, providerTenantId, ticketId))
      await setAttachmentBlob(tx, providerTenantId, id, copies.get(id) ?? (await copyOf(blobId)));
    await moveTicket(tx, ticket, tenantId);
    await recordAudit(tx, actor, {
      action: "tickets.given",
      object: { kind: "ticket", id: ticketId },
      details: { number: Number(ticket.number) },
      tenantId,
    });
  });
}
