import { type Actor, Failure, type Id, type InvoiceId, newId, romeMidnight, type ServiceId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { invoiceNumber } from "./invoice.ts";
import { requireInvoice } from "./issue-invoice.ts";
import { billingLimits } from "./limits.ts";
import type { BillingServices, OverdueService } from "./services.ts";
import {
  insertAllocation,
  insertPayment,
  insertReminder,
  lockCollection,
  type OpenDue,
  type Payment,
  selectOpenDues,
} from "./store-collection.ts";

export interface RecordPayment
  extends Pick<Payment, "invoiceId" | "key" | "cents" | "paidOn" | "method" | "reference"> {
  /** Which service is paid; null: the invoice's services, in turn. */
  readonly serviceId: ServiceId | null;
}

/**
 * Notes money that came for an invoice and settles what its services owe, no more than that (R48). The same key again
 * changes nothing. @throws precondition `billing.not_issued`, invalid `billing.overpaid`, not_found `billing.not_found`.
 */
export async function recordPayment(
  tx: TenantTx,
  actor: Actor,
  input: RecordPayment,
  services: Pick<BillingServices, "clock" | "random">,
): Promise<void> {
  await lockCollection(tx);
  const invoice = await requireInvoice(tx, input.invoiceId);
  if (invoice.state !== "issued" || invoice.kind !== "invoice")
    throw new Failure("precondition", "billing.not_issued", "only an issued invoice is paid");
  const id = newId<Id<"Payment">>(services.clock, services.random);
  const isNew = await insertPayment(tx, {
    ...input,
    id,
    recordedBy: "principalId" in actor ? actor.principalId : actor.kind,
    recordedAt: new Date(services.clock.nowMs()),
  });
  if (!isNew) return;
  let left = input.cents;
  for (const due of await selectOpenDues(tx, invoice.id)) {
    if (input.serviceId !== null && due.serviceId !== input.serviceId) continue;
    const cents = due.openCents < left ? due.openCents : left;
    if (cents <= 0n) continue;
    const { invoiceId, serviceId } = due;
    await insertAllocation(tx, { paymentId: id, creditId: null, invoiceId, serviceId, cents });
    left -= cents;
  }
  if (left > 0n) throw new Failure("invalid", "billing.overpaid", "the payment is more than what is due");
  await recordAudit(tx, actor, {
    action: "billing.payment_recorded",
    object: { kind: "invoice", id: invoice.id },
    details: { number: invoiceNumber(invoice), cents: String(input.cents), method: input.method },
  });
}

const dueMs = ({ dueOn }: Pick<OpenDue, "dueOn">): number => {
  const [year = 0, month = 1, day = 1] = dueOn.split("-").map(Number);
  // Due through the whole day.
  return romeMidnight({ year, month, day: day + 1 });
};

/** Steps whose day has come: 1, 2 reminders, 3 the warning that the service will be limited. */
export const reminderStep = (due: Pick<OpenDue, "dueOn">, nowMs: number): number =>
  billingLimits.reminderDays.filter((days) => nowMs >= dueMs(due) + days * 86_400_000).length;

/**
 * Sends the reminders whose day has come, each once, for each service that owes; one that is paid is left alone, whatever
 * the customer owes for another (R48). A tenant that comes late to this gets the step of today, not all at once.
 */
export async function remindDebts(tx: TenantTx, actor: Actor, services: BillingServices): Promise<number> {
  const nowMs = services.clock.nowMs();
  await lockCollection(tx);
  let sent = 0;
  for (const due of await selectOpenDues(tx, null)) {
    const step = reminderStep(due, nowMs);
    if (due.openCents <= 0n || step <= due.step) continue;
    if (!(await insertReminder(tx, due, step, new Date(nowMs)))) continue;
    const invoice = await requireInvoice(tx, due.invoiceId);
    const line = invoice.lines.find(({ serviceId }) => serviceId === due.serviceId);
    await recordAudit(tx, actor, {
      action: "billing.reminder_sent",
      object: { kind: "service", id: due.serviceId },
      details: { number: invoiceNumber(invoice), step, openCents: String(due.openCents) },
    });
    await services.mailBilling(tx, {
      kind: "reminder",
      values: {
        number: invoiceNumber(invoice) ?? "",
        totalCents: String(due.openCents),
        dueOn: due.dueOn,
        step: String(step),
        service: line?.descriptionIt ?? "",
      },
    });
    // No service stands behind a charge of its own: nothing is limited for it.
    if (step === billingLimits.reminderDays.length && line?.unit !== "once")
      await services.overdue?.(tx, {
        serviceId: due.serviceId,
        invoiceNumber: invoiceNumber(invoice) ?? "",
        dueOn: due.dueOn,
        step,
      });
    sent++;
  }
  return sent;
}

/** Whether a service still owes anything of an invoice, which is named as reminders name it (R48). */
export async function isOwed(
  tx: TenantTx,
  debt: Pick<OverdueService, "serviceId" | "invoiceNumber">,
): Promise<boolean> {
  for (const due of await selectOpenDues(tx, null))
    if (due.serviceId === debt.serviceId && due.openCents > 0n) {
      const number = invoiceNumber(await requireInvoice(tx, due.invoiceId)) ?? "";
      if (number === debt.invoiceNumber) return true;
    }
  return false;
}

/** Open of one invoice. */
export async function openOf(tx: TenantTx, id: InvoiceId): Promise<bigint> {
  return (await selectOpenDues(tx, id)).reduce((sum, due) => sum + due.openCents, 0n);
}
