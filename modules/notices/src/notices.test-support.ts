import { type Actor, newId, type PrincipalId, type SiteId, type TenantId, utf8 } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { createFace, type Face } from "@casaforte/platform/http";
import { migrations as jobTables, openJobs, startWorker, type Worker } from "@casaforte/platform/jobs";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  jobHandlers,
  migrations,
  type NoticeId,
  type NoticeMail,
  type NoticeServices,
  noticeLimits,
  type OpenNotice,
  openNotice,
  type PartCheck,
  registerStatusPage,
  type UpdateNotice,
  updateTheNotice,
} from "./index.ts";

export const clock = new FakeClock(Date.parse("2026-06-01T08:00:00Z"));
export const random = new SeededRandom(24);
export const logger = new MemoryLogger();
export const dayMs = noticeLimits.dayMs;
export const milano = "mi1" as SiteId;
/** The installation of these tests is ten days old when they begin. */
export const watchedSinceMs = clock.nowMs() - 10 * dayMs;
const roma = "rm1" as SiteId;
export let database: TestDatabase;
export let services: NoticeServices;
export let worker: Worker;
export let face: Face;
export const mails: (NoticeMail & { atMs: number })[] = [];
/** Who has a service at a place: `backup/mi1`, `mail/all`. */
export const where = new Map<string, readonly TenantId[]>();
/** What the watch finds, and whether mailing fails once. */
export const world = { parts: [] as PartCheck[], failsOnce: false };
const names = new Map<TenantId, string>();
export const operator: Extract<Actor, { kind: "operator" }> = {
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles: ["infra"],
  ip: "192.0.2.1",
};

beforeAll(async () => {
  database = await startTestDatabase([base, jobTables, tenancy, audit, migrations]);
  const bus = memoryBus(logger);
  services = {
    db: database.db,
    clock,
    random,
    jobs: openJobs({ clock, random, bus }),
    secret: utf8("a secret of thirty-two bytes ....."),
    providerName: "Casaforte",
    consoleUrl: "https://console.test",
    sites: [
      { id: milano, name: "Milano" },
      { id: roma, name: "Roma" },
    ],
    watchedSince: async () => new Date(watchedSinceMs),
    affected: async (_tx, { services: kinds, siteId, hostId }) =>
      kinds.flatMap((service) => where.get(`${service}/${hostId ?? siteId ?? "all"}`) ?? []),
    administrators: async (tx) => [{ address: `owner@${names.get(tx.tenantId)}.test`, language: "it" }],
    async mail(_tx, mail) {
      if (world.failsOnce && mails.length > 0) {
        world.failsOnce = false;
        throw new Error("the process ended here");
      }
      mails.push({ ...mail, atMs: clock.nowMs() });
      return `<${mails.length}@provider.test>`;
    },
    look: async () => world.parts,
  };
  worker = startWorker(
    { db: database.db, bus, clock, random, logger, handlers: jobHandlers(services), schedules: [] },
    false,
  );
  face = createFace({ name: "console", clock, random, logger, trustedProxies: [], contentSecurityPolicy: "console" });
  registerStatusPage(face, services);
  await face.ready();
});
afterAll(async () => {
  await worker?.stop();
  await face?.close();
  await database?.close();
});
beforeEach(async () => {
  world.parts = [];
  where.clear();
  await worker.drain();
  mails.length = 0;
});

export async function newTenant(name: string): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  names.set(tenantId, name);
  await database.db.operator((tx) =>
    createTenant(tx, operator, { tenantId, name, language: "it", nowMs: clock.nowMs() }),
  );
  return tenantId;
}
const incident: OpenNotice = {
  kind: "incident",
  severity: "major",
  services: ["backup"],
  siteId: milano,
  hostId: null,
  titleIt: "Backup lento",
  titleEn: "Slow backup",
  textIt: "Stiamo guardando.",
  textEn: "We are looking.",
  planned: null,
};
export const open = (input: Partial<OpenNotice> = {}) =>
  database.db.operator((tx) => openNotice(tx, operator, { ...incident, ...input }, services));
export const update = (id: NoticeId, state: UpdateNotice["state"], more: Partial<UpdateNotice> = {}) =>
  database.db.operator((tx) =>
    updateTheNotice(
      tx,
      operator,
      { id, state, textIt: "Novità.", textEn: "News.", isReport: false, ...more },
      services,
    ),
  );
export const to = () => mails.map((mail) => mail.to).sort();
export const tokenIn = (text: string) => /\/status\/link\/(\S+)/.exec(text)?.[1] ?? "";
export const post = (url: string, payload: string, type = "application/json") =>
  face.inject({ method: "POST", url, payload, headers: { "content-type": type } });
