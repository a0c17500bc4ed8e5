import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { describe, expect, test } from "vitest";
import {
  addContact,
  type ContactPurpose,
  jobHandlers,
  jobSchedules,
  type NoticeId,
  noteBounce,
  noticeLimits,
  type PartCheck,
} from "./index.ts";
import {
  clock,
  database,
  dayMs,
  face,
  logger,
  mails,
  milano,
  newTenant,
  open,
  operator,
  post,
  services,
  to,
  tokenIn,
  update,
  where,
  worker,
  world,
} from "./notices.test-support.ts";
import { selectFaultTimes } from "./store-fault-times.ts";
import { noteRepair, selectFaults } from "./store-faults.ts";
import { selectContacts } from "./store-people.ts";
import type { FaultId } from "./types.ts";
import { settleChecks } from "./watch-parts.ts";

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
      world.parts = [{ ...check, isWell }];
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

  test("R23: the report tells by severity how long it took to take a fault on, to tell customers, to begin, to replace the part and to end it", async () => {
    clock.advance(2 * noticeLimits.timesMs);
    const report = () =>
      database.db.operator((tx) => selectFaultTimes(tx, new Date(clock.nowMs() - noticeLimits.timesMs)));
    expect(await report()).toEqual([]);
    const check = { service: "backup", siteId: milano, hostId: null } as const;
    const turn = (key: string, isWell: boolean) =>
      database.db.operator((tx) => settleChecks(tx, [{ ...check, key, isWell }], services));
    const usualMs = noticeLimits.usualMs.backup;
    // Told is who was written to: the mails leave a while after the incident was raised.
    where.set(`backup/${milano}`, [await newTenant("told")]);
    const tellAfter = async (ms: number) => {
      clock.advance(ms);
      await worker.drain();
    };
    // Three over at once, after 10, 30 and 50 seconds: nobody was told.
    for (const seconds of [10, 30, 50]) {
      await turn(`times/${seconds}`, false);
      clock.advance(seconds * 1_000);
      await turn(`times/${seconds}`, true);
    }
    // One told when it lasted longer than usual, taken on ten seconds later, over after ten minutes.
    await turn("times/long", false);
    clock.advance(usualMs);
    await turn("times/long", false);
    await tellAfter(5_000);
    clock.advance(5_000);
    let id = "" as FaultId;
    await database.db.operator(async (tx) => {
      const open = (await selectFaults(tx)).find(({ checkKey }) => checkKey === "times/long");
      id = open?.id ?? id;
      expect(await noteRepair(tx, id, "acknowledged", new Date(clock.nowMs()))).toBe(true);
    });
    const repair = (step: "started" | "replaced") =>
      database.db.operator((tx) => noteRepair(tx, id, step, new Date(clock.nowMs())));
    clock.advance(20_000);
    expect(await repair("started")).toBe(true);
    clock.advance(600_000 - usualMs - 30_000);
    await turn("times/long", true);
    // Noted a minute after the part was back: by then it was done. What was noted stays.
    clock.advance(60_000);
    expect([await repair("replaced"), await repair("started")]).toEqual([true, false]);
    clock.advance(60_000);
    expect(await repair("replaced")).toBe(true);
    // One that a person opened, still open: when it was noticed nobody knows.
    await open({ severity: "critical" });
    // One that a person took on with a word to customers, and keeps open though the check is well again.
    await turn("times/word", false);
    clock.advance(usualMs);
    await turn("times/word", false);
    await tellAfter(5_000);
    clock.advance(25_000);
    const long = await database.db.operator((tx) => selectFaults(tx));
    const noticeId = long.find(({ checkKey }) => checkKey === "times/word")?.noticeId;
    if (!noticeId) throw new Error("no incident was raised");
    await update(noticeId, "investigating");
    await turn("times/word", true);
    // One that may yet become an incident.
    await turn("times/young", false);
    const all = (seconds: number) => ({ medianSeconds: seconds, longestSeconds: seconds });
    const told = usualMs / 1_000;
    const unrepaired = { started: null, replaced: null };
    expect(await report()).toEqual([
      {
        ...{ severity: "critical", count: 1, open: 1, acknowledged: null, told: null },
        ...{ ...unrepaired, closed: null },
      },
      {
        ...{ severity: "major", count: 2, open: 1, told: all(told + 5) },
        acknowledged: { medianSeconds: told + 20, longestSeconds: told + 30 },
        ...{ started: all(told + 30), replaced: all(600), closed: all(600) },
      },
      {
        severity: null,
        count: 3,
        open: 0,
        acknowledged: null,
        told: null,
        ...unrepaired,
        closed: { medianSeconds: 30, longestSeconds: 50 },
      },
    ]);
    await turn("times/young", true);
    await update(noticeId, "resolved");
    clock.advance(2 * noticeLimits.timesMs);
    expect(await report()).toEqual([]);
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
    world.failsOnce = true;
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
    mails.length = 0;
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

  test("R102: a contact whose mail comes back is marked, its owners are told elsewhere and in its place, until it confirms again", async () => {
    const tenantId = await newTenant("rb");
    const other = await newTenant("rbo");
    where.set("backup/mi1", [tenantId]);
    const address = "NOC@rb.test";
    const add = (who: TenantId, purpose: ContactPurpose) =>
      database.db.tenant(who, (tx) => addContact(tx, operator, { purpose, address, language: "en" }, services));
    const tokens: string[] = [];
    for (const [who, purpose] of [
      [tenantId, "technical"],
      [tenantId, "legal"],
      [other, "technical"],
    ] as const) {
      await add(who, purpose);
      tokens.push(tokenIn(mails.at(-1)?.text ?? ""));
      expect((await post(`/status/link/${tokens.at(-1)}`, "{}")).statusCode).toBe(204);
    }
    const tell = async () => {
      mails.length = 0;
      await open();
      await worker.drain();
      return to();
    };
    expect(await tell()).toEqual([address]);
    const bounce = async (from: TenantId, reply: string) => {
      mails.length = 0;
      await database.db.tenant(from, (tx) => noteBounce(tx, { recipient: "noc@rb.test", reply }, services));
      await worker.drain();
    };
    const marks = async (who: TenantId) => {
      const contacts = await database.db.tenant(who, (tx) => selectContacts(tx));
      return contacts.map(({ purpose, bounceReply }) => [purpose, bounceReply]);
    };
    await bounce(tenantId, "550 5.1.1\r\nno such user");
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
      ["owner@rb.test", "Un contatto non riceve i nostri messaggi: noc@rb.test"],
    ]);
    expect(mails[0]?.text).toContain("550 5.1.1 no such user");
    expect(await marks(tenantId)).toEqual([
      ["legal", "550 5.1.1 no such user"],
      ["technical", "550 5.1.1 no such user"],
    ]);
    // A customer's own queue says nothing of another's contacts; the provider's, of everybody's.
    expect(await marks(other)).toEqual([["technical", null]]);
    expect(await tell()).toEqual(["owner@rb.test"]);
    await bounce(tenantId, "again");
    expect(mails).toEqual([]);
    await bounce(providerTenantId, "550 gone");
    expect(mails.map(({ to }) => to)).toEqual(["owner@rbo.test"]);
    expect(await marks(other)).toEqual([["technical", "550 gone"]]);
    const log = await database.db.tenant(tenantId, (tx) =>
      listAudit(tx, { tenantId, action: "notices.contact_bounced" }),
    );
    expect(log.entries.map(({ details }) => details["purpose"]).sort()).toEqual(["legal", "technical"]);
    expect((await post(`/status/link/${tokens[0]}`, "{}")).statusCode).toBe(204);
    expect(await tell()).toEqual([address]);
    expect(await marks(tenantId)).toEqual([
      ["legal", "550 5.1.1 no such user"],
      ["technical", null],
    ]);
  });
});
