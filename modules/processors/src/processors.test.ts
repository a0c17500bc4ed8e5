import { type Actor, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { migrations as audit, listAudit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { migrations as jobTables, openJobs, startWorker, type Worker } from "@casaforte/platform/jobs";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  announceChange,
  answerToObjection,
  earliestDay,
  giveInstruction,
  jobHandlers,
  listSubprocessors,
  migrations,
  noteInstructionDone,
  objectToChange,
  type ProcessorMail,
  type ProcessorServices,
  seedSubprocessors,
  standingOf,
} from "./index.ts";
import { countTold, selectInstructions, selectObjections } from "./store.ts";

const system: Actor = { kind: "system", name: "test" };
const clock = new FakeClock(Date.parse("2026-03-01T11:00:00Z"));
const random = new SeededRandom(82);
const dayMs = 86_400_000;
const sent: ProcessorMail[] = [];
const tenants: TenantId[] = [];
let database: TestDatabase;
let services: ProcessorServices;
let worker: Worker;
let failsOnce = false;

const legal: Extract<Actor, { kind: "operator" }> = {
  ...{ kind: "operator", principalId: newId<PrincipalId>(clock, random), roles: ["legal"], ip: "192.0.2.1" },
};
const owner = (tenantId: TenantId): Extract<Actor, { kind: "user" }> => ({
  ...{ kind: "user", tenantId, principalId: newId<PrincipalId>(clock, random), role: "owner", ip: "192.0.2.2" },
});
const newcomer = { name: "Nuvola Nord S.p.A.", serviceIt: "nastri", serviceEn: "tapes", country: "DE" };
const announce = (effectiveOn: string, change: Parameters<typeof announceChange>[2]["change"] = { begins: newcomer }) =>
  database.db.operator((tx) =>
    announceChange(tx, legal, { effectiveOn, reasonIt: "più copie", reasonEn: "more copies", change }, services),
  );

beforeAll(async () => {
  database = await startTestDatabase([base, jobTables, tenancy, audit, migrations]);
  const logger = new MemoryLogger();
  const bus = memoryBus(logger);
  services = {
    ...{ db: database.db, clock, random, logger, providerName: "P", consoleUrl: "https://console.test" },
    jobs: openJobs({ clock, random, bus }),
    administrators: async (tx) => [
      { login: `owner@${tx.tenantId.slice(-6)}.test`, language: "it" },
      { login: `admin@${tx.tenantId.slice(-6)}.test`, language: "en" },
    ],
    async send(_tx, mail) {
      if (failsOnce && sent.length === 2) {
        failsOnce = false;
        throw new Error("the process ended here");
      }
      sent.push(mail);
    },
  };
  worker = startWorker({ db: database.db, bus, clock, random, logger, handlers: jobHandlers(services) }, false);
  for (const name of ["Uno", "Due", "Tre"]) {
    const tenantId = newId<TenantId>(clock, random);
    tenants.push(tenantId);
    await database.db.operator((tx) => createTenant(tx, system, { tenantId, name, nowMs: clock.nowMs() }));
  }
});
afterAll(async () => {
  await worker?.stop();
  await database?.close();
});

test("R82: a change is announced thirty days before, and every customer's owners and administrators are told once, in their language", async () => {
  const late = { ...newcomer, name: "Tardiva", since: "2025-01-01" };
  await expect(
    database.db.operator(async (tx) => {
      await seedSubprocessors(tx, [], services);
      // A provider that began with nobody announces whom the configuration names later.
      await seedSubprocessors(tx, [late], services);
      throw new Error(`on the list: ${(await listSubprocessors(tx)).length}`);
    }),
  ).rejects.toThrow("on the list: 0");
  await database.db.operator((tx) =>
    seedSubprocessors(tx, [{ ...newcomer, name: "Vecchia", since: "2025-01-01" }], services),
  );
  expect(earliestDay(clock.nowMs())).toBe("2026-04-01");
  // At the last minute of a day thirty whole ones are left too.
  expect(earliestDay(Date.parse("2026-03-01T22:59:00Z"))).toBe("2026-04-01");
  await expect(announce("2026-03-31")).rejects.toMatchObject({ code: "processors.too_soon" });
  await expect(announce("2026-02-31")).rejects.toMatchObject({ code: "processors.date" });
  const id = await announce("2026-04-01");
  failsOnce = true;
  await worker.drain();
  const toldAtFirst = (await database.db.operator((tx) => countTold(tx))).get(id) ?? 0;
  await clock.advance(dayMs);
  await worker.drain();
  await worker.drain();
  const ours = tenants.map((tenantId) => tenantId.slice(-6));
  for (const part of ours) {
    const mails = sent.filter(({ to }) => to.includes(part));
    expect(mails.map(({ to }) => to.split("@")[0])).toEqual(["owner", "admin"]);
    expect(mails[0]?.subject).toBe("Nuovo responsabile del trattamento: Nuvola Nord S.p.A.");
    expect(mails[0]?.text).toContain("Dal 01.04.2026");
    expect(mails[1]?.text).toMatch(/You may object until the day before/);
  }
  const told = (await database.db.operator((tx) => countTold(tx))).get(id) ?? 0;
  expect(told).toBeGreaterThanOrEqual(3);
  // One customer's trouble kept no other from being told.
  expect(toldAtFirst).toBe(told - 1);
  const [old, fresh] = await database.db.operator((tx) => listSubprocessors(tx));
  if (!old || !fresh) throw new Error("two were expected");
  expect([standingOf(old, clock.nowMs()), standingOf(fresh, clock.nowMs())]).toEqual(["active", "announced"]);
  await announce("2026-05-01", { ends: old.id });
  await expect(announce("2026-05-02", { ends: old.id })).rejects.toMatchObject({ code: "processors.not_found" });
  const [ending] = await database.db.operator((tx) => listSubprocessors(tx));
  if (!ending) throw new Error("gone");
  expect(standingOf(ending, Date.parse("2026-04-30T12:00:00Z"))).toBe("active");
  expect(standingOf(ending, Date.parse("2026-04-30T22:00:00Z"))).toBe("ended");
});

test("R82: a customer objects once, until the day before, and is answered in writing; a stranger sees nothing of it", async () => {
  const [one, two] = tenants as [TenantId, TenantId];
  const changeId = await announce(earliestDay(clock.nowMs()));
  const object = (tenantId: TenantId) =>
    database.db.tenant(tenantId, (tx) =>
      objectToChange(tx, owner(tenantId), { changeId, reason: "fuori UE" }, services),
    );
  await object(one);
  await expect(object(one)).rejects.toMatchObject({ code: "processors.objected" });
  const answer = { tenantId: one, changeId, answer: "Useremo un altro datacentre." };
  await database.db.operator((tx) => answerToObjection(tx, legal, answer, services));
  await expect(
    database.db.operator((tx) => answerToObjection(tx, legal, { ...answer, answer: "No." }, services)),
  ).rejects.toMatchObject({ code: "processors.not_found" });
  const seenBy = (tenantId: TenantId) => database.db.tenant(tenantId, (tx) => selectObjections(tx));
  expect(await seenBy(one)).toMatchObject([{ reason: "fuori UE", answer: "Useremo un altro datacentre." }]);
  expect(await seenBy(two)).toEqual([]);
  await clock.advance(31 * dayMs);
  await expect(object(two)).rejects.toMatchObject({ code: "processors.too_late" });
});

test("R82: instructions stay as they were written, with what was done, in the customer's own log", async () => {
  const [one] = tenants as [TenantId];
  const id = await database.db.tenant(one, (tx) =>
    giveInstruction(tx, owner(one), "Cancellate le copie del 2024.", services),
  );
  const done = { tenantId: one, id, done: "Cancellate il 2 aprile." };
  await database.db.operator((tx) => noteInstructionDone(tx, legal, done, services));
  expect(await database.db.tenant(one, (tx) => selectInstructions(tx))).toMatchObject([
    { text: "Cancellate le copie del 2024.", done: "Cancellate il 2 aprile." },
  ]);
  const { entries } = await database.db.tenant(one, (tx) => listAudit(tx, { tenantId: one, action: "processors" }));
  expect(entries.map(({ action }) => action)).toEqual(
    expect.arrayContaining(["processors.instructed", "processors.instruction_done", "processors.objected"]),
  );
});
