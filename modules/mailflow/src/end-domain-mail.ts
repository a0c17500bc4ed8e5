import type { MailAccountId, TenantId } from "@casaforte/kernel";
import { listAddresses } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import { deliver } from "./deliver-job.ts";
import { acceptReport, prepareReport } from "./delivery-report.ts";
import { mailflowLimits } from "./limits.ts";
import { noteOutcome } from "./note-outcome.ts";
import { recordEvent } from "./record-event.ts";
import { reportable } from "./send-job.ts";
import type { MailflowServices } from "./services.ts";
import { restoreSender } from "./srs.ts";
import { selectWaitingDeliveries } from "./store-deliveries.ts";
import { finishQueueEntry, selectQueueEntry, selectWaitingOf } from "./store-queue.ts";
import type { QueueEntry } from "./types.ts";

interface EndingDomain {
  readonly accounts: readonly MailAccountId[];
  readonly domainName: string;
}

/**
 * Ends what is under way of a domain whose accounts were deleted: what was accepted for them goes back to its senders with a
 * report, what they still had to send is given up. So is what others sent by the domain, who are told: senders of mail that it
 * forwarded, and mailboxes of other domains. `counted` is told of what is given up in the transactions that do it. Again after
 * a crash it goes on.
 */
export async function endDomainMail(
  services: MailflowServices,
  tenantId: TenantId,
  domain: EndingDomain,
  counted: (tx: TenantTx, messages: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { db } = services;
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
    const entries = await db.tenant(tenantId, (tx) => selectWaitingOf(tx, domain, most), { readOnly: true });
    for (const entry of entries) {
      signal.throwIfAborted();
      await giveUp(services, entry, await toldOf(services, entry, domain), counted);
    }
    if (entries.length < most) return;
  }
}

/** Who is told that a message is given up: not those who go. */
async function toldOf(
  { db, clock, secretKey }: MailflowServices,
  { outgoing }: QueueEntry,
  { accounts, domainName }: EndingDomain,
): Promise<string> {
  const { mailAccountId: accountId, sender, tenantId } = outgoing;
  if (accountId !== null) {
    if (accounts.includes(accountId)) return "";
    const own = await db.tenant(tenantId, (tx) => listAddresses(tx, { mailAccountId: accountId }), { readOnly: true });
    const main = own.find(({ kind }) => kind === "mailbox");
    return main ? `${main.localPart}@${main.domainName}` : "";
  }
  // A forward: its sender is behind the address that it got here.
  const wrote = restoreSender(sender, secretKey, clock.nowMs()) ?? "";
  return wrote.endsWith(`@${domainName}`) ? "" : wrote;
}

async function giveUp(
  services: MailflowServices,
  entry: QueueEntry,
  told: string,
  counted: (tx: TenantTx, messages: number) => Promise<void>,
): Promise<void> {
  const { db, clock } = services;
  const { id, outgoing, recipient } = entry;
  const reply = "the sender's domain was closed";
  const about = { ...reportable(services, outgoing.tenantId, entry), sender: told };
  const report = await prepareReport(services, { ...about, action: "failed", status: "5.7.0", reply });
  await db.tenant(outgoing.tenantId, async (tx) => {
    const still = await selectQueueEntry(tx, id, true);
    if (still?.state !== "waiting") return;
    await finishQueueEntry(tx, id, { state: "failed", reply, at: new Date(clock.nowMs()) });
    await noteOutcome(tx, services, outgoing);
    await recordEvent(tx, services, "failed", { ...outgoing, recipient }, reply);
    await acceptReport(tx, services, report);
    await counted(tx, 1);
  });
}
