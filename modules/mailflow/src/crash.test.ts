import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { addAddress } from "@casaforte/modules/domains";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Db } from "@casaforte/platform/db";
import { noDsn } from "@casaforte/smtp";
import { FaultPlan } from "@casaforte/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createMxBackend, jobHandlers, type MailflowServices, sendSystemMail, submitMessage } from "./index.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";
import type { MailStore } from "./services.ts";

let bed: MailflowTestbed;
let ada: TestAccount;
let bob: TestAccount;
beforeAll(async () => {
  bed = await openMailflowTestbed();
  await bed.newTenant("casa.test");
  await bed.newTenant("other.test");
  ada = await bed.newAccount("ada@casa.test");
  bob = await bed.newAccount("bob@other.test");
  await bed.database.db.tenant(ada.tenantId, (tx) =>
    addAddress(tx, system, { kind: "forward", address: "away@casa.test", forwardTo: ["bob@other.test"] }, bed.services),
  );
});
afterAll(() => bed?.close());
afterEach(async () => expect(await bed.findings()).toEqual([]));

/** Dies before a transaction, before its commit, or after it with the answer lost; and before or after a blob is written. */
function faulty(services: MailflowServices, plan: FaultPlan): MailflowServices {
  const around =
    <A extends unknown[], W>(run: (work: (tx: W) => Promise<unknown>, ...rest: A) => Promise<unknown>, what: string) =>
    async (work: (tx: W) => Promise<unknown>, ...rest: A) => {
      plan.pass(`before ${what}`);
      const value = await run(
        async (tx) => {
          const result = await work(tx);
          plan.pass(`before the commit of ${what}`);
          return result;
        },
        ...rest,
      );
      plan.pass(`after the commit of ${what}`);
      return value;
    };
  const db: Db = {
    ...services.db,
    tenant: ((tenantId: TenantId, work: (tx: unknown) => Promise<unknown>, options?: object) =>
      around(
        (inner: (tx: unknown) => Promise<unknown>) => services.db.tenant(tenantId, inner, options),
        "a tenant's transaction",
      )(work)) as Db["tenant"],
    lookup: around(services.db.lookup as never, "a look-up") as Db["lookup"],
  };
  const blobs: BlobStore = {
    ...services.blobs,
    async put(tenantId, source, options) {
      plan.pass("before a blob");
      const stored = await services.blobs.put(tenantId, source, options);
      plan.pass("after a blob");
      return stored;
    },
  };
  const mailStore: MailStore = {
    ...services.mailStore,
    async store(tenantId, message) {
      plan.pass("before a message is stored");
      const mail = await services.mailStore.store(tenantId, message);
      plan.pass("after a message is stored");
      return mail;
    },
    async append(tx, mails, places) {
      plan.pass("before an append");
      const ids = await services.mailStore.append(tx, mails, places);
      plan.pass("after an append");
      return ids;
    },
  };
  return { ...services, db, blobs, mailStore };
}

const session = {
  id: "s",
  role: "mx",
  remoteAddress: "192.0.2.1",
  helo: "x",
  isSecure: false,
  cipher: null,
  user: null,
} as const;
async function receive(services: MailflowServices, to: string, subject: string): Promise<void> {
  const backend = createMxBackend(services);
  const sender = { address: "far@away.test", sizeBytes: null, isUtf8: false };
  const target = await backend.rcptTo(session, sender, to);
  async function* message() {
    yield Buffer.from(`From: far@away.test\r\nSubject: ${subject}\r\n\r\nx\r\n`);
  }
  await backend.data(session, { sender, recipients: [{ address: to, target, dsn: noDsn }] }, message());
}
const promise = (subject: string) => bed.promise(ada, subject, "far@away.test");
/** Runs `work` with the k-th call failing, for each k, until it runs through; tells whether each run succeeded. */
async function everyFault(work: (services: MailflowServices, round: number) => Promise<void>): Promise<boolean[]> {
  const outcomes: boolean[] = [];
  for (let k = 1; k < 200; k++) {
    const plan = new FaultPlan(k);
    let isDone = true;
    try {
      await work(faulty(bed.services, plan), k);
    } catch (error) {
      if (!plan.fired) throw error;
      isDone = false;
    }
    outcomes.push(isDone);
    if (!plan.fired) return outcomes;
  }
  throw new Error("never ran through");
}
const copies = async (account: TestAccount, subject: string) =>
  (await bed.messages(account)).filter(({ raw }) => raw.includes(`Subject: ${subject}\r\n`)).length;
const settle = async () => {
  for (let round = 0; round < 4; round++) {
    await bed.drain();
    await bed.clock.advance(3_600_000);
  }
};

test("whatever fails while a message comes in: accepted means once in the mailbox, refused means at most once", async () => {
  const outcomes = await everyFault((services, k) => receive(services, "ada@casa.test", `in ${k}`));
  await settle();
  expect(outcomes.length).toBeGreaterThan(10);
  for (const [index, isAccepted] of outcomes.entries()) {
    const found = await copies(ada, `in ${index + 1}`);
    expect(found, `fault ${index + 1}`).toBeLessThanOrEqual(1);
    if (isAccepted) expect(found, `fault ${index + 1}`).toBe(1);
  }
});

test("a refused message leaves no row, and its blobs are nobody's", async () => {
  const rows = await bed.database.db.operator(
    (tx) => tx.sql<{ state: string }[]>`select state from mailflow_deliveries where state <> 'done'`,
  );
  expect(rows).toEqual([]);
});

test("whatever kills a delivery job, the message is in the mailbox exactly once", async () => {
  const outcomes = await everyFault(async (services, k) => {
    const deliveryId = await promise(`job ${k}`);
    await run(services, "mailflow.deliver", { deliveryId }, ada.tenantId);
  });
  await settle();
  for (const index of outcomes.keys()) expect(await copies(ada, `job ${index + 1}`), `fault ${index + 1}`).toBe(1);
});

test("two workers on one delivery put it into the mailbox once", async () => {
  const payload = { deliveryId: await promise("race") };
  await Promise.all(Array.from({ length: 6 }, () => run(bed.services, "mailflow.deliver", payload, ada.tenantId)));
  expect(await copies(ada, "race")).toBe(1);
  await settle();
});

test("whatever kills a hand-over to another tenant, each account gets it exactly once", async () => {
  const outcomes = await everyFault(async (services, k) => {
    await receive(bed.services, "away@casa.test", `over ${k}`);
    await runWaiting(services);
  });
  await settle();
  for (const index of outcomes.keys()) expect(await copies(bob, `over ${index + 1}`), `fault ${index + 1}`).toBe(1);
});

test("whatever fails while an account submits: accepted means delivered once", async () => {
  const outcomes = await everyFault(async (services, k) => {
    async function* message() {
      yield Buffer.from(`From: ada@casa.test\r\nSubject: out ${k}\r\n\r\nx\r\n`);
    }
    await submitMessage(services, {
      user: { tenantId: ada.tenantId, mailAccountId: ada.id, principalId: ada.id as never },
      sender: "ada@casa.test",
      recipients: ["bob@other.test"],
      message: message(),
      isOverSmtp: true,
    });
  });
  await settle();
  for (const [index, isAccepted] of outcomes.entries()) {
    const found = await copies(bob, `out ${index + 1}`);
    expect(found).toBeLessThanOrEqual(1);
    if (isAccepted) expect(found).toBe(1);
  }
});

test("whatever kills the composing of a system mail, it is sent once", async () => {
  const outcomes = await everyFault(async (services, k) => {
    await bed.database.db.tenant(providerTenantId, (tx) =>
      sendSystemMail(tx, { to: "bob@other.test", subject: `sys ${k}`, text: "x", language: "en" }, bed.services),
    );
    const [row] = await bed.database.db.tenant(
      providerTenantId,
      (tx) => tx.sql<{ id: string }[]>`select id from mailflow_system_mail order by id desc limit 1`,
    );
    await run(services, "mailflow.compose", { mailId: row?.id ?? "" }, null);
  });
  await settle();
  for (const index of outcomes.keys()) expect(await copies(bob, `sys ${index + 1}`), `fault ${index + 1}`).toBe(1);
});

test("a row that lost its job gets one back from the sweep", async () => {
  await promise("lost job");
  await bed.database.db.operator((tx) => tx.sql`delete from jobs_jobs where task = 'mailflow.deliver'`);
  expect(await bed.findings()).toHaveLength(1);
  await bed.drain();
  expect(await copies(ada, "lost job")).toBe(0);
  await bed.clock.advance(3_600_000);
  await run(bed.services, "mailflow.sweep", {}, null);
  await bed.drain();
  expect(await copies(ada, "lost job")).toBe(1);
});

test("R92: under a legal hold the sweep forgets nothing and no blob goes; others' rows go all the same", async () => {
  await bed.clock.advance(8 * 24 * 3_600_000);
  const held = { ...bed.services, isHeld: async (tenantId: TenantId) => tenantId === ada.tenantId };
  const finished = ({ tenantId }: TestAccount) =>
    bed.database.db.tenant(tenantId, async (tx) => {
      const [row] = await tx.sql<{ n: number }[]>`
        select (select count(*) from mailflow_deliveries where state <> 'accepted')::int +
          (select count(*) from mailflow_events)::int as n`;
      return row?.n ?? 0;
    });
  const [before, others] = [await finished(ada), await finished(bob)];
  expect(Math.min(before, others)).toBeGreaterThan(0);
  await run(held, "mailflow.sweep", {}, null);
  expect(await finished(ada)).toBe(before);
  expect(await finished(bob)).toBeLessThan(others);
  const { id: blobId } = await bed.services.blobs.put(ada.tenantId, new Uint8Array([1]));
  const kept = () => bed.services.blobs.readAll(ada.tenantId, blobId);
  await run(held, "mailflow.delete_blob", { blobId }, ada.tenantId);
  expect(await kept()).toHaveLength(1);
  await run(bed.services, "mailflow.delete_blob", { blobId }, ada.tenantId);
  await expect(kept()).rejects.toMatchObject({ code: "blob.missing" });
});

test("finished rows are forgotten after their time, waiting ones never", async () => {
  await bed.clock.advance(8 * 24 * 3_600_000);
  await promise("fresh");
  await run(bed.services, "mailflow.sweep", {}, null);
  const count = (table: "mailflow_deliveries" | "mailflow_outgoing") =>
    bed.database.db.operator(async (tx) =>
      Number((await tx.sql<{ n: bigint }[]>`select count(*) as n from ${tx.sql(table)}`)[0]?.n),
    );
  expect(await count("mailflow_deliveries")).toBe(1);
  expect(await count("mailflow_outgoing")).toBe(0);
  await bed.drain();
});

const handlers = new WeakMap<MailflowServices, ReturnType<typeof jobHandlers>>();
async function run(
  services: MailflowServices,
  task: string,
  payload: Record<string, string>,
  tenantId: TenantId | null,
): Promise<void> {
  const known = handlers.get(services) ?? jobHandlers(services);
  handlers.set(services, known);
  const handler = known.find((one) => one.task === task);
  await handler?.run(payload, { tenantId, attempt: 1, signal: new AbortController().signal, logger: bed.logger });
}
async function runWaiting(services: MailflowServices): Promise<void> {
  const [row] = await bed.database.db.operator(
    (tx) =>
      tx.sql<
        { id: string; tenant_id: TenantId }[]
      >`select id, tenant_id from mailflow_queue where state = 'waiting' order by id desc limit 1`,
  );
  await run(services, "mailflow.send", { queueId: row?.id ?? "" }, row?.tenant_id ?? null);
}

test("a message that is refused behind its header leaves what it is read from closed", async () => {
  let isOpen = true;
  async function* message() {
    try {
      yield Buffer.from("From: boss@casa.test\r\nSubject: s\r\n\r\n");
      yield Buffer.from("x\r\n");
    } finally {
      isOpen = false;
    }
  }
  const submitting = submitMessage(bed.services, {
    user: { tenantId: ada.tenantId, mailAccountId: ada.id, principalId: ada.id as never },
    sender: "ada@casa.test",
    recipients: ["bob@other.test"],
    message: message(),
    isOverSmtp: false,
  });
  await expect(submitting).rejects.toMatchObject({ code: "smtp.sender_not_yours" });
  expect(isOpen).toBe(false);
});
