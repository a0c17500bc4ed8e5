import { type Actor, newId, type OperatorRole, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { migrations as audit, listAudit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addConcerned,
  type CustomerPost,
  closeIncident,
  fulfilStep,
  type IncidentId,
  migrations,
  type OperatorActor,
  raiseAlarms,
  registerIncident,
  stepsOf,
  tellConcerned,
} from "./index.ts";

const start = Date.parse("2026-10-24T22:30:00Z");
const hourMs = 3_600_000;
const clock = new FakeClock(start);
const random = new SeededRandom(84);
const system: Actor = { kind: "system", name: "test" };
let database: TestDatabase;
let concerned: TenantId;
let other: TenantId;

const operator = (...roles: OperatorRole[]): OperatorActor => ({
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles,
  ip: "192.0.2.3",
});

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
  const make = async (name: string) => {
    const tenantId = newId<TenantId>(clock, random);
    await database.db.operator((tx) => createTenant(tx, system, { tenantId, name, language: "it", nowMs: start }));
    return tenantId;
  };
  [concerned, other] = [await make("Toccata Srl"), await make("Estranea Spa")];
});
afterAll(() => database?.close());

/** Nobody of these has an owner or administrator. */
const unreached = new Set<TenantId>();
const post: CustomerPost = {
  tell: async (_tx, tenantId) => (unreached.has(tenantId) ? 0 : 2),
  reaches: async (_tx, tenantId) => !unreached.has(tenantId),
};

async function register(
  kinds: { isBreach: boolean; isSignificant: boolean },
  role: OperatorRole = "security",
  named: readonly TenantId[] = [concerned],
) {
  const id = newId<IncidentId>(clock, random);
  await database.db.operator((tx) =>
    registerIncident(tx, operator(role), {
      id,
      ...kinds,
      title: "A disk was stolen",
      facts: "From the van that brought it.",
      persons: "About forty holders of mailboxes.",
      remedies: "It was encrypted. Change passwords.",
      awareMs: clock.nowMs(),
      concerned: named,
      nowMs: clock.nowMs(),
    }),
  );
  return id;
}

test("R84, R85: each clock runs from awareness: 72 hours elapse, whatever daylight saving does, and a month is a calendar month", () => {
  const at = (text: string) => new Date(text);
  const due = (aware: string, kinds: { isBreach: boolean; isSignificant: boolean }) =>
    Object.fromEntries(
      [...stepsOf({ ...kinds, awareAt: at(aware) })].map(([step, date]) => [step, date.toISOString()]),
    );
  expect(due("2026-10-24T22:30:00Z", { isBreach: true, isSignificant: false })).toEqual({
    customers: "2026-10-25T22:30:00.000Z",
    authority: "2026-10-27T22:30:00.000Z",
  });
  expect(due("2027-01-28T10:00:00Z", { isBreach: false, isSignificant: true })).toEqual({
    early_warning: "2027-01-29T10:00:00.000Z",
    notification: "2027-01-31T10:00:00.000Z",
    // The last day of February, through its end in Rome.
    final_report: "2027-02-28T23:00:00.000Z",
  });
});

test("R84: alarms are raised once when a step is due in six hours and once when it is late, and a done step raises none", async () => {
  const raised: string[] = [];
  const look = () =>
    database.db.operator((tx) =>
      raiseAlarms(tx, { clock }, async (_tx, _incident, { step }, isLate) => {
        raised.push(`${step} ${isLate ? "late" : "soon"}`);
      }),
    );
  const id = await register({ isBreach: true, isSignificant: false });
  await look();
  await clock.advance(17 * hourMs);
  await look();
  expect(raised).toEqual([]);
  await clock.advance(2 * hourMs);
  for (let times = 0; times < 2; times++) await look();
  expect(raised.splice(0)).toEqual(["customers soon"]);
  await clock.advance(6 * hourMs);
  for (let times = 0; times < 2; times++) await look();
  expect(raised.splice(0)).toEqual(["customers late"]);
  await database.db.operator((tx) =>
    fulfilStep(tx, operator("legal"), { id, step: "authority", reference: "GPDP 42", nowMs: clock.nowMs() }, post),
  );
  await clock.advance(72 * hourMs);
  await look();
  expect(raised).toEqual([]);
});

test("R84: exactly the customers concerned are told, by mail and in their own log; closing waits for every step", async () => {
  const id = await register({ isBreach: true, isSignificant: false });
  const told: { tenantId: TenantId; text: string }[] = [];
  const actor = operator("legal");
  const now = { id, nowMs: clock.nowMs() };
  const tell = () =>
    database.db.operator((tx) =>
      tellConcerned(tx, actor, now, {
        async tell(_tx, tenantId, message) {
          told.push({ tenantId, text: message.it.text });
          return 1;
        },
      }),
    );
  const close = () => database.db.operator((tx) => closeIncident(tx, actor, now));
  await tell();
  expect(told.map(({ tenantId }) => tenantId)).toEqual([concerned]);
  expect(told[0]?.text).toContain("About forty holders of mailboxes.");
  await expect(tell()).rejects.toMatchObject({ code: "compliance.incident_step" });
  for (const [tenantId, count] of [
    [concerned, 1],
    [other, 0],
  ] as const) {
    const log = await database.db.tenant(tenantId, (tx) =>
      listAudit(tx, { tenantId, action: "compliance.incident_told", objectId: id }),
    );
    expect(log.entries.length).toBe(count);
  }
  await expect(close()).rejects.toMatchObject({ code: "compliance.incident_open_steps" });
  await database.db.operator((tx) => fulfilStep(tx, actor, { ...now, step: "authority", reference: "GPDP 43" }, post));
  await close();
  await expect(tell()).rejects.toMatchObject({ code: "compliance.no_incident" });
});

test("R84: a breach of nobody's closes with a note; who is found later is told, and who no mail reaches is not counted as told", async () => {
  const id = await register({ isBreach: true, isSignificant: false }, "security", []);
  const actor = operator("legal");
  const now = { id, nowMs: clock.nowMs() };
  const { db } = database;
  const note = (step: "customers" | "authority") =>
    db.operator((tx) => fulfilStep(tx, actor, { ...now, step, reference: "nobody" }, post));
  const add = (tenantId: TenantId) =>
    db.operator((tx) => addConcerned(tx, actor, { ...now, concerned: [tenantId, concerned] }));
  const tell = () => db.operator((tx) => tellConcerned(tx, actor, now, post));
  const close = () => db.operator((tx) => closeIncident(tx, actor, now));
  await note("authority");
  await expect(tell()).rejects.toMatchObject({ code: "compliance.nobody" });
  await note("customers");
  await add(concerned);
  await expect(close()).rejects.toMatchObject({ code: "compliance.incident_open_steps" });
  await expect(note("customers")).rejects.toMatchObject({ code: "compliance.customers_concerned" });
  await tell();
  unreached.add(other);
  await add(other);
  await expect(tell()).rejects.toMatchObject({ code: "compliance.nobody_reached" });
  await expect(close()).rejects.toMatchObject({ code: "compliance.incident_open_steps" });
  await note("customers");
  await close();
  const rows = await db.operator(
    (tx) => tx.sql<{ tenantId: TenantId; told: boolean }[]>`
      select about_tenant as "tenantId", told_at is not null as told from compliance_incident_customers
      where incident_id = ${id}`,
  );
  expect(new Map(rows.map(({ tenantId, told }) => [tenantId, told]))).toEqual(
    new Map([
      [concerned, true],
      [other, false],
    ]),
  );
  await expect(add(other)).rejects.toMatchObject({ code: "compliance.no_incident" });
});

test("R85: a final report is due a month after the notification that was made; other roles do nothing here", async () => {
  const id = await register({ isBreach: false, isSignificant: true });
  const nowMs = Date.parse("2026-12-05T09:00:00Z");
  await database.db.operator(async (tx) => {
    await fulfilStep(tx, operator("security"), { id, step: "notification", reference: "CSIRT 7", nowMs }, post);
    const [row] = await tx.sql<{ due: Date }[]>`
      select due_at as due from compliance_incident_steps where incident_id = ${id} and step = 'final_report'`;
    expect(row?.due.toISOString()).toBe("2027-01-05T23:00:00.000Z");
  });
  const byOthers = register({ isBreach: true, isSignificant: false }, "billing");
  await expect(byOthers).rejects.toMatchObject({ code: "compliance.incident_role" });
});
