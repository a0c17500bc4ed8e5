import {
  type Actor,
  newId,
  type PrincipalId,
  providerTenantId,
  type SiteId,
  type TenantId,
  utf8,
} from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { createFace, type Face } from "@casaforte/platform/http";
import { migrations as jobTables, openJobs, startWorker, type Worker } from "@casaforte/platform/jobs";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { networkOf } from "./ask-brake.ts";
import {
  addContact,
  askToSubscribe,
  jobHandlers,
  jobSchedules,
  migrations,
  type NoticeId,
  type NoticeMail,
  type NoticeServices,
  noticeLimits,
  type OpenNotice,
  openNotice,
  type PartCheck,
  registerStatusPage,
  removeContact,
  type UpdateNotice,
  updateTheNotice,
} from "./index.ts";
import { settleChecks } from "./watch-parts.ts";

const clock = new FakeClock(Date.parse("2026-06-01T08:00:00Z"));
const random = new SeededRandom(24);
const logger = new MemoryLogger();
const dayMs = noticeLimits.dayMs;
const milano = "mi1" as SiteId;
const roma = "rm1" as SiteId;
let database: TestDatabase;
let services: NoticeServices;
let worker: Worker;
let face: Face;
let mails: (NoticeMail & { atMs: number })[] = [];
let parts: PartCheck[] = [];
let where = new Map<string, readonly TenantId[]>();
let failsOnce = false;
const names = new Map<TenantId, string>();
const operator: Extract<Actor, { kind: "operator" }> = {
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
    affected: async (_tx, { services: kinds, siteId, hostId }) =>
      kinds.flatMap((service) => where.get(`${service}/${hostId ?? siteId ?? "all"}`) ?? []),
    administrators: async (tx) => [{ address: `owner@${names.get(tx.tenantId)}.test`, language: "it" }],
    async mail(_tx, mail) {
      if (failsOnce && mails.length > 0) {
        failsOnce = false;
        throw new Error("the process ended here");
      }
      mails.push({ ...mail, atMs: clock.nowMs() });
      return `<${mails.length}@provider.test>`;
    },
    look: async () => parts,
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
  parts = [];
  where = new Map();
  await worker.drain();
  mails = [];
});

async function newTenant(name: string): Promise<TenantId> {
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
const open = (input: Partial<OpenNotice> = {}) =>
  database.db.operator((tx) => openNotice(tx, operator, { ...incident, ...input }, services));
const update = (id: NoticeId, state: UpdateNotice["state"], more: Partial<UpdateNotice> = {}) =>
  database.db.operator((tx) =>
    updateTheNotice(
      tx,
      operator,
      { id, state, textIt: "Novità.", textEn: "News.", isReport: false, ...more },
      services,
    ),
  );
const to = () => mails.map((mail) => mail.to).sort();
const tokenIn = (text: string) => /\/status\/link\/(\S+)/.exec(text)?.[1] ?? "";
const post = (url: string, payload: string, type = "application/json") =>
  face.inject({ method: "POST", url, payload, headers: { "content-type": type } });

describe("whom a notice reaches", () => {
  test("R23, R24: passing the usual duration writes to exactly those on that host within 60 seconds, with nobody at work", async () => {
    const [here, there] = [await newTenant("here"), await newTenant("there")];
    const host = "00000000-0000-7000-8000-0000000000aa";
    where.set(`backup/${host}`, [here]);
    where.set("backup/mi1", [here, there]);
    const check: PartCheck = { key: "host/aa", service: "backup", siteId: milano, hostId: host, isWell: true };
    const [schedule] = jobSchedules;
    const watch = jobHandlers(services).find(({ task }) => task === schedule?.task);
    const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger };
    const turn = async (isWell: boolean) => {
      parts = [{ ...check, isWell }];
      await watch?.run({}, context);
      await worker.drain();
      clock.advance(schedule?.everyMs ?? 0);
    };
    await turn(true);
    const downMs = clock.nowMs();
    while (clock.nowMs() < downMs + noticeLimits.usualMs.backup) await turn(false);
    expect(mails).toEqual([]);
    while (mails.length === 0 && clock.nowMs() < downMs + 10 * noticeLimits.usualMs.backup) await turn(false);
    expect(to()).toEqual(["owner@here.test"]);
    expect((mails[0]?.atMs ?? 0) - downMs - noticeLimits.usualMs.backup).toBeLessThanOrEqual(60_000);
    expect(mails[0]?.text).toContain("Milano");
    expect(mails[0]?.text).not.toContain(host);
    for (let turns = 0; turns < 5; turns++) await turn(false);
    expect(mails).toHaveLength(1);
    await turn(true);
    expect(mails.map(({ subject }) => subject)[1]).toContain("risolto");
    // Shorter than usual: nobody is bothered.
    await turn(false);
    await turn(true);
    expect(mails).toHaveLength(2);
    // Each was noted with its times.
    const faults = await database.db.operator(
      (tx) => tx.sql<{ lasted: number }[]>`
        select extract(epoch from closed_at - detected_at)::int as lasted from notices_faults
        where check_key = 'host/aa' order by detected_at`,
    );
    expect(faults.map(({ lasted }) => lasted)).toEqual([expect.any(Number), schedule ? schedule.everyMs / 1000 : 0]);
  });

  test("R23: what a person has written to is ended by a person", async () => {
    const check: PartCheck = { key: "disk/pw", service: "backup", siteId: milano, hostId: null, isWell: false };
    const turn = (isWell: boolean) => database.db.operator((tx) => settleChecks(tx, [{ ...check, isWell }], services));
    await turn(false);
    clock.advance(noticeLimits.usualMs.backup);
    await turn(false);
    const [fault] = await database.db.operator(
      (tx) => tx.sql<{ noticeId: NoticeId }[]>`
        select notice_id as "noticeId" from notices_faults where check_key = 'disk/pw'`,
    );
    if (!fault) throw new Error("no fault was noted");
    await update(fault.noticeId, "investigating");
    await turn(true);
    const [notice] = await database.db.operator(
      (tx) => tx.sql`select state from notices_notices where id = ${fault.noticeId}`,
    );
    expect(notice).toEqual({ state: "investigating" });
    await update(fault.noticeId, "resolved");
  });

  test("R25: maintenance needs two days' notice; planned, moved, started, extended, ended and cancelled each mail once", async () => {
    const [a, b] = [await newTenant("ma"), await newTenant("mb")];
    where.set("backup/mi1", [a]);
    where.set("backup/rm1", [b]);
    const from = clock.nowMs() + 3 * dayMs;
    const planned = { fromMs: from, untilMs: from + 3_600_000 };
    await expect(
      open({ kind: "maintenance", planned: { fromMs: clock.nowMs() + dayMs, untilMs: from } }),
    ).rejects.toMatchObject({ code: "notices.too_soon" });
    const id = await open({ kind: "maintenance", planned });
    await worker.drain();
    expect(to()).toEqual(["owner@ma.test"]);
    await update(id, "planned", { planned: { fromMs: from + dayMs, untilMs: from + dayMs + 3_600_000 } });
    const early = { code: "notices.too_soon" };
    await expect(update(id, "started")).rejects.toMatchObject(early);
    clock.advance(2 * dayMs);
    await update(id, "started");
    await update(id, "started", { planned: { fromMs: from + dayMs, untilMs: from + dayMs + 7_200_000 } });
    await update(id, "ended");
    await worker.drain();
    expect(mails).toHaveLength(5);
    expect(new Set(to())).toEqual(new Set(["owner@ma.test"]));
    await expect(update(id, "started")).rejects.toMatchObject({ code: "notices.transition" });
    const second = await open({
      kind: "maintenance",
      planned: { fromMs: from + 4 * dayMs, untilMs: from + 5 * dayMs },
    });
    await worker.drain();
    await update(second, "cancelled");
    await worker.drain();
    expect(mails).toHaveLength(7);
    expect(mails.at(-1)?.subject).toContain("annullata");
  });

  test("R24: a job that dies halfway and runs again writes to each address once, whoever's address it is", async () => {
    const tenants = [await newTenant("x1"), await newTenant("x2"), await newTenant("x1")];
    where.set("backup/mi1", tenants);
    failsOnce = true;
    const id = await open();
    await worker.drain();
    clock.advance(60_000);
    await worker.drain();
    expect(to()).toEqual(["owner@x1.test", "owner@x2.test"]);
    // Who moved away is told how it ends; a report follows.
    where.set("backup/mi1", []);
    await update(id, "resolved");
    await worker.drain();
    await update(id, "resolved", { isReport: true, textIt: "Causa: un disco.", textEn: "Cause: a disk." });
    await worker.drain();
    expect(mails).toHaveLength(6);
    expect(mails.at(-1)?.text).toContain("Causa: un disco.");
  });

  test("R102: a contact is written to when it has confirmed, in its language and instead of the owners", async () => {
    const tenantId = await newTenant("rc");
    where.set("backup/mi1", [tenantId]);
    const input = { purpose: "incidents", address: "noc@rc.test", language: "en" } as const;
    await database.db.tenant(tenantId, (tx) => addContact(tx, operator, input, services));
    const token = tokenIn(mails[0]?.text ?? "");
    mails = [];
    await open();
    await worker.drain();
    expect(to()).toEqual(["owner@rc.test"]);
    // Opening the link confirms nothing: scanners do that.
    expect((await face.inject({ url: `/status/link/${token}` })).statusCode).toBe(200);
    await open();
    await worker.drain();
    expect(mails.at(-1)?.to).toBe("owner@rc.test");
    expect((await post(`/status/link/${token}`, "{}")).statusCode).toBe(204);
    expect((await post(`/status/link/${token.slice(0, -1)}x`, "{}")).statusCode).toBe(404);
    await open();
    await worker.drain();
    expect(mails.at(-1)).toMatchObject({ to: "noc@rc.test", language: "en" });
    expect(mails.at(-1)?.text).toContain("We are looking.");
  });
});

describe("the status page", () => {
  test("R29: two confirmations to join, one press to leave, and the answer never tells who is known", async () => {
    const ask = () => post("/api/status/subscriptions", JSON.stringify({ address: "s@nowhere.test", language: "en" }));
    expect((await ask()).statusCode).toBe(202);
    expect((await ask()).statusCode).toBe(202);
    expect(to()).toEqual(["s@nowhere.test"]);
    await open();
    await worker.drain();
    expect(mails).toHaveLength(1);
    await post(`/status/link/${tokenIn(mails[0]?.text ?? "")}`, "{}");
    expect((await ask()).statusCode).toBe(202);
    expect(mails).toHaveLength(1);
    await open();
    await worker.drain();
    const mail = mails[1];
    expect(mail).toMatchObject({ to: "s@nowhere.test", unsubscribeUrl: expect.stringContaining("/status/link/") });
    const url = new URL(mail?.unsubscribeUrl ?? "").pathname;
    // As a mail program does it (RFC 8058).
    const left = await post(url, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded");
    expect(left.statusCode).toBe(204);
    await open();
    await worker.drain();
    expect(mails).toHaveLength(2);
  });

  test("R29: requests for one address that come together send one mail, whose link works; the next goes after a day", async () => {
    const input = { address: "many@nowhere.test", language: "en" } as const;
    await Promise.all(Array.from({ length: 6 }, () => askToSubscribe(services, input)));
    expect(to()).toEqual([input.address]);
    clock.advance(noticeLimits.dayMs - 1);
    await askToSubscribe(services, input);
    expect(mails).toHaveLength(1);
    clock.advance(1);
    await askToSubscribe(services, input);
    expect(mails).toHaveLength(2);
    for (const { text } of mails) expect((await post(`/status/link/${tokenIn(text)}`, "{}")).statusCode).toBe(204);
  });

  test("R29: one network asks so often an hour, others are not shut out", async () => {
    let asked = 0;
    const ask = (remoteAddress: string) =>
      face.inject({
        method: "POST",
        url: "/api/status/subscriptions",
        remoteAddress,
        payload: { address: `n${++asked}@nowhere.test`, language: "it" },
      });
    for (let turn = 0; turn < noticeLimits.asksOfNetworkMax; turn++)
      expect((await ask(`198.51.100.${turn}`)).statusCode).toBe(202);
    expect((await ask("198.51.100.250")).statusCode).toBe(429);
    expect((await ask("198.51.101.1")).statusCode).toBe(202);
    expect(mails).toHaveLength(noticeLimits.asksOfNetworkMax + 1);
    clock.advance(noticeLimits.askWindowMs);
    expect((await ask("198.51.100.250")).statusCode).toBe(202);
    expect(networkOf("2001:db8:1:2ff::1")).toBe(networkOf("2001:db8:1:200:ffff::9"));
    expect(networkOf("2001:db8:1:300::1")).not.toBe(networkOf("2001:db8:1:200::1"));
    expect(networkOf("::ffff:198.51.100.9")).toBe(networkOf("198.51.100.1"));
  });

  test("R102: a customer asks strangers only so often a day", async () => {
    const tenantId = await newTenant("asks");
    const add = async (count: number) => {
      const input = { purpose: "incidents", address: `a${count}@asks.test`, language: "en" } as const;
      const { id } = await database.db.tenant(tenantId, (tx) => addContact(tx, operator, input, services));
      await database.db.tenant(tenantId, (tx) => removeContact(tx, operator, id));
    };
    for (let count = 0; count < noticeLimits.contactAsksMax; count++) await add(count);
    await expect(add(1)).rejects.toMatchObject({ kind: "rate_limited", code: "notices.too_many_asks" });
    expect(mails).toHaveLength(noticeLimits.contactAsksMax);
    clock.advance(dayMs);
    await add(1);
  });

  test("R29: shows state, history and feeds without a session, in two languages, cacheable, and no customer or host", async () => {
    const tenantId = await newTenant("Segreti");
    where.set("mail/all", [tenantId]);
    const hostId = "00000000-0000-7000-8000-0000000000bb";
    await open({ services: ["mail"], siteId: null, hostId, severity: "critical", titleEn: "<b>Mail</b> is down" });
    await worker.drain();
    clock.advance(noticeLimits.statusAgeMs);
    const page = await face.inject({ url: "/status?lang=en" });
    expect(page.headers["cache-control"]).toBe("public, max-age=30");
    expect(page.headers["set-cookie"]).toBeUndefined();
    expect(page.body).toContain("Some services have problems");
    expect(page.body).toContain("&#60;b&#62;Mail");
    expect((await face.inject({ url: "/status", headers: { "accept-language": "it" } })).body).toContain(
      "Stato dei servizi",
    );
    const { parts: shown, notices } = (await face.inject({ url: "/status.json" })).json();
    const mail = shown.find((part: { service: string }) => part.service === "mail");
    expect(mail).toMatchObject({ state: "down" });
    expect(mail.days).toHaveLength(90);
    expect(mail.days.slice(-2)).toEqual(["working", "down"]);
    expect(shown.filter((part: { service: string }) => part.service === "backup")).toHaveLength(2);
    const feed = await face.inject({ url: "/status.atom?lang=en" });
    expect(feed.body.match(/<entry>/g)?.length).toBe(
      Math.min(100, notices.flatMap((notice: { updates: unknown[] }) => notice.updates).length),
    );
    for (const body of [page.body, feed.body, JSON.stringify(notices)])
      for (const secret of [hostId, tenantId, providerTenantId, "Segreti"]) expect(body).not.toContain(secret);
  });

  test("R29: while the database is away the page shows what it knew and says so", async () => {
    let isAway = false;
    const lookup: typeof database.db.lookup = (work, options) =>
      isAway ? Promise.reject(new Error("away")) : database.db.lookup(work, options);
    const other = createFace({
      name: "console",
      clock,
      random,
      logger,
      trustedProxies: [],
      contentSecurityPolicy: "console",
    });
    const away = createFace({
      name: "console",
      clock,
      random,
      logger,
      trustedProxies: [],
      contentSecurityPolicy: "console",
    });
    const db = { ...database.db, lookup };
    registerStatusPage(other, { ...services, db });
    expect((await other.inject({ url: "/status?lang=en" })).body).toContain("Updated:");
    isAway = true;
    clock.advance(3_600_000);
    const page = await other.inject({ url: "/status?lang=en" });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain("Not up to date");
    expect((await other.inject({ url: "/status.json" })).json()).toMatchObject({ isFresh: false });
    registerStatusPage(away, { ...services, db });
    const never = await away.inject({ url: "/status?lang=en" });
    expect(never.statusCode).toBe(200);
    expect(never.body).toContain("cannot be read at the moment");
    expect((await away.inject({ url: "/status.json" })).statusCode).toBe(503);
    await other.close();
    await away.close();
  });
});
