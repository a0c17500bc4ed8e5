import { JmapError, type PushChange, type PushDraft, type PushRecord, type PushStore } from "@casaforte/jmap";
import { type Actor, Failure, newId, parseId, toBase64Url } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { isPublicHttps } from "@casaforte/platform/net";
import { mailboxLimits } from "./limits.ts";
import { lockedAccount } from "./locked-account.ts";
import type { MailboxEdgeServices } from "./services.ts";
import {
  countPushSubscriptions,
  endPushSubscription,
  insertPushSubscription,
  lockPushSubscription,
  type PushRow,
  type PushSubscriptionId,
  selectPushedAccounts,
  selectPushSubscriptions,
  updatePushSubscription,
} from "./store-push.ts";
import { isOnCurve, type VapidKey } from "./web-push.ts";

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who subscribes: a mail account by one of its sign-ins. */
export interface Subscriber {
  readonly actor: Extract<Actor, { kind: "mail_account" }>;
  readonly sessionId: string;
}

/**
 * The push subscriptions of a sign-in (RFC 8620 §7.2). A row is all that a push needs to happen: what is due is found by
 * looking (`push-changes.ts`), so that no change can be forgotten.
 */
export function pushStore(services: MailboxEdgeServices, key: VapidKey, { actor, sessionId }: Subscriber): PushStore {
  const { db, clock, random } = services;
  const { tenantId, mailAccountId: accountId } = actor;
  const now = (): Date => new Date(clock.nowMs());
  // Nor shorter than an ended one counts: whoever lets them run out makes no more than who ends them.
  const until = (wantedMs: number | null): Date => {
    const earliestMs = clock.nowMs() + mailboxLimits.pushEndedMs;
    const latestMs = clock.nowMs() + mailboxLimits.pushExpiryMs;
    return new Date(Math.max(earliestMs, Math.min(wantedMs ?? latestMs, latestMs)));
  };
  const own = async (tx: TenantTx, text: string): Promise<PushRow> => {
    const row = uuidPattern.test(text) ? await lockPushSubscription(tx, parseId<PushSubscriptionId>(text)) : null;
    if (row === null || row.accountId !== accountId || row.sessionId !== sessionId || row.expiresAt <= now()) {
      throw new Failure("not_found", "mailbox.no_push_subscription", "no such push subscription");
    }
    return row;
  };

  return {
    applicationServerKey: key.publicKey,

    subscriptions: () =>
      db.tenant(
        tenantId,
        async (tx) => (await selectPushSubscriptions(tx, { accountId, sessionId }, now())).map(record),
        { readOnly: true },
      ),

    async subscribe({ deviceClientId, url, keys, expiresAtMs, types }: PushDraft): Promise<PushRecord> {
      if (!isPublicHttps(url)) throw new JmapError("invalidProperties", "no address of the open web", ["url"]);
      const p256dh = keys === null ? null : Buffer.from(keys.p256dh, "base64url");
      if (p256dh !== null && !isOnCurve(p256dh))
        throw new JmapError("invalidProperties", "no point of P-256", ["keys"]);
      const row = {
        id: newId<PushSubscriptionId>(clock, random),
        ...{ accountId, sessionId, deviceClientId, url, types },
        p256dh,
        auth: keys === null ? null : Buffer.from(keys.auth, "base64url"),
        serverKey: key.publicKey,
        code: toBase64Url(random.bytes(24)),
        expiresAt: until(expiresAtMs),
        at: now(),
      };
      await db.tenant(tenantId, async (tx) => {
        await lockedAccount(tx, accountId);
        if ((await countPushSubscriptions(tx, accountId, now())) >= mailboxLimits.pushSubscriptionsMax) {
          throw new Failure("rate_limited", "mailbox.push_limit", "too many push subscriptions; try again in an hour");
        }
        await insertPushSubscription(tx, row);
      });
      return record({ ...row, confirmedAt: null });
    },

    updateSubscription: (id: string, change: PushChange) =>
      db.tenant(tenantId, async (tx) => {
        const before = await own(tx, id);
        const { verificationCode: code, expiresAtMs, types } = change;
        if (code !== undefined && code !== before.code) {
          throw new JmapError("invalidProperties", "this is not the code that was sent", ["verificationCode"]);
        }
        const confirms = code !== undefined && before.confirmedAt === null;
        const after: PushRow = {
          ...before,
          ...(types === undefined ? {} : { types }),
          ...(expiresAtMs === undefined ? {} : { expiresAt: until(expiresAtMs) }),
          ...(confirms ? { confirmedAt: now(), nextAt: now(), failures: 0, told: await currentStates(tx) } : {}),
        };
        await updatePushSubscription(tx, after.id, after);
        return record(after);
      }),

    unsubscribe: (id: string) =>
      db.tenant(tenantId, async (tx) => {
        const row = await own(tx, id);
        const until = new Date(clock.nowMs() + mailboxLimits.pushEndedMs);
        await endPushSubscription(tx, row.id, { now: now(), until });
      }),
  };

  /** What came before is read by the client itself when it begins. */
  async function currentStates(tx: TenantTx): Promise<Record<string, number>> {
    return Object.fromEntries((await selectPushedAccounts(tx, accountId)).map(({ id, modseq }) => [id, modseq]));
  }
}

const record = (
  row: Pick<PushRow, "id" | "deviceClientId" | "code" | "confirmedAt" | "expiresAt" | "types">,
): PushRecord => ({
  id: row.id,
  deviceClientId: row.deviceClientId,
  verificationCode: row.confirmedAt === null ? null : row.code,
  expiresAtMs: row.expiresAt.getTime(),
  types: row.types,
});
