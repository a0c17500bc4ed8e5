import { type Actor, Failure, type MailAccountId, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createIdentity, createPrincipal, type Identity, migrations as identities } from "@casaforte/modules/identity";
import {
  createMailAccount,
  deleteMailAccount,
  migrations as mailboxes,
  updateMailAccount,
} from "@casaforte/modules/mailbox";
import { migrations as measures } from "@casaforte/modules/measures";
import { appendUsage, migrations as metering } from "@casaforte/modules/metering";
import { migrations, pauseMs, reconcile } from "@casaforte/modules/reconciliation";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as base, startTestDatabase, type TenantTx, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selectDrifts } from "../../../modules/reconciliation/src/store.ts";
import { mailPlane } from "./mail-plane.ts";

const clock = new FakeClock();
const random = new SeededRandom(113);
const logger = new MemoryLogger();
const bus = memoryBus(logger);
const system: Actor = { kind: "system", name: "test" };
const password = "quattro pioppi lungo il fiume";
let database: TestDatabase;
let identity: Identity;
/** So many changes of access fail before one succeeds. */
let faults = 0;

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, measures, identities, mailboxes, metering, migrations]);
  const face = { origin: "https://mail.example.test", rpId: "mail.example.test", rpName: "Casaforte" };
  identity = createIdentity({
    ...{ db: database.db, clock, random, logger, bus },
    masterKeys: [new SeededRandom(5).bytes(32)],
    sendSystemMail: async () => {},
    faces: { user: face, operator: face, mail: face },
    hasher: { memoryKiB: 1024, passes: 1 },
  });
});
afterAll(async () => {
  identity?.close();
  await database?.close();
});

let accounts = 0;
/** A customer with one mail account: IMAP and sending, no POP3; a licence runs for it. */
async function setUp() {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "T", nowMs: clock.nowMs() }));
  const inTx = <Result>(work: (tx: TenantTx) => Promise<Result>) => database.db.tenant(tenantId, work);
  const accountId = newId<MailAccountId>(clock, random);
  const principalId = accountId as string as PrincipalId;
  const address = `ada${++accounts}@example.test`;
  const meter = async (subjectId: string, kind: "started" | "ended") => {
    await clock.advance(1_000);
    const nowMs = clock.nowMs();
    const change = kind === "ended" ? { kind } : { kind, plan: null };
    const said = { meter: "mail_account", source: "mailbox", eventId: `${subjectId}/${nowMs}`, subjectId } as const;
    await inTx((tx) => appendUsage(tx, { ...said, atMs: nowMs, nowMs, ...change }));
  };
  const passwordHash = await identity.preparePassword({ password, words: [] });
  const access = (protocols: readonly ("imap" | "pop3" | "smtp")[]) =>
    inTx((tx) => identity.setMailAccess(tx, system, { principalId, protocols, appPasswordsOnly: false }));
  await inTx(async (tx) => {
    const account = { accountId, address, quotaBytes: null, protocols: { pop3: false } };
    await createMailAccount(tx, system, account, { clock, random, bus });
    await createPrincipal(tx, system, {
      ...{ id: principalId, realm: "mail", login: address, displayName: "Ada", language: "it", status: "active" },
      ...{ passwordHash, nowMs: clock.nowMs() },
    });
  });
  await access(["imap", "smtp"]);
  await meter(accountId, "started");
  const flaky: Pick<Identity, "setLogin" | "setMailAccess" | "setPrincipalStatus"> = {
    ...identity,
    async setMailAccess(...input) {
      if (faults > 0) {
        faults--;
        throw new Failure("unavailable", "faulty.refused", "the host is busy");
      }
      return identity.setMailAccess(...input);
    },
  };
  const services = { db: database.db, clock, logger, planes: [mailPlane(flaky)] };
  /** What the mail servers say to the right password. */
  const door = async (protocol: "imap" | "pop3" | "smtp") => {
    await clock.advance(61_000);
    return identity.verifyMailLogin({ address, password, protocol, ip: "192.0.2.8" }).then(
      () => "in",
      (error: unknown) => (error instanceof Failure ? error.code : "broken"),
    );
  };
  return {
    ...{ inTx, accountId, principalId, meter, access, door, mailbox: { clock, random, bus } },
    run: () => reconcile(services, tenantId),
    open: async () =>
      (await database.db.operator((tx) => selectDrifts(tx, new Date(0)))).filter(
        (each) => each.tenantId === tenantId && each.settledAt === null,
      ),
  };
}

test("R100: a door of mail that stands open or shut against the order is found, tried again after a fault, and mended", async () => {
  const { inTx, accountId, principalId, meter, access, door, mailbox, run, open } = await setUp();
  expect(await run()).toBe(0);
  await access(["pop3"]);
  faults = 1;
  expect(await run()).toBe(1);
  expect(await open()).toMatchObject([
    {
      attribute: "programs",
      desired: "imap,smtp,jmap",
      actual: "pop3",
      tries: 1,
      trouble: expect.stringMatching(/^faulty/),
    },
  ]);
  expect([await door("pop3"), await door("imap")]).toEqual(["in", "identity.protocol_disabled"]);
  await clock.advance(pauseMs(1));
  expect(await run()).toBe(0);
  expect([await door("pop3"), await door("imap")]).toEqual(["identity.protocol_disabled", "in"]);
  // Suspended, and sign-in never heard of it.
  await inTx((tx) => updateMailAccount(tx, system, { accountId, state: "suspended" }, mailbox));
  expect(await run()).toBe(0);
  expect(await door("imap")).toBe("identity.bad_credentials");
  await inTx((tx) => updateMailAccount(tx, system, { accountId, state: "active" }, mailbox));
  expect(await run()).toBe(0);
  expect(await door("imap")).toBe("in");
  await inTx((tx) => identity.setLogin(tx, system, { principalId, login: "other@example.test" }));
  expect(await run()).toBe(0);
  expect(await door("imap")).toBe("in");
  await inTx((tx) => deleteMailAccount(tx, system, { accountId }, mailbox));
  await meter(accountId, "ended");
  expect(await run()).toBe(0);
  expect(await door("imap")).toBe("identity.bad_credentials");
});

test("R100: a licence without its account, and an account without its licence, stay reported until a person has settled them", async () => {
  const { accountId, meter, door, run, open } = await setUp();
  await meter(accountId, "ended");
  expect(await run()).toBe(1);
  expect(await open()).toMatchObject([
    ...[{ objectId: accountId, attribute: "licence", desired: "ended", actual: "running", tries: 1 }],
  ]);
  expect((await open())[0]?.trouble).toMatch(/^reconciliation\.by_hand/);
  expect(await door("imap")).toBe("in");
  await meter(accountId, "started");
  expect(await run()).toBe(0);
  const lost = newId(clock, random) as string;
  await meter(lost, "started");
  expect(await run()).toBe(1);
  expect(await open()).toMatchObject([{ objectId: lost, attribute: "licence", desired: "running", actual: null }]);
  await meter(lost, "ended");
  expect(await run()).toBe(0);
  expect(await open()).toEqual([]);
});
