import type { MailAccountId, TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { deliver } from "./deliver-job.ts";
import { mailflowLimits } from "./limits.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { selectWaitingDeliveries } from "./store-deliveries.ts";
import { finishQueueEntry, selectWaitingOf } from "./store-queue.ts";

/**
 * Ends what is under way of a domain whose accounts were deleted: what was accepted for them goes back to its senders with a
 * report, what they still had to send is given up. `counted` is told of the latter in the transactions that do it. Again
 * after a crash it goes on.
 */
export async function endDomainMail(
  services: MailflowServices,
  tenantId: TenantId,
  domain: { readonly accounts: readonly MailAccountId[]; readonly domainName: string },
  counted: (tx: TenantTx, messages: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock } = services;
  const most = mailflowLimits.endedAtOnce;
  for (let before = ""; ; ) {
    const ids = await db.tenant(tenantId, (tx) => selectWaitingDeliveries(tx, domain.accounts, most), {
      readOnly: true,
    });
    // The same ones again: somebody else holds them, the caller's next round finds them.
    if (ids.length === 0 || ids.join() === before) break;
    before = ids.join();
    for (const id of ids) {
      signal.throwIfAborted();
      await deliver(services, tenantId, id);
    }
  }
  for (;;) {
    signal.throwIfAborted();
    const done = await db.tenant(tenantId, async (tx) => {
      const entries = await selectWaitingOf(tx, domain, most);
      for (const { id, recipient, outgoing } of entries) {
        const reply = "the sender's domain was closed";
        await finishQueueEntry(tx, id, { state: "failed", reply, at: new Date(clock.nowMs()) });
        await recordEvent(tx, services, "failed", { ...outgoing, recipient }, reply);
      }
      if (entries.length > 0) await counted(tx, entries.length);
      return entries.length;
    });
    if (done < most) return;
  }
}
