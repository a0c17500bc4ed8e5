import {
  type Actor,
  type MailAccountId,
  newId,
  type PrincipalId,
  providerTenantId,
  type TenantId,
} from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import {
  activateTrustedDomain,
  addAddress,
  addDomain,
  type DkimKeyPair,
  migrations as domains,
  generateDkimKey,
} from "@casaforte/modules/domains";
import { createMailAccount, type MailboxEdgeServices, migrations as mailbox } from "@casaforte/modules/mailbox";
import { migrations as measures } from "@casaforte/modules/measures";
import { migrations as sieve } from "@casaforte/modules/sieve";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBlobStore } from "@casaforte/platform/blobstore";
import { memoryBus } from "@casaforte/platform/bus";
import {
  type MigrationSource,
  migrations as platformDb,
  startTestDatabase,
  type TestDatabase,
} from "@casaforte/platform/db";
import { openJobs, migrations as platformJobs, startWorker, type Worker } from "@casaforte/platform/jobs";
import { type SmtpListener, serveSmtp } from "@casaforte/smtp";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { acceptDelivery } from "./accept-message.ts";
import {
  createFiling,
  createMxBackend,
  createSubmissionBackend,
  type DeliveryId,
  type FilingServices,
  invariants,
  jobHandlers,
  type MailflowServices,
  mailStoreOf,
  migrations,
  type SubmissionUser,
  type TraceId,
} from "./index.ts";

export const system: Actor = { kind: "system", name: "test" };

export interface TestAccount {
  readonly tenantId: TenantId;
  readonly id: MailAccountId;
  readonly address: string;
}

/** Everything between a socket and a mailbox on a database of its own. Tests only. */
export interface MailflowTestbed {
  readonly database: TestDatabase;
  readonly services: MailflowServices;
  readonly edge: MailboxEdgeServices;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly mx: SmtpListener;
  readonly submission: SmtpListener;
  newTenant(domain: string): Promise<TenantId>;
  newAccount(address: string, quotaBytes?: bigint | null): Promise<TestAccount>;
  /** An accepted message whose mailbox could not take it at once: the row and its job. Returns the delivery's id. */
  promise(account: TestAccount, subject: string, sender: string): Promise<DeliveryId>;
  /** Runs every job that is due. */
  drain(): Promise<void>;
  /** Runs the sweep, which goes by the clock. */
  sweep(): Promise<void>;
  worker(services?: MailflowServices): Worker;
  /** Raw messages in the account, in order of arrival, with the role of their mailbox. */
  messages(account: TestAccount): Promise<readonly { readonly role: string; readonly raw: string }[]>;
  events(address: string): Promise<readonly string[]>;
  /** Findings of the invariants of all tenants. */
  findings(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openMailflowTestbed(
  over: (services: MailflowServices & MailboxEdgeServices) => MailflowServices = (services) => services,
  openDatabase: (sources: readonly MigrationSource[]) => Promise<TestDatabase> = startTestDatabase,
): Promise<MailflowTestbed> {
  const clock = new FakeClock();
  const random = new SeededRandom(11);
  const logger = new MemoryLogger();
  const bus = memoryBus(logger);
  const database = await openDatabase([
    platformDb,
    platformJobs,
    tenancy,
    audit,
    measures,
    domains,
    mailbox,
    sieve,
    migrations,
  ]);
  const { db } = database;
  const blobs = memoryBlobStore(clock, random);
  const edge: MailboxEdgeServices = { clock, random, bus, db, blobs, logger };
  const filingServices: FilingServices & MailboxEdgeServices = {
    ...edge,
    jobs: openJobs({ clock, random, bus }),
    hostname: "mx.casa.test",
    providerDomain: "provider.test",
    secretKey: new Uint8Array(32).fill(7),
    authResolver: null,
    outbound: { kind: "smarthost", host: "127.0.0.1", port: 1 },
  };
  const services = over({ ...filingServices, mailStore: mailStoreOf(edge, createFiling(filingServices)) });
  const accounts = new Map<string, SubmissionUser>();
  const mx = await serveSmtp(
    { role: "mx", backend: createMxBackend(services), hostname: services.hostname, clock, logger },
    { host: "127.0.0.1", port: 0, tls: "none" },
  );
  const submission = await serveSmtp(
    {
      role: "submission",
      hostname: services.hostname,
      clock,
      logger,
      allowsPlainAuth: true,
      backend: createSubmissionBackend(services, async ({ address, password }) => {
        const user = accounts.get(address);
        const { Failure } = await import("@casaforte/kernel");
        if (!user || password !== "secret") throw new Failure("unauthenticated", "test.login", "wrong password");
        return { ...user, holds: async () => true };
      }),
    },
    { host: "127.0.0.1", port: 0, tls: "none" },
  );
  const workerOf = (using = services) =>
    startWorker({ db, bus, clock, random, logger, handlers: jobHandlers(using) }, false);
  const worker = workerOf();
  const tenants = new Map<string, TenantId>();
  let key: DkimKeyPair | undefined;

  async function host(tenantId: TenantId, domain: string): Promise<void> {
    key ??= await generateDkimKey();
    const dkimKey = key;
    await db.tenant(tenantId, async (tx) => {
      const { id } = await addDomain(tx, system, { name: domain, dkimKey }, services);
      await activateTrustedDomain(tx, system, { domainId: id }, services);
    });
    tenants.set(domain, tenantId);
  }
  await host(providerTenantId, "provider.test");

  return {
    database,
    services,
    edge,
    clock,
    logger,
    mx,
    submission,
    async newTenant(domain) {
      const tenantId = await db.operator((tx) =>
        createTenant(tx, system, { tenantId: newId<TenantId>(clock, random), name: domain, nowMs: clock.nowMs() }),
      );
      await host(tenantId, domain);
      return tenantId;
    },
    async newAccount(address, quotaBytes = null) {
      const tenantId = tenants.get(address.slice(address.indexOf("@") + 1));
      if (!tenantId) throw new Error("no tenant has this domain");
      const id = newId<MailAccountId>(clock, random);
      await db.tenant(tenantId, async (tx) => {
        await createMailAccount(tx, system, { accountId: id, address, quotaBytes }, edge);
        await addAddress(tx, system, { kind: "mailbox", address, mailAccountId: id }, services);
      });
      accounts.set(address, { tenantId, mailAccountId: id, principalId: id as string as PrincipalId });
      return { tenantId, id, address };
    },
    async promise(account, subject, sender) {
      const blob = await blobs.put(account.tenantId, Buffer.from(`Subject: ${subject}\r\n\r\nx\r\n`));
      const [id, traceId] = [newId<DeliveryId>(clock, random), newId<TraceId>(clock, random)];
      const about = { id, traceId, sender, recipient: account.address, headerMessageId: "" };
      await db.tenant(account.tenantId, (tx) =>
        acceptDelivery(tx, { ...about, mailAccountId: account.id, blob }, services),
      );
      return id;
    },
    drain: () => worker.drain(),
    async sweep() {
      const handler = jobHandlers(services).find(({ task }) => task === "mailflow.sweep");
      await handler?.run({}, { tenantId: null, attempt: 1, signal: new AbortController().signal, logger });
    },
    worker: workerOf,
    async messages(account) {
      const rows = await db.tenant(
        account.tenantId,
        (tx) =>
          tx.sql<{ role: string; blob_id: string }[]>`
            select b.role, m.blob_id from mailbox_messages m
            join mailbox_memberships s on s.tenant_id = m.tenant_id and s.message_id = m.id
            join mailbox_mailboxes b on b.tenant_id = s.tenant_id and b.id = s.mailbox_id
            where m.tenant_id = ${account.tenantId} and m.account_id = ${account.id} order by s.uid`,
      );
      return Promise.all(
        rows.map(async ({ role, blob_id }) => ({
          role,
          raw: Buffer.from(await blobs.readAll(account.tenantId, blob_id as never)).toString("utf8"),
        })),
      );
    },
    events: async (address) => {
      const { searchMailEvents } = await import("./index.ts");
      const found = await db.operator((tx) => searchMailEvents(tx, { address, limit: 200 }));
      return found.map((event) => event.kind).reverse();
    },
    async findings() {
      const found: string[] = [];
      for (const tenantId of new Set(tenants.values()))
        for (const invariant of invariants)
          for (const text of await db.tenant(tenantId, (tx) => invariant.check(tx)))
            found.push(`${invariant.name}: ${text}`);
      return found;
    },
    async close() {
      await mx.close(1);
      await submission.close(1);
      await database.close();
    },
  };
}
