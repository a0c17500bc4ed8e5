import { readReceipt } from "@casaforte/fatturapa";
import { type Actor, Failure, type Id, type InvoiceId, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { invoiceNumber } from "./invoice.ts";
import { keepXml, requireInvoice } from "./issue-invoice.ts";
import type { BillingServices } from "./services.ts";
import { insertReceipt, type StoredReceipt, selectFileOwner, selectReceipts } from "./store-collection.ts";
import { selectDocument } from "./store-invoices.ts";

/**
 * Imports a receipt of SdI, for whichever customer it is; again, it changes nothing (R46). A rejection opens the number's
 * handling again: see sendAgain. @throws invalid `fatturapa.xml`, `fatturapa.receipt`, not_found `billing.receipt_unknown`.
 */
export async function importReceipt(
  actor: Actor,
  bytes: Uint8Array,
  services: BillingServices,
): Promise<StoredReceipt["kind"]> {
  const { db, clock, random } = services;
  const receipt = readReceipt(bytes);
  const owner = await db.lookup((tx) => selectFileOwner(tx, receipt.fileName));
  if (owner === null) throw new Failure("not_found", "billing.receipt_unknown", "no file of that name was sent");
  await db.tenant(owner.tenantId, async (tx) => {
    const isNew = await insertReceipt(tx, newId<Id<"Receipt">>(clock, random), owner.invoiceId, {
      kind: receipt.kind,
      transmission: owner.transmission,
      sdiId: receipt.sdiId,
      errors: receipt.errors,
      at: receipt.atMs === null ? null : new Date(receipt.atMs),
      receivedAt: new Date(clock.nowMs()),
    });
    if (isNew)
      await recordAudit(tx, actor, {
        action: "billing.receipt_imported",
        object: { kind: "invoice", id: owner.invoiceId },
        details: { kind: receipt.kind, sdiId: receipt.sdiId, errors: receipt.errors.map((error) => error.code) },
      });
  });
  return receipt.kind;
}

export type ExchangeState = "not_sent" | "sent" | StoredReceipt["kind"];

/** Where an e-invoice stands with SdI, by its newest transmission (R46). */
export async function exchangeState(tx: TenantTx, id: InvoiceId): Promise<ExchangeState> {
  const document = await selectDocument(tx, id, "xml");
  if (document === null) return "not_sent";
  const receipts = (await selectReceipts(tx, id)).filter((each) => each.transmission === document.transmission);
  return receipts.at(-1)?.kind ?? "sent";
}

/**
 * Makes the file of a rejected e-invoice anew, under the same number and date with a new name, as SdI asks (R46).
 * Amounts stay as issued. @throws precondition `billing.not_rejected`.
 */
export async function sendAgain(tx: TenantTx, actor: Actor, id: InvoiceId, services: BillingServices): Promise<string> {
  const invoice = await requireInvoice(tx, id);
  const document = await selectDocument(tx, id, "xml");
  if (document === null || (await exchangeState(tx, id)) !== "rejected")
    throw new Failure("precondition", "billing.not_rejected", "only a rejected invoice is sent again");
  const credited = invoice.credits === null ? null : await requireInvoice(tx, invoice.credits);
  await keepXml(tx, invoice, credited, document.transmission + 1, services.clock.nowMs());
  await recordAudit(tx, actor, {
    action: "billing.sent_again",
    object: { kind: "invoice", id },
    details: { number: invoiceNumber(invoice), transmission: document.transmission + 1 },
  });
  return (await selectDocument(tx, id, "xml"))?.fileName ?? "";
}
