import { pushTypes } from "@casaforte/jmap";
import { Failure, type MailAccountId, type TenantId, utf8 } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { JobContext, JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import type { PublicPost } from "@casaforte/platform/net";
import { mailboxLimits } from "./limits.ts";
import type { MailboxEdgeServices } from "./services.ts";
import {
  deleteExpiredPushSubscriptions,
  endPushSubscription,
  hasArrivals,
  lockPushSubscription,
  type PushedAccount,
  type PushRow,
  type PushSubscriptionId,
  postponePush,
  selectDuePushes,
  selectPushedAccounts,
  updatePushSubscription,
} from "./store-push.ts";
import { encryptPush, pushBytesMax, type VapidKey, vapidAuthorization } from "./web-push.ts";

export interface PushServices extends Pick<MailboxEdgeServices, "db" | "clock" | "random"> {
  readonly key: VapidKey;
  /** Posts to a push service and answers its status. @throws when it cannot be reached. */
  readonly post: (url: string, post: PublicPost) => Promise<number>;
  /** Whether the sign-in that made a subscription still stands. Wired by the composition root. */
  readonly isSignedIn: (tx: TenantTx, accountId: MailAccountId, sessionId: string) => Promise<boolean>;
}

export const pushTask = "mailbox.push";

export const pushSchedules: readonly JobSchedule[] = [{ task: pushTask, everyMs: mailboxLimits.pushSweepMs }];

/**
 * Tells clients that are closed of what changed (RFC 8620 §7.2): compares what each subscription was told with where its
 * accounts stand, so that nothing has to be remembered at the change. Runs beside the queue: a slow push service keeps
 * no other work waiting.
 */
export const pushHandlers = (services: PushServices): readonly JobHandler[] => [
  {
    task: pushTask,
    async run(_payload, context) {
      const { db, clock } = services;
      const now = new Date(clock.nowMs());
      const due = await db.lookup((tx) => selectDuePushes(tx, now, mailboxLimits.pushSweepMax), { readOnly: true });
      const waiting = [...due];
      const underWay = new Map<TenantId, number>();
      const countOf = (tenantId: TenantId): number => underWay.get(tenantId) ?? 0;
      const next = (): (typeof due)[number] | undefined => {
        const isOver = clock.nowMs() >= now.getTime() + mailboxLimits.pushSweepTakesMs;
        if (isOver || context.signal.aborted) return undefined;
        const at = waiting.findIndex(({ tenantId }) => countOf(tenantId) < mailboxLimits.pushAtOnceOfTenant);
        return at === -1 ? undefined : waiting.splice(at, 1)[0];
      };
      const work = async (): Promise<void> => {
        for (let one = next(); one !== undefined; one = next()) {
          const { tenantId, id } = one;
          underWay.set(tenantId, countOf(tenantId) + 1);
          await tell(services, tenantId, id, context).catch(async (error: unknown) => {
            context.logger.error("mailbox.push_failed", error, { tenantId, subscription: id });
            const until = new Date(clock.nowMs() + mailboxLimits.pushRetryFirstMs);
            // Where that cannot be written either, the next look tries both again.
            await db.tenant(tenantId, (tx) => postponePush(tx, id, until)).catch(() => undefined);
          });
          underWay.set(tenantId, countOf(tenantId) - 1);
        }
      };
      await Promise.all(Array.from({ length: mailboxLimits.pushAtOnce }, work));
    },
  },
];

/** A push that is to be sent, and the row as it is when it has been. */
interface Push {
  readonly row: PushRow;
  readonly message: object;
  readonly sent: Partial<PushRow>;
}

async function tell(
  services: PushServices,
  tenantId: TenantId,
  id: PushSubscriptionId,
  { signal, logger }: Pick<JobContext, "signal" | "logger">,
): Promise<void> {
  const { db, clock } = services;
  const push = await db.tenant(tenantId, (tx) => preparePush(tx, services, id));
  if (push === null) return;
  const { row, message } = push;
  const status = await send(services, row, message, signal).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    return error.code;
  });
  const isSent = typeof status === "number" && status >= 200 && status < 300;
  if (!isSent) logger.warn("mailbox.push_refused", { tenantId, subscription: id, status });
  await db.tenant(tenantId, async (tx) => {
    const now = await lockPushSubscription(tx, id);
    if (now === null) return;
    const failures = isSent ? 0 : now.failures + 1;
    // 404 and 410: the client took the address back (RFC 8030 §7.3).
    if (status === 404 || status === 410 || failures >= mailboxLimits.pushFailuresMax) return end(tx, services, id);
    const { pushGapMs, pushRetryFirstMs, pushRetryMaxMs } = mailboxLimits;
    const waitMs = isSent ? pushGapMs : Math.min(pushRetryMaxMs, pushRetryFirstMs * 2 ** now.failures);
    const nextAt = new Date(clock.nowMs() + waitMs);
    // A client that confirmed meanwhile is not made to wait a day.
    const sent = isSent && (now.confirmedAt === null) === (row.confirmedAt === null) ? push.sent : {};
    await updatePushSubscription(tx, id, { ...now, failures, nextAt, ...sent });
  });
}

/** Null when there is nothing to send: not now, or never again. What is to be sent is claimed for its time. */
async function preparePush(tx: TenantTx, services: PushServices, id: PushSubscriptionId): Promise<Push | null> {
  const now = new Date(services.clock.nowMs());
  await deleteExpiredPushSubscriptions(tx, now);
  const row = await lockPushSubscription(tx, id);
  if (row === null || row.nextAt > now) return null;
  const accounts = await selectPushedAccounts(tx, row.accountId);
  const mayHear =
    accounts.length > 0 &&
    row.serverKey === services.key.publicKey &&
    (await services.isSignedIn(tx, row.accountId, row.sessionId));
  // An address whose client kept silent for a day is not written to again.
  if (!mayHear || (row.confirmedAt === null && row.codeSentAt !== null)) {
    await end(tx, services, id);
    return null;
  }
  const claim = (): Promise<void> =>
    postponePush(tx, id, new Date(now.getTime() + mailboxLimits.pushTimeoutMs + mailboxLimits.pushGapMs));
  if (row.confirmedAt === null) {
    await claim();
    const message = { "@type": "PushVerification", pushSubscriptionId: id, verificationCode: row.code };
    const nextAt = new Date(now.getTime() + mailboxLimits.pushConfirmMs);
    return { row, message, sent: { codeSentAt: now, nextAt } };
  }
  const { changed, told } = await changedStates(tx, row, accounts);
  if (Object.keys(changed).length > 0) {
    await claim();
    return { row, message: { "@type": "StateChange", changed }, sent: { told } };
  }
  // Nothing of the types that it asks for. It goes behind those that wait.
  await updatePushSubscription(tx, id, { ...row, told, nextAt: new Date(now.getTime() + mailboxLimits.pushGapMs) });
  return null;
}

type States = Record<string, Record<string, string>>;

/** What moved, as much as one push holds; the next one tells the rest, since only what is told is noted. */
async function changedStates(
  tx: TenantTx,
  row: PushRow,
  accounts: readonly PushedAccount[],
): Promise<{ readonly changed: States; readonly told: PushRow["told"] }> {
  const changed: States = {};
  const told: Record<string, number> = {};
  const wanted = pushTypes.filter((type) => row.types === null || row.types.includes(type));
  let bytes = 100;
  for (const { id, epoch, modseq } of accounts) {
    const before = row.told[id];
    const states = before === modseq ? {} : await statesOf(tx, { id, before, modseq, epoch, wanted });
    const size = JSON.stringify(states).length + id.length + 4;
    if (bytes + size > pushBytesMax) {
      if (before !== undefined) told[id] = before;
      continue;
    }
    told[id] = modseq;
    if (Object.keys(states).length === 0) continue;
    bytes += size;
    changed[id] = states;
  }
  return { changed, told };
}

async function statesOf(
  tx: TenantTx,
  { id, before, modseq, epoch, wanted }: PushedAccount & { before: number | undefined; wanted: readonly string[] },
): Promise<Record<string, string>> {
  // Of an account that was shared since, everything is new, but no mail has come.
  const looksForMail = wanted.includes("EmailDelivery") && before !== undefined;
  const isMail = looksForMail && (await hasArrivals(tx, id, before, mailboxLimits.pushArrivalsLookedAt));
  const types = wanted.filter((type) => type !== "EmailDelivery" || isMail);
  return Object.fromEntries(types.map((type) => [type, `${epoch}.${modseq}`]));
}

async function send(services: PushServices, row: PushRow, message: object, signal: AbortSignal): Promise<number> {
  const { clock, random, key, post } = services;
  const plain = utf8(JSON.stringify(message));
  const { p256dh, auth } = row;
  const headers = {
    ttl: "86400",
    urgency: row.confirmedAt === null ? "high" : "normal",
    // Whoever was away is told once, of the newest.
    topic: row.id.replaceAll("-", ""),
    authorization: vapidAuthorization(key, row.url, clock.nowMs()),
  };
  const until = AbortSignal.any([signal, AbortSignal.timeout(mailboxLimits.pushTimeoutMs)]);
  if (p256dh === null || auth === null) {
    return post(row.url, { headers: { ...headers, "content-type": "application/json" }, body: plain, signal: until });
  }
  const sealed = { "content-encoding": "aes128gcm", "content-type": "application/octet-stream" };
  const body = encryptPush(plain, { p256dh, auth }, random);
  return post(row.url, { headers: { ...headers, ...sealed }, body, signal: until });
}

const end = (tx: TenantTx, { clock }: PushServices, id: PushSubscriptionId): Promise<void> =>
  endPushSubscription(tx, id, {
    now: new Date(clock.nowMs()),
    until: new Date(clock.nowMs() + mailboxLimits.pushEndedMs),
  });
