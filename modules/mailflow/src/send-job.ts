import { type TenantId, utf8 } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { JobHandler, Jobs } from "@casaforte/platform/jobs";
import { sendTask } from "./accept-message.ts";
import { countSession } from "./count-for-report.ts";
import { enqueueBlobDeletion } from "./deliver-job.ts";
import { acceptReport, prepareReport, type Reportable } from "./delivery-report.ts";
import { handOver } from "./hand-over.ts";
import { mayGo } from "./hold-mail.ts";
import { idOf, tenantOf } from "./job-payload.ts";
import { mailflowLimits } from "./limits.ts";
import { noteOutcome } from "./note-outcome.ts";
import { recordEvent } from "./record-event.ts";
import { isReportSender, isTlsReportSender } from "./report-sender.ts";
import { retryWaitMs } from "./retry-schedule.ts";
import { routeOf } from "./route.ts";
import { sealOf } from "./seal-forward.ts";
import type { SendResult } from "./send-result.ts";
import type { MailflowServices } from "./services.ts";
import { sendOverSmtp } from "./smtp-client.ts";
import { deferQueueEntry, finishQueueEntry, selectQueueEntry, takeFinishedBlob } from "./store-queue.ts";
import { isAllowed, stsPolicyOf, underNoPolicy, underPolicy, withoutDane } from "./sts-policies.ts";
import { envelopeSender, tellUndeliverable } from "./take-bounce.ts";
import { heldDetail, type QueueEntry, type QueueId } from "./types.ts";

/**
 * One try to bring one queued message to one recipient. The row is the truth: what is not waiting any more is left
 * alone, and what has to be tried again carries the time and a job of its own. A crash between the other side's 250 and
 * the commit sends the message twice: SMTP knows no better (RFC 1047). What fails on our side is soon run again, and then
 * counts as a try, so that its days end for every message.
 */
export function sendHandler(services: MailflowServices): JobHandler {
  return {
    task: sendTask,
    async run(payload, context) {
      const tenantId = tenantOf(context.tenantId);
      const due = await services.db.tenant(tenantId, async (tx) => {
        const entry = await selectQueueEntry(tx, idOf<QueueId>(payload, "queueId"));
        return entry?.state === "waiting" ? { entry, isFree: await mayGo(tx, entry, services) } : null;
      });
      if (due === null) return;
      const { entry } = due;
      if (!due.isFree) {
        // Held beyond its patience: it comes back.
        const isOver = services.clock.nowMs() >= entry.expiresAt.getTime();
        return isOver ? settle(services, tenantId, entry, { kind: "deferred", reply: heldDetail }) : undefined;
      }
      const result = await bring(services, entry).catch((error: unknown): SendResult => {
        const lateMs = services.clock.nowMs() - entry.nextAt.getTime();
        const isFresh = context.attempt < mailflowLimits.sendFaultsMax && lateMs < mailflowLimits.overdueMs;
        if (context.signal.aborted || isFresh) throw error;
        services.logger.error("mailflow.not_tried", error, { queueId: entry.id });
        return { kind: "deferred", reply: "451 4.3.0 this server has a fault" };
      });
      if (result === null) return postpone(services, tenantId, entry);
      await settle(services, tenantId, entry, result);
    },
  };
}

/** Null when others are on their way to the same destination. */
async function bring(services: MailflowServices, entry: QueueEntry): Promise<SendResult | null> {
  // Inside the house there is no destination to be gentle with.
  const handed = await handOver(services, entry);
  if (handed !== null) return handed;
  await using place = await services.db.takePlace(`mailflow to ${entry.domain}`, mailflowLimits.perDestinationMax);
  return place === null ? null : await attempt(services, entry);
}

async function attempt(services: MailflowServices, entry: QueueEntry): Promise<SendResult> {
  const { outgoing, domain } = entry;
  const open = await routeOf(domain, services.outbound);
  const isDirect = services.outbound.kind === "mx";
  const found = isDirect ? await stsPolicyOf(services, domain) : { policy: null, trouble: null };
  // A report of failures must arrive where they happen (RFC 8460 §3).
  const isTlsReport = isTlsReportSender(services, outgoing.sender);
  const route = isTlsReport ? underNoPolicy(open) : underPolicy(open, found.policy, services);
  // Of reports nothing is reported, or they would never end.
  const isCounted = isDirect && !isReportSender(services, outgoing.sender);
  for (const host of isCounted ? (open.unproven ?? []) : [])
    await countSession(services, domain, found, unprovenServer(host));
  if (route.kind === "nowhere") {
    const refused = open.kind === "to" ? open.destinations[0] : undefined;
    if (isCounted && refused) await countSession(services, domain, found, { ...withoutDane(refused), ...neverBegun });
    return route.result;
  }
  const seal = utf8(await sealOf(services, outgoing));
  async function* read() {
    if (seal.length > 0) yield seal;
    yield* services.blobs.read(outgoing.tenantId, outgoing.blobId);
  }
  const sizeBytes = Number(outgoing.sizeBytes) + seal.length;
  const sender = envelopeSender(services, outgoing);
  const message = { sender, recipient: entry.recipient, sizeBytes, dsn: entry.dsn, read };
  let last: SendResult = { kind: "deferred", reply: "no mail server could be reached" };
  for (const destination of route.destinations) {
    const { result, isUnreached, tls } = await sendOverSmtp(destination, message, services.hostname);
    if (isCounted && tls !== null) {
      const session = { ...destination, tls, isAllowed: isAllowed(found.policy, destination) };
      await countSession(services, domain, found, session);
    }
    if (!isUnreached) return result;
    last = { kind: "deferred", reply: result.reply };
  }
  return last;
}

/** A server that the policy does not name is not even called. */
const neverBegun = { tls: { isEncrypted: false, failure: "validation-failure" }, isAllowed: false } as const;

/** Nor one whose certificate the DNS is wrong about. */
const unprovenServer = (tlsName: string) => ({
  ...{ tlsName, host: "", isAllowed: false },
  tls: { isEncrypted: false, failure: "dnssec-invalid" } as const,
  dane: { base: tlsName, records: [], usable: [], names: [] },
});

function postpone(services: MailflowServices, tenantId: TenantId, entry: QueueEntry): Promise<void> {
  const { db, clock, jobs } = services;
  const nextMs = clock.nowMs() + mailflowLimits.busyDestinationWaitMs;
  const reply = entry.lastReply ?? "waiting for earlier messages to the same destination";
  return db.tenant(tenantId, async (tx) => {
    await defer(tx, jobs, entry.id, { reply, nextMs, countsAsTry: false });
  });
}

/**
 * Puts off what still waits, with its job, and answers it as it is now; null where it does not wait any more. What was held
 * meanwhile stays held until its patience ends.
 */
async function defer(
  tx: TenantTx,
  jobs: Jobs,
  id: QueueId,
  { nextMs, ...result }: { reply: string; nextMs: number; countsAsTry: boolean; tellsDelay?: boolean },
): Promise<QueueEntry | null> {
  const still = await selectQueueEntry(tx, id, true);
  if (still?.state !== "waiting") return null;
  const nextAt = still.hold === "held" ? still.expiresAt : new Date(nextMs);
  await deferQueueEntry(tx, id, { ...result, nextAt });
  await jobs.enqueue(tx, sendTask, { queueId: id }, { key: id, runAtMs: nextAt.getTime() });
  return still;
}

async function settle(
  services: MailflowServices,
  tenantId: TenantId,
  entry: QueueEntry,
  result: SendResult,
): Promise<void> {
  const { db, clock, random, jobs } = services;
  const nowMs = clock.nowMs();
  const nextMs = nowMs + retryWaitMs(entry.attempts + 1, random);
  const about = { ...entry.outgoing, recipient: entry.recipient };
  if (result.kind === "deferred" && nextMs < entry.expiresAt.getTime()) {
    const delay = await delayReport(services, tenantId, entry, result.reply);
    await db.tenant(tenantId, async (tx) => {
      const { reply } = result;
      const tellsDelay = delay !== null;
      const still = await defer(tx, jobs, entry.id, { reply, nextMs, countsAsTry: true, tellsDelay });
      if (still === null) return;
      await recordEvent(tx, services, "deferred", about, reply);
      // Its last step says why it waits.
      if (still.hold === "held") await recordEvent(tx, services, "deferred", about, heldDetail);
      await acceptReport(tx, services, delay);
    });
    return;
  }
  const isSent = result.kind === "sent";
  const report = await finalReport(services, tenantId, entry, result);
  await db.tenant(tenantId, async (tx) => {
    const still = await selectQueueEntry(tx, entry.id, true);
    if (still?.state !== "waiting") return;
    const finished = { state: isSent ? "sent" : "failed", reply: result.reply, at: new Date(nowMs) } as const;
    const isDelivered = result.kind === "sent" && result.success === "delivered";
    await finishQueueEntry(tx, entry.id, { ...finished, isDelivered });
    await noteOutcome(tx, services, entry.outgoing);
    if (result.kind !== "sent" || !result.isDelivered)
      await recordEvent(tx, services, isSent ? "sent" : "failed", about, result.reply);
    await acceptReport(tx, services, report);
    if (result.kind === "failed")
      await tellUndeliverable(tx, services, entry.outgoing, { ...result, recipient: entry.recipient });
    const blobId = await takeFinishedBlob(tx, entry.outgoing.id);
    if (blobId !== null) await enqueueBlobDeletion(tx, services, blobId);
  });
}

/** What a report on a message in the queue says of it. */
export const reportable = (
  { blobs }: MailflowServices,
  tenantId: TenantId,
  { outgoing, recipient, dsn }: QueueEntry,
): Omit<Reportable, "action" | "status" | "reply"> => ({
  ...outgoing,
  tenantId,
  recipient,
  dsn,
  arrivedAt: outgoing.createdAt,
  read: () => blobs.read(outgoing.tenantId, outgoing.blobId),
});

/** Once, when the message has waited for long. */
async function delayReport(services: MailflowServices, tenantId: TenantId, entry: QueueEntry, reply: string) {
  const isLate = services.clock.nowMs() - entry.createdAt.getTime() >= mailflowLimits.delayToldMs;
  if (entry.isDelayTold || !isLate) return null;
  const { expiresAt } = entry;
  const about = {
    ...reportable(services, tenantId, entry),
    action: "delayed",
    status: "4.4.1",
    reply,
    expiresAt,
  } as const;
  return prepareReport(services, about, entry.outgoing.mailAccountId !== null);
}

async function finalReport(services: MailflowServices, tenantId: TenantId, entry: QueueEntry, result: SendResult) {
  const { reply } = result;
  const about = { ...reportable(services, tenantId, entry), reply };
  if (result.kind !== "sent") {
    const status = result.kind === "failed" ? result.status : "4.4.7";
    return prepareReport(services, { ...about, action: "failed", status });
  }
  if (result.success === "passed_on") return null;
  return prepareReport(services, { ...about, action: result.success, status: "2.0.0" });
}
