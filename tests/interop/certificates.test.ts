import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type Actor, type DomainId, newId, providerTenantId, type TenantId } from "@casaforte/kernel";
import {
  type CertificateServices,
  certificateLimits,
  challengeAnswer,
  forgetCertificatesOf,
  jobHandlers,
  listNames,
  listTroubled,
  readIssued,
  retryName,
} from "@casaforte/modules/certificates";
import { activateTrustedDomain, addDomain, generateDkimKey, removeDomain } from "@casaforte/modules/domains";
import { createTenant } from "@casaforte/modules/tenancy";
import { memoryBus } from "@casaforte/platform/bus";
import { openPool, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { openJobs, startWorker } from "@casaforte/platform/jobs";
import { dnsAddresses } from "@casaforte/platform/net";
import { systemRandom as random } from "@casaforte/platform/telemetry";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrationSources } from "../../apps/server/src/migrations.ts";
import { Pebble } from "../support/pebble.test-support.ts";
import { until } from "../support/until.test-support.ts";

/** The real clock, which a test may set forward: certificates live for years. */
const clock = {
  aheadMs: 0,
  nowMs: () => Date.now() + clock.aheadMs,
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};
const logger = new MemoryLogger();
const bus = memoryBus(logger);
const jobs = openJobs({ clock, random, bus });
const system: Actor = { kind: "system", name: "test" };
const secretKey = new Uint8Array(32).fill(5);
const hostname = "mail.provider.example";

let database: TestDatabase;
let pebble: Pebble;
let face: Server;
let services: CertificateServices;
/** What the face does before it answers. */
let beforeAnswer: (() => void) | null = null;

beforeAll(async () => {
  [database, pebble] = await Promise.all([startTestDatabase(migrationSources), Pebble.start({ noncesRefused: 20 })]);
  face = createServer(async (request, response) => {
    beforeAnswer?.();
    const name = (request.headers.host ?? "").split(":")[0] ?? "";
    const token = (request.url ?? "").split("/").at(-1) ?? "";
    const answer = await database.db.lookup((tx) => challengeAnswer(tx, name, token));
    response.statusCode = answer === null ? 404 : 200;
    response.end(answer);
  }).listen(pebble.httpPort, "127.0.0.1");
  await once(face, "listening");
  services = {
    ...{ db: database.db, clock, random, logger, jobs, bus, secretKey, hostname },
    authority: { directory: pebble.directory, contact: "certificates@provider.example", ca: pebble.ca },
    ownNames: new Set([hostname, "webmail.provider.example"]),
    orderedNames: new Set([hostname]),
    isFiled: (name) => name.startsWith("imap."),
    findAddresses: dnsAddresses([pebble.nameServer]),
  };
  await pebble.point(hostname, "127.0.0.1");
});
afterAll(async () => {
  face?.close();
  await pebble?.stop();
  await database?.close();
});

async function newTenant(): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "T", nowMs: clock.nowMs() }));
  return tenantId;
}

async function newDomain(tenantId: TenantId, name: string, isActive = true): Promise<DomainId> {
  const dkimKey = await generateDkimKey();
  const own = { clock, random, secretKey };
  return database.db.tenant(tenantId, async (tx) => {
    const { id } = await addDomain(tx, system, { name, dkimKey }, own);
    if (isActive) await activateTrustedDomain(tx, system, { domainId: id }, own);
    return id;
  });
}

/** What recurs, once, then everything that is due. */
async function work(own: CertificateServices = services): Promise<void> {
  const handlers = jobHandlers(own);
  const signal = new AbortController().signal;
  await handlers
    .find(({ task }) => task === "certificates.tend")
    ?.run({}, { tenantId: null, attempt: 1, signal, logger });
  const worker = startWorker({ ...{ db: database.db, bus, clock, random, logger }, handlers, schedules: [] }, false);
  // Who finds no place comes again.
  await until("all turns", async () => {
    await worker.drain();
    const left = await database.db.operator(
      (tx) => tx.sql`select 1 from jobs_jobs where task = 'certificates.order' and failed_at is null`,
    );
    return left.length === 0;
  });
}

const namesOf = async (tenantId: TenantId, domainId: DomainId) =>
  new Map(
    (await database.db.tenant(tenantId, (tx) => listNames(tx, domainId))).map((each) => [each.name, each] as const),
  );
const shown = () => readIssued({ db: database.db, secretKey, logger }, new Map());
const ordersSeen = () => pebble.output.split("Added order").length - 1;

test("R94: names that lead here get certificates, the provider's own too; no authority is asked for the others", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "uno.example");
  await newDomain(tenantId, "pending.example", false);
  await pebble.point("mta-sts.uno.example", "127.0.0.1");
  await pebble.point("mail.uno.example", "127.0.0.1", "192.0.2.7");
  await pebble.point("mta-sts.pending.example", "127.0.0.1");
  await pebble.point("imap.uno.example", "127.0.0.1");
  await work();
  const names = await namesOf(tenantId, domainId);
  expect(names.get("mta-sts.uno.example")).toMatchObject({ trouble: null, failures: 0 });
  expect(names.get("mail.uno.example")).toMatchObject({ trouble: "elsewhere", issued: null });
  expect(names.get("autoconfig.uno.example")).toMatchObject({ trouble: "no_dns", issued: null });
  // A file holds that one.
  expect(names.has("imap.uno.example")).toBe(false);
  const pairs = await shown();
  expect([...pairs.keys()].sort()).toEqual([hostname, "mta-sts.uno.example"].sort());
  for (const [name, { key, cert }] of pairs) {
    const certificate = new X509Certificate(cert);
    expect(certificate.checkHost(name)).toBe(name);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  }
  expect(pebble.output).not.toContain("Attempting to validate w/ HTTP: http://mail.uno.example");
  expect(pebble.output).not.toContain("pending.example:");
  // Nothing is due: no second order.
  const before = ordersSeen();
  await work();
  expect(ordersSeen()).toBe(before);
});

test("a certificate is renewed after two thirds of its life, and servers read the new one alone", async () => {
  const before = await shown();
  const old = before.get("mta-sts.uno.example");
  const { validToDate, validFromDate } = new X509Certificate(old?.cert ?? "");
  clock.aheadMs = (validToDate.getTime() - validFromDate.getTime()) * 0.6;
  await work();
  expect((await shown()).get("mta-sts.uno.example")?.cert).toBe(old?.cert);
  clock.aheadMs = (validToDate.getTime() - validFromDate.getTime()) * 0.7;
  await work();
  clock.aheadMs = 0;
  const after = await readIssued({ db: database.db, secretKey, logger }, before);
  expect(after.get("mta-sts.uno.example")?.cert).not.toBe(old?.cert);
  expect(after.get("mta-sts.uno.example")?.key).not.toBe(old?.key);
});

test("an order whose process was killed goes on where it was, without a second order", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "due.example");
  await pebble.point("mta-sts.due.example", "127.0.0.1");
  const killed = new AbortController();
  beforeAnswer = () => killed.abort(new Error("killed"));
  const order = jobHandlers(services).find(({ task }) => task === "certificates.order");
  await jobHandlers(services)[0]?.run({}, { tenantId: null, attempt: 1, signal: new AbortController().signal, logger });
  const run = (signal: AbortSignal) =>
    order?.run({ name: "mta-sts.due.example" }, { tenantId, attempt: 1, signal, logger });
  const before = ordersSeen();
  await expect(run(killed.signal)).rejects.toThrow("killed");
  beforeAnswer = null;
  expect((await namesOf(tenantId, domainId)).get("mta-sts.due.example")?.issued).toBeNull();
  // While the dead one's claim stands nobody else begins.
  await run(new AbortController().signal);
  expect((await namesOf(tenantId, domainId)).get("mta-sts.due.example")?.issued).toBeNull();
  clock.aheadMs = certificateLimits.claimMs + 1;
  await run(new AbortController().signal);
  clock.aheadMs = 0;
  expect((await namesOf(tenantId, domainId)).get("mta-sts.due.example")?.issued).not.toBeNull();
  expect(ordersSeen()).toBe(before + 1);
});

test("a refusal is told in the authority's words, waits longer each time, and may be tried by hand after a while", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "tre.example");
  const name = "mta-sts.tre.example";
  // It was in no DNS for a day: that is no failure of the authority's.
  await work();
  await database.db.tenant(
    tenantId,
    (tx) => tx.sql`update certificates_names set failures = 24, look_at = ${new Date(clock.nowMs())}
      where tenant_id = ${tenantId} and name = ${name} and trouble = 'no_dns'`,
  );
  await pebble.point(name, "127.0.0.1");
  // Another server answers there.
  const away = { ...services, hostname };
  face.close();
  await once(face, "close");
  await work(away);
  const refused = (await namesOf(tenantId, domainId)).get(name);
  expect(refused).toMatchObject({ trouble: "refused", failures: 1, issued: null });
  expect(refused?.words).toMatch(/^connection: /);
  const again = (aheadMs: number) => {
    clock.aheadMs = aheadMs;
    return database.db
      .tenant(tenantId, (tx) => retryName(tx, system, { domainId, name }, services))
      .finally(() => {
        clock.aheadMs = 0;
      });
  };
  await expect(again(0)).rejects.toMatchObject({ code: "certificates.too_soon" });
  clock.aheadMs = certificateLimits.backoffMs + 60_000;
  await work(away);
  clock.aheadMs = 0;
  const twice = (await namesOf(tenantId, domainId)).get(name);
  expect(twice?.failures).toBe(2);
  expect((twice?.lookAt.getTime() ?? 0) - (twice?.triedAt?.getTime() ?? 0)).toBeGreaterThan(
    certificateLimits.backoffMs * 1.9,
  );
  expect(await database.db.operator((tx) => listTroubled(tx, clock.nowMs()))).toEqual([]);
  clock.aheadMs = certificateLimits.backoffMs * 10;
  await work(away);
  clock.aheadMs = 0;
  expect(await database.db.operator((tx) => listTroubled(tx, clock.nowMs()))).toMatchObject([
    { tenantId, name, trouble: "refused", failures: 3 },
  ]);
  face.listen(pebble.httpPort, "127.0.0.1");
  await once(face, "listening");
  await again(certificateLimits.backoffMs * 20);
  clock.aheadMs = certificateLimits.backoffMs * 20;
  await work();
  clock.aheadMs = 0;
  expect((await namesOf(tenantId, domainId)).get(name)).toMatchObject({ trouble: null, failures: 0 });
  await expect(again(3_600_000 * 24)).rejects.toMatchObject({ code: "certificates.not_needed" });
  expect(await database.db.operator((tx) => listTroubled(tx, clock.nowMs()))).toEqual([]);
});

test("a customer's orders of a week are counted, also those of names that are gone", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "molti.example");
  await pebble.point("mta-sts.molti.example", "127.0.0.1");
  await database.db.tenant(
    tenantId,
    (tx) => tx.sql`insert into certificates_orders (tenant_id, id, name, ordered_at)
      select ${tenantId}, gen_random_uuid(), 'gone.molti.example', ${new Date(clock.nowMs())}
      from generate_series(1, ${certificateLimits.ordersPerWeekMax})`,
  );
  const before = ordersSeen();
  await work();
  expect((await namesOf(tenantId, domainId)).get("mta-sts.molti.example")).toMatchObject({ trouble: "limit" });
  expect(ordersSeen()).toBe(before);
  clock.aheadMs = certificateLimits.weekMs + 1;
  await work();
  clock.aheadMs = 0;
  expect((await namesOf(tenantId, domainId)).get("mta-sts.molti.example")?.issued).not.toBeNull();
});

test("R50, R94: no other customer sees, tries or takes a name; keys are sealed to their row", async () => {
  const [mine, theirs] = [await newTenant(), await newTenant()];
  const domainId = await newDomain(mine, "mio.example");
  const copy = await newDomain(theirs, "mio2.example");
  await pebble.point("mta-sts.mio.example", "127.0.0.1");
  await work();
  expect([...(await namesOf(theirs, domainId)).keys()]).toEqual([]);
  for (const id of [domainId, copy])
    await expect(
      database.db.tenant(theirs, (tx) =>
        retryName(tx, system, { domainId: id, name: "mta-sts.mio.example" }, services),
      ),
    ).rejects.toMatchObject({ code: "certificates.missing" });
  // Sealed bytes that are moved to a row of their own open nothing.
  const owner = openPool(database.cluster.superuserUrl, 1);
  await owner`
    update certificates_names t set private_key = m.private_key, chain = m.chain, issued_at = m.issued_at,
      ends_at = m.ends_at, renew_at = m.renew_at
    from certificates_names m where m.name = 'mta-sts.mio.example' and t.name = 'mta-sts.mio2.example'`;
  const pairs = await shown();
  expect(pairs.has("mta-sts.mio.example")).toBe(true);
  expect(pairs.has("mta-sts.mio2.example")).toBe(false);
  await owner.end();
});

test("R61: a domain that leaves takes its certificates and their keys along", async () => {
  const tenantId = await newTenant();
  const [closing, removed] = [await newDomain(tenantId, "via.example"), await newDomain(tenantId, "tolto.example")];
  for (const name of ["mta-sts.via.example", "mta-sts.tolto.example"]) await pebble.point(name, "127.0.0.1");
  await work();
  const hints: (string | null)[] = [];
  const stop = bus.subscribe("certificates:issued", (hint) => hints.push(hint));
  expect((await shown()).has("mta-sts.via.example")).toBe(true);
  await database.db.tenant(tenantId, (tx) => forgetCertificatesOf(tx, closing, services));
  expect(hints).toHaveLength(1);
  await database.db.tenant(tenantId, (tx) => removeDomain(tx, system, { domainId: removed }));
  const left = await database.db.tenant(
    tenantId,
    (tx) => tx.sql`select 1 from certificates_names where chain is not null`,
  );
  expect(left).toHaveLength(0);
  expect((await shown()).has("mta-sts.tolto.example")).toBe(false);
  stop();
});

test("the names of the provider's listeners are not taken for those of who owns the domain around them", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "provider.example");
  await work();
  const names = await namesOf(tenantId, domainId);
  expect(names.has("mta-sts.provider.example")).toBe(true);
  for (const name of services.ownNames) expect(names.has(name), name).toBe(false);
  const own = await database.db.tenant(
    providerTenantId,
    (tx) => tx.sql<{ name: string }[]>`select name from certificates_names where chain is not null`,
  );
  expect(own.map(({ name }) => name)).toEqual([hostname]);
});
