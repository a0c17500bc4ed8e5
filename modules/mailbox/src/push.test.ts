import { createDecipheriv, createECDH, hkdfSync } from "node:crypto";
import { type Backend, handleApi } from "@casaforte/jmap";
import type { PrincipalId, TenantId } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { deleteMailAccount } from "./change-mail-account.ts";
import { jmapBackend } from "./jmap.ts";
import {
  bed,
  closeJmapBed,
  message,
  newAccount,
  openJmapBed,
  services,
  tenantId,
  using,
} from "./jmap-bed.test-support.ts";
import { mailboxLimits } from "./limits.ts";
import type { MailAccount } from "./mail-account.ts";
import { system } from "./mailbox-testbed.ts";
import { type PushServices, pushHandlers } from "./push-changes.ts";
import { setShares } from "./share-account.ts";
import { selectDuePushes } from "./store-push.ts";
import { vapidKey } from "./web-push.ts";

beforeAll(openJmapBed);
afterAll(closeJmapBed);

interface Received {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const key = vapidKey(new SeededRandom(5).bytes(32), "mailto:post@example.test");
const client = createECDH("prime256v1");
client.setPrivateKey(new SeededRandom(6).bytes(32));
const auth = Buffer.from(new SeededRandom(7).bytes(16));
const keys = { p256dh: client.getPublicKey("base64url"), auth: auth.toString("base64url") };

let received: Received[] = [];
let status = 201;
let signedOut = new Set<string>();
let before: (url: string) => Promise<void>;
beforeEach(() => {
  before = async () => undefined;
  received = [];
  status = 201;
  signedOut = new Set();
});

const push = (): PushServices => ({
  ...bed.services,
  key,
  post: async (url, { headers, body }) => {
    await before(url);
    received.push({ url, headers, body });
    return status;
  },
  isSignedIn: async (_tx, _account, session) => !signedOut.has(session),
});

async function sweep(): Promise<void> {
  const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: bed.logger };
  await pushHandlers(push())[0]?.run({}, context);
}

/** What the client behind the push service reads (RFC 8291 §3). */
function open({ body }: Received): Record<string, unknown> {
  const sealed = Buffer.from(body);
  const [salt, theirs, text] = [sealed.subarray(0, 16), sealed.subarray(21, 86), sealed.subarray(86)];
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), client.getPublicKey(), theirs]);
  const input = Buffer.from(hkdfSync("sha256", client.computeSecret(theirs), auth, info, 32));
  const derive = (what: string, length: number) =>
    Buffer.from(hkdfSync("sha256", input, salt, `Content-Encoding: ${what}\0`, length));
  const cipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
  cipher.setAuthTag(text.subarray(-16));
  const plain = Buffer.concat([cipher.update(text.subarray(0, -16)), cipher.final()]);
  return JSON.parse(plain.subarray(0, -1).toString()) as Record<string, unknown>;
}

const sessionOne = "00000000-0000-4000-8000-000000000001";

async function call(backend: Backend, args: object) {
  const request = { using, methodCalls: [["PushSubscription/set", args, "c"]] };
  const reply = await handleApi(request, backend, { nowMs: 0, logger: bed.logger });
  if (!reply.ok) throw new Error(reply.problem.detail);
  return (reply.response["methodResponses"] as [string, Record<string, unknown>, string][])[0]?.[1] ?? {};
}

const backendOf = (account: MailAccount, sessionId = sessionOne, tenant: TenantId = tenantId) =>
  jmapBackend(
    { ...services, pushKey: key },
    {
      kind: "mail_account",
      tenantId: tenant,
      mailAccountId: account.id,
      principalId: account.id as unknown as PrincipalId,
      ip: "192.0.2.1",
    },
    sessionId,
  );

const wanted = { deviceClientId: "d", url: "https://push.example.test/x", keys, types: ["EmailDelivery"] };

/** An account with a confirmed subscription. */
async function subscribed(types: readonly string[] | null) {
  const own = await newAccount();
  const backend = await backendOf(own.account);
  const made = await call(backend, { create: { s: { ...wanted, types } } });
  const { id } = (made["created"] as { s: { id: string } }).s;
  await sweep();
  const last = received.at(-1);
  const { verificationCode } = last === undefined ? {} : open(last);
  expect(await call(backend, { update: { [id]: { verificationCode } } })).toMatchObject({ updated: { [id]: null } });
  received = [];
  bed.clock.advance(mailboxLimits.pushGapMs);
  const arrive = (subject: string, role = "inbox") =>
    own.store
      .createEmail({ bytes: message(subject, subject), mailboxIds: [own.box(role)], keywords: [] })
      .then(({ id }) => id);
  return { ...own, backend, id, arrive };
}

test("an address is told its code first and nothing else until the client gives it back", async () => {
  const { account, store, box } = await newAccount();
  const backend = await backendOf(account);
  const made = await call(backend, { create: { s: wanted } });
  const { id } = (made["created"] as { s: { id: string } }).s;
  await store.createEmail({ bytes: message("a", "a"), mailboxIds: [box("inbox")], keywords: [] });
  await sweep();
  await sweep();
  expect(received.map(open)).toEqual([
    { "@type": "PushVerification", pushSubscriptionId: id, verificationCode: expect.stringMatching(/^[\w-]{32}$/) },
  ]);
  expect(received[0]?.url).toBe(wanted.url);
  expect(received[0]?.headers).toMatchObject({ "content-encoding": "aes128gcm", ttl: "86400" });
  expect(received[0]?.headers["authorization"]).toContain(`k=${key.publicKey}`);
  // Nobody else's sign-in can confirm it or sees it.
  const other = await backendOf(account, "00000000-0000-4000-8000-000000000002");
  const { verificationCode } = open(received[0] as Received);
  expect(await call(other, { update: { [id]: { verificationCode } } })).toMatchObject({
    notUpdated: { [id]: { type: "notFound" } },
  });
  expect(await other.push?.subscriptions()).toEqual([]);
  // A day without an answer ends it.
  bed.clock.advance(mailboxLimits.pushConfirmMs);
  await sweep();
  expect(await backend.push?.subscriptions()).toEqual([]);
  expect(received).toHaveLength(1);
});

test("arrivals are pushed once and together, what was read or sent is not, and all types hear of it", async () => {
  const mail = await subscribed(["EmailDelivery"]);
  const emailId = await mail.arrive("one");
  await mail.arrive("two");
  await sweep();
  await sweep();
  const state = await mail.store.state();
  expect(received.map(open)).toEqual([
    { "@type": "StateChange", changed: { [mail.account.id]: { EmailDelivery: state } } },
  ]);
  bed.clock.advance(mailboxLimits.pushGapMs);
  await mail.store.changeEmails([{ id: emailId, keywords: { kind: "patch", add: ["$seen"], remove: [] } }]);
  await mail.arrive("three", "sent");
  await sweep();
  expect(received).toHaveLength(1);

  const all = await subscribed(null);
  await all.arrive("four", "drafts");
  await sweep();
  const now = await all.store.state();
  expect(received.map(open)).toEqual([
    {
      "@type": "StateChange",
      changed: {
        [all.account.id]: { Email: now, EmailSubmission: now, Identity: now, Mailbox: now, Quota: now, Thread: now },
      },
    },
  ]);
});

test("a change waits while the push service is away, and an address that is gone is forgotten", async () => {
  const { arrive, backend, store, account } = await subscribed(["EmailDelivery"]);
  await arrive("one");
  status = 503;
  await sweep();
  await sweep();
  expect(received).toHaveLength(1);
  bed.clock.advance(mailboxLimits.pushRetryFirstMs);
  status = 201;
  await sweep();
  expect(received.map(open).at(-1)).toMatchObject({
    changed: { [account.id]: { EmailDelivery: await store.state() } },
  });
  await arrive("two");
  bed.clock.advance(mailboxLimits.pushGapMs);
  status = 410;
  await sweep();
  expect(await backend.push?.subscriptions()).toEqual([]);
  await arrive("three");
  bed.clock.advance(mailboxLimits.pushGapMs);
  await sweep();
  expect(received).toHaveLength(3);
});

test("who signed out hears nothing more, nor who let the subscription run out", async () => {
  const gone = await subscribed(["EmailDelivery"]);
  await gone.arrive("one");
  signedOut.add(sessionOne);
  await sweep();
  expect(received).toEqual([]);
  expect(await gone.backend.push?.subscriptions()).toEqual([]);
  signedOut.clear();
  const late = await subscribed(["EmailDelivery"]);
  bed.clock.advance(mailboxLimits.pushExpiryMs);
  await late.arrive("two");
  await sweep();
  expect(received).toEqual([]);
});

const due = async () =>
  (await bed.db.lookup((tx) => selectDuePushes(tx, new Date(bed.clock.nowMs()), 500))).map(({ id }) => String(id));

test("a deleted account that was shared, and a push that breaks, leave nothing that is due for ever", async () => {
  const mail = await subscribed(["EmailDelivery"]);
  const office = await newAccount();
  await office.store.createEmail({ bytes: message("o", "o"), mailboxIds: [office.box("inbox")], keywords: [] });
  await bed.db.tenant(tenantId, async (tx) => {
    const shares = [{ memberId: mail.account.id, access: "read" as const }];
    await setShares(tx, system, { accountId: office.account.id, shares }, services);
    await deleteMailAccount(tx, system, { accountId: office.account.id }, services);
  });
  expect(await due()).not.toContain(mail.id);
  await mail.arrive("one");
  expect(await due()).toContain(mail.id);
  before = () => Promise.reject(new Error("a bug"));
  await sweep();
  bed.clock.advance(mailboxLimits.pushTimeoutMs + mailboxLimits.pushGapMs);
  expect(await due()).not.toContain(mail.id);
  before = async () => undefined;
  bed.clock.advance(mailboxLimits.pushRetryFirstMs);
  await sweep();
  expect(received).toHaveLength(1);
  bed.clock.advance(mailboxLimits.pushGapMs);
  expect(await due()).not.toContain(mail.id);
});

test("one tenant's slow addresses leave room for another's, and a push under way is nobody else's", async () => {
  const { account } = await newAccount();
  const backend = await backendOf(account);
  const [slow, quick] = ["https://slow.example.test/", "https://quick.example.test/"];
  for (let made = 0; made < mailboxLimits.pushAtOnce; made++) {
    await call(backend, { create: { s: { ...wanted, url: slow } } });
  }
  bed.clock.advance(1);
  const tenant = await bed.newTenant();
  const other = await backendOf(await bed.newAccount(tenant), sessionOne, tenant);
  const made = await call(other, { create: { s: { ...wanted, url: quick } } });
  const { id } = (made["created"] as { s: { id: string } }).s;
  const { promise, resolve } = Promise.withResolvers<void>();
  let meanwhile: readonly string[] = [id];
  before = async (url) => {
    if (url === slow) return promise;
    meanwhile = await due();
    resolve();
  };
  await sweep();
  expect(meanwhile).not.toContain(id);
  const posted = received.map(({ url }) => url);
  expect(posted.filter((url) => url === quick)).toHaveLength(1);
  expect(posted.filter((url) => url === slow)).toHaveLength(mailboxLimits.pushAtOnce);
});

test("an account has few subscriptions, ended ones count for an hour, and no address inside is taken", async () => {
  const { account } = await newAccount();
  const backend = await backendOf(account);
  for (const url of ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://a.test:8443/"]) {
    expect(await call(backend, { create: { s: { ...wanted, url } } })).toMatchObject({
      notCreated: { s: { type: "invalidProperties", properties: ["url"] } },
    });
  }
  const offCurve = { ...keys, p256dh: `B${"A".repeat(86)}` };
  expect(await call(backend, { create: { s: { ...wanted, keys: offCurve } } })).toMatchObject({
    notCreated: { s: { properties: ["keys"] } },
  });
  // Ended, or made for a moment only.
  for (let made = 0; made < mailboxLimits.pushSubscriptionsMax; made++) {
    const expires = [null, "-271821-04-21T00:00:00Z", new Date(bed.clock.nowMs() + 1_000).toISOString()][made % 3];
    const answer = await call(backend, { create: { s: { ...wanted, expires } } });
    if (expires === null) await call(backend, { destroy: [(answer["created"] as { s: { id: string } }).s.id] });
  }
  bed.clock.advance(6_000);
  await sweep();
  const refused = await call(backend, { create: { s: wanted } });
  expect(refused).toMatchObject({ notCreated: { s: { type: "rateLimit", code: "mailbox.push_limit" } } });
  bed.clock.advance(mailboxLimits.pushEndedMs);
  await sweep();
  expect(await call(backend, { create: { s: wanted } })).toMatchObject({ notCreated: null });
});
