import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type Actor, type DomainId, newId, type TenantId } from "@casaforte/kernel";
import {
  type CertificateServices,
  challengeAnswer,
  jobHandlers,
  listNames,
  readIssued,
} from "@casaforte/modules/certificates";
import { activateTrustedDomain, addDomain, generateDkimKey } from "@casaforte/modules/domains";
import { createTenant } from "@casaforte/modules/tenancy";
import { memoryBus } from "@casaforte/platform/bus";
import { startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { openJobs, startWorker } from "@casaforte/platform/jobs";
import { dnsAddresses } from "@casaforte/platform/net";
import { systemRandom as random } from "@casaforte/platform/telemetry";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll } from "vitest";
import { migrationSources } from "../../apps/server/src/migrations.ts";
import { Pebble } from "../support/pebble.test-support.ts";

/** The real clock, which a test may set forward: certificates live for years. None waits seconds for an authority that is here. */
export const clock = {
  aheadMs: 0,
  nowMs: () => Date.now() + clock.aheadMs,
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, Math.min(ms, 50));
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};
export const logger = new MemoryLogger();
export const bus = memoryBus(logger);
const jobs = openJobs({ clock, random, bus });
export const system: Actor = { kind: "system", name: "test" };
export const secretKey = new Uint8Array(32).fill(5);
export const hostname = "mail.provider.example";

export let database: TestDatabase;
export let pebble: Pebble;
export let face: Server;
export let services: CertificateServices;
/** What the face does before it answers. */
let beforeAnswer: (() => unknown) | null = null;

beforeAll(async () => {
  [database, pebble] = await Promise.all([startTestDatabase(migrationSources), Pebble.start({ noncesRefused: 20 })]);
  face = createServer(async (request, response) => {
    await beforeAnswer?.();
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

export async function newTenant(): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "T", nowMs: clock.nowMs() }));
  return tenantId;
}

export async function newDomain(tenantId: TenantId, name: string, isActive = true): Promise<DomainId> {
  const dkimKey = await generateDkimKey();
  const own = { clock, random, secretKey };
  return database.db.tenant(tenantId, async (tx) => {
    const { id } = await addDomain(tx, system, { name, dkimKey }, own);
    if (isActive) await activateTrustedDomain(tx, system, { domainId: id }, own);
    return id;
  });
}

const contextOf = (tenantId: TenantId | null, signal: AbortSignal) => ({ tenantId, attempt: 1, signal, logger });
const unhurried = new AbortController().signal;

function handlerOf(task: string, own: CertificateServices = services) {
  const handler = jobHandlers(own).find((each) => each.task === task);
  if (handler === undefined) throw new Error(`no ${task}`);
  return handler;
}

/** What recurs, once. */
export const work = (own: CertificateServices = services, signal: AbortSignal = unhurried): Promise<void> =>
  handlerOf("certificates.tend", own).run({}, contextOf(null, signal));

/** What waits in the queue, once. */
export async function drain(): Promise<void> {
  const handlers = jobHandlers(services);
  await startWorker({ ...{ db: database.db, bus, clock, random, logger }, handlers, schedules: [] }, false).drain();
}

export const namesOf = async (tenantId: TenantId, domainId: DomainId) =>
  new Map(
    (await database.db.tenant(tenantId, (tx) => listNames(tx, domainId))).map((each) => [each.name, each] as const),
  );
export const shown = () => readIssued({ db: database.db, secretKey, logger }, new Map());
export const ordersSeen = () => pebble.output.split("Added order").length - 1;
/** What somebody does while a name's challenge is read, once. */
export function meanwhile(work: () => Promise<unknown>): { readonly done: () => Promise<unknown> } {
  let done: Promise<unknown> | null = null;
  beforeAnswer = () => {
    beforeAnswer = null;
    done = work();
    return done;
  };
  return {
    done: async () => {
      if (done === null) throw new Error("nobody read a challenge");
      return done;
    },
  };
}
