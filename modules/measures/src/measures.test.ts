import {
  type Actor,
  newId,
  type OperatorRole,
  type PrincipalId,
  providerTenantId,
  type SpaceId,
  type TenantId,
} from "@casaforte/kernel";
import { type ApprovalId, migrations as approvals, decideApproval } from "@casaforte/modules/approvals";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, isViolation, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  appealApproval,
  assertCapable,
  type Capability,
  capabilities,
  dismissViolation,
  fileAppeal,
  imposeMeasure,
  invariants,
  levels,
  liftMeasure,
  liftPaid,
  type MeasureMail,
  type MeasureServices,
  measureLimits,
  measureTable,
  migrations,
  moveByClock,
  type NoteViolation,
  natures,
  noteViolation,
  proposeDecision,
  type SwitchedState,
  severities,
  suspensionApproval,
  type ViolationId,
  verdictOn,
} from "./index.ts";
import { selectMeasures } from "./store.ts";

const dayMs = measureLimits.dayMs;
const clock = new FakeClock(Date.parse("2026-03-02T09:00:00Z"));
const random = new SeededRandom(64);
const system: Actor = { kind: "system", name: "test" };
let database: TestDatabase;
let services: MeasureServices;
let mails: MeasureMail[] = [];
let switched: SwitchedState[] = [];
const owed = new Set<string>();

const operator = (...roles: OperatorRole[]): Extract<Actor, { kind: "operator" }> => ({
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles: roles.length === 0 ? ["legal"] : roles,
  ip: "192.0.2.1",
});
const newTenant = () =>
  database.db.operator((tx) =>
    createTenant(tx, system, {
      tenantId: newId<TenantId>(clock, random),
      name: "Rossi",
      language: "it",
      nowMs: clock.nowMs(),
    }),
  );

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, approvals, migrations]);
  services = {
    db: database.db,
    clock,
    random,
    providerName: "Casaforte",
    consoleUrl: "https://console.test",
    recipients: async (_tx, tenantId) => [
      { address: `anna@${tenantId}.test`, language: "it" },
      { address: `ugo@${tenantId}.test`, language: "en" },
    ],
    async mail(_tx, mail) {
      mails.push(mail);
    },
    async switched(_tx, state) {
      switched.push(state);
    },
    isOwed: async (tenantId, sourceKey) => owed.has(`${tenantId}/${sourceKey}`),
  };
});
afterAll(() => database.close());
beforeEach(() => {
  mails = [];
  switched = [];
});

let noted = 0;
async function note(tenantId: TenantId, facts: Partial<NoteViolation> = {}): Promise<ViolationId> {
  const id = await database.db.operator((tx) =>
    noteViolation(
      tx,
      operator(),
      {
        tenantId,
        nature: "unsolicited_mail",
        severity: "serious",
        product: "mail",
        occurredAtMs: clock.nowMs(),
        facts: "Ottomila messaggi in un'ora.",
        clause: "art. 9.2",
        source: "operator",
        sourceKey: `case ${++noted}`,
        ...facts,
      },
      services,
    ),
  );
  if (id === null) throw new Error("noted before");
  return id;
}
const impose = (
  tenantId: TenantId,
  violationId: ViolationId,
  severity: "minor" | "serious" | "grave",
  actor = operator(),
) =>
  database.db.operator((tx) =>
    imposeMeasure(
      tx,
      actor,
      { tenantId, violationId, severity, facts: "Ottomila messaggi.", clause: "art. 9.2" },
      services,
    ),
  );
const kinds = () => [suspensionApproval(services), appealApproval(services)] as never[];
const approve = (id: ApprovalId, actor = operator()) =>
  database.db.operator((tx) =>
    decideApproval(tx, actor, kinds(), { id, decision: "approve", reason: null, nowMs: clock.nowMs() }),
  );
const tick = () => database.db.operator((tx) => moveByClock(tx, services));
async function offFor(tenantId: TenantId): Promise<Capability[]> {
  const off: Capability[] = [];
  for (const capability of capabilities)
    await database.db
      .tenant(tenantId, (tx) => assertCapable(tx, capability))
      .catch((error) => (error.kind === "forbidden" ? off.push(capability) : Promise.reject(error)));
  return off;
}
const measuresOf = (tenantId: TenantId) => database.db.tenant(tenantId, (tx) => selectMeasures(tx, { tenantId }));
async function onlyMeasure(tenantId: TenantId) {
  const [measure, ...more] = await measuresOf(tenantId);
  if (measure === undefined || more.length > 0) throw new Error("one measure was expected");
  return measure;
}
async function claimsHold(tenantId: TenantId): Promise<void> {
  for (const invariant of invariants)
    expect(await database.db.tenant(tenantId, (tx) => invariant.check(tx)), invariant.name).toEqual([]);
}

describe("the table", () => {
  test("R64: the measure follows from nature, severity and how often; harder facts never give a milder one", () => {
    for (const nature of natures)
      for (const product of ["backup", "mail"] as const) {
        for (const [grade, severity] of severities.entries())
          for (const recurrence of [0, 1, 2, 3, 50]) {
            const verdict = verdictOn({ nature, severity, product, recurrence });
            expect(verdictOn({ nature, severity, product, recurrence })).toEqual(verdict);
            expect(verdict.level).toBe(measureTable[nature][severity][Math.min(recurrence, 2)]);
            const harder = verdictOn({
              nature,
              severity: severities[Math.min(grade + 1, 2)] ?? severity,
              product,
              recurrence: recurrence + 1,
            });
            expect(levels.indexOf(harder.level)).toBeGreaterThanOrEqual(levels.indexOf(verdict.level));
            expect(harder.capabilities).toEqual(expect.arrayContaining([...verdict.capabilities]));
          }
      }
    expect(
      verdictOn({ nature: "unsolicited_mail", severity: "serious", product: "mail", recurrence: 0 }),
    ).toMatchObject({
      level: "restriction",
      capabilities: ["mail.new"],
      noticeMs: dayMs,
      durationMs: 7 * dayMs,
    });
  });

  test("R64: what happened more than twelve months ago does not count any more", async () => {
    const tenantId = await newTenant();
    const levelNow = async () => {
      const violation = await note(tenantId);
      await impose(tenantId, violation, "serious");
      return (await measuresOf(tenantId))[0]?.level;
    };
    expect(await levelNow()).toBe("restriction");
    clock.advance(30 * dayMs);
    expect(await levelNow()).toBe("limitation");
    // The first is out of the window, the second within.
    clock.advance(340 * dayMs);
    expect(await levelNow()).toBe("limitation");
    clock.advance(366 * dayMs);
    expect(await levelNow()).toBe("restriction");
    await tick();
  });

  test("R64: a dismissed suggestion does not count, and the same is suggested once", async () => {
    const tenantId = await newTenant();
    const facts: NoteViolation = {
      tenantId,
      nature: "unsolicited_mail",
      severity: "minor",
      product: "mail",
      occurredAtMs: clock.nowMs(),
      facts: "stopped",
      clause: "",
      source: "sender_stop",
      sourceKey: "account/time",
    };
    const suggest = () => database.db.tenant(tenantId, (tx) => noteViolation(tx, system, facts, services));
    const id = await suggest();
    expect(id).not.toBeNull();
    expect(await suggest()).toBeNull();
    expect(await offFor(tenantId)).toEqual([]);
    expect(mails).toEqual([]);
    const input = {
      tenantId,
      id: id ?? ("" as ViolationId),
      reason: "a newsletter with consent",
      nowMs: clock.nowMs(),
    };
    await database.db.operator((tx) => dismissViolation(tx, operator(), input));
    await expect(impose(tenantId, input.id, "minor")).rejects.toMatchObject({ code: "measures.decided" });
    clock.advance(1_000);
    await impose(tenantId, await note(tenantId, { severity: "minor" }), "minor");
    expect(await onlyMeasure(tenantId)).toMatchObject({ level: "warning", recurrence: 0 });
  });
});

describe("a measure", () => {
  test("R64: begins after its notice, is obeyed with the next act, and ends by the clock", async () => {
    const tenantId = await newTenant();
    await impose(tenantId, await note(tenantId), "serious");
    expect(await offFor(tenantId)).toEqual([]);
    clock.advance(dayMs);
    await tick();
    expect(await offFor(tenantId)).toEqual(["mail.new"]);
    expect(switched.at(-1)).toEqual({ tenantId, off: ["mail.new"], spaces: [], isSilent: false });
    await claimsHold(tenantId);
    mails = [];
    clock.advance(7 * dayMs);
    await tick();
    expect(await offFor(tenantId)).toEqual([]);
    expect(await onlyMeasure(tenantId)).toMatchObject({ state: "expired" });
    const told = () => mails.filter(({ to }) => to.endsWith(`${tenantId}.test`)).map(({ to }) => to.split("@")[0]);
    expect(told()).toEqual(["anna", "ugo"]);
    await tick();
    expect(told()).toHaveLength(2);
    await claimsHold(tenantId);
  });

  test("R64: a suspension takes two people, and at once everything but reading, paying, exporting and receiving is off", async () => {
    const tenantId = await newTenant();
    const violationId = await note(tenantId, { nature: "malicious_content", severity: "grave" });
    const first = operator();
    const asked = await impose(tenantId, violationId, "grave", first);
    if (asked.kind !== "asked") throw new Error("one person suspended alone");
    expect(await offFor(tenantId)).toEqual([]);
    await expect(approve(asked.approvalId, first)).rejects.toMatchObject({ code: "approvals.same_person" });
    await expect(approve(asked.approvalId, operator("billing"))).rejects.toMatchObject({ code: "approvals.role" });
    await approve(asked.approvalId);
    expect(await offFor(tenantId)).toEqual(["mail.new", "mail.send", "mail.manage"]);
    const measure = await onlyMeasure(tenantId);
    expect(measure).toMatchObject({ level: "suspension", imposedBy: first.principalId, state: "in_force" });
    // Neither could a program that forgot to ask.
    const alone = database.db.operator(
      (tx) => tx.sql`update measures_measures set confirmed_by = imposed_by where id = ${measure.id}`,
    );
    expect(isViolation(await alone.catch((error: unknown) => error), "measures_suspension_by_two")).toBe(true);
    await claimsHold(tenantId);
  });

  test("R64: two measures that overlap: what both take stays off until the last has ended", async () => {
    const tenantId = await newTenant();
    await impose(tenantId, await note(tenantId, { severity: "grave" }), "grave");
    await impose(tenantId, await note(tenantId, { nature: "compromised_account" }), "serious");
    expect(await offFor(tenantId)).toEqual(["mail.new", "mail.send", "mail.programs"]);
    const open = (await measuresOf(tenantId)).find(({ endsAt }) => endsAt === null);
    clock.advance(14 * dayMs);
    await tick();
    expect(await offFor(tenantId)).toEqual(["mail.send", "mail.programs"]);
    if (open === undefined) throw new Error("one lasts until it is lifted");
    const lift = { tenantId, id: open.id, reason: "password changed" };
    await database.db.operator((tx) => liftMeasure(tx, operator(), lift, services));
    expect(await offFor(tenantId)).toEqual([]);
    await expect(database.db.operator((tx) => liftMeasure(tx, operator(), lift, services))).rejects.toMatchObject({
      code: "measures.over",
    });
    await claimsHold(tenantId);
  });

  const debt = (tenantId: TenantId, facts: Partial<NoteViolation> = {}) => {
    const sourceKey = `service ${++noted}/2026-1`;
    owed.add(`${tenantId}/${sourceKey}`);
    const rest = { nature: "nonpayment", source: "dunning", sourceKey } as const;
    return { sourceKey, noted: note(tenantId, { ...rest, ...facts }) };
  };
  const lift = () => liftPaid(services, AbortSignal.timeout(60_000));

  test("R48: what is not paid for one service takes from that service alone", async () => {
    const tenantId = await newTenant();
    const spaceId = newId<SpaceId>(clock, random);
    await impose(tenantId, await debt(tenantId, { product: "backup", subjectId: spaceId }).noted, "grave");
    await impose(tenantId, await debt(tenantId, { product: "mail" }).noted, "serious");
    clock.advance(15 * dayMs);
    await tick();
    expect(await offFor(tenantId)).toEqual(["backup.new", "mail.new"]);
    expect(switched.at(-1)).toMatchObject({ tenantId, spaces: [spaceId] });
    await claimsHold(tenantId);
    // The same for everything of the product reaches every space.
    await impose(tenantId, await note(tenantId, { product: "backup", nature: "malicious_content" }), "serious");
    expect(await offFor(tenantId)).toContain("backup.upload");
    await claimsHold(tenantId);
  });

  test("R48: who pays is not limited: not when it is decided, not when it would begin, and not afterwards", async () => {
    const tenantId = await newTenant();
    const decided = debt(tenantId);
    const violationId = await decided.noted;
    owed.delete(`${tenantId}/${decided.sourceKey}`);
    await expect(impose(tenantId, violationId, "grave")).rejects.toMatchObject({ code: "measures.paid" });
    const announced = debt(tenantId);
    await impose(tenantId, await announced.noted, "grave");
    expect(await lift()).toBe(0);
    owed.delete(`${tenantId}/${announced.sourceKey}`);
    mails = [];
    expect(await lift()).toBe(1);
    expect(mails[0]?.text).toContain("pagato");
    expect(mails[1]?.text).toContain("paid");
    clock.advance(15 * dayMs);
    await tick();
    expect(await onlyMeasure(tenantId)).toMatchObject({ state: "lifted" });
    expect(await offFor(tenantId)).toEqual([]);
    const inForce = debt(tenantId);
    await impose(tenantId, await inForce.noted, "grave");
    clock.advance(15 * dayMs);
    await tick();
    expect(await offFor(tenantId)).toEqual(["mail.new", "mail.send"]);
    owed.delete(`${tenantId}/${inForce.sourceKey}`);
    expect(await lift()).toBe(1);
    expect(await offFor(tenantId)).toEqual([]);
    expect(await lift()).toBe(0);
  });

  test("R35, R65: an authority's order acts at once by one person, names its reference, and lasts until it ends", async () => {
    const tenantId = await newTenant();
    const facts = { nature: "authority_order", severity: "grave", authorityReference: "RGNR 123/26" } as const;
    await impose(tenantId, await note(tenantId, facts), "grave");
    expect(await offFor(tenantId)).toEqual(["mail.new", "mail.send", "mail.manage"]);
    expect(mails[0]?.text).toContain("RGNR 123/26");
    clock.advance(400 * dayMs);
    await tick();
    expect(await offFor(tenantId)).toHaveLength(3);
    const { id } = await onlyMeasure(tenantId);
    await database.db.operator((tx) => liftMeasure(tx, operator(), { tenantId, id, reason: "revoked" }, services));
    expect(await offFor(tenantId)).toEqual([]);
    // What the law of the place forbids has a nature of its own.
    expect(
      verdictOn({ nature: "unlawful_at_site", severity: "grave", product: "backup", recurrence: 0 }),
    ).toMatchObject({
      level: "suspension",
      capabilities: ["backup.new", "backup.upload", "backup.manage"],
      needsSecondPerson: true,
    });
    await expect(note(tenantId, { authorityReference: "x" })).rejects.toMatchObject({ code: "measures.reference" });
  });
});

describe("reasons and objection", () => {
  test("R66: everybody concerned is sent facts, clause, reckoning, what is off and on, and the remedies, in their language", async () => {
    const tenantId = await newTenant();
    await impose(tenantId, await note(tenantId), "serious");
    expect(mails.map(({ to, language, subject }) => [to, language, subject])).toEqual([
      [`anna@${tenantId}.test`, "it", "Restrizione: Mail"],
      [`ugo@${tenantId}.test`, "en", "Restriction: Mail"],
    ]);
    for (const part of ["Ottomila messaggi.", "art. 9.2", "nuovi domini", "ricevere posta", "/notices", "contestare"])
      expect(mails[0]?.text).toContain(part);
    for (const part of ["Ottomila messaggi.", "art. 9.2", "new domains", "receiving mail", "contest"])
      expect(mails[1]?.text).toContain(part);
    expect(await onlyMeasure(tenantId)).toMatchObject({ told: 2, statement: mails[0]?.text });
  });

  test("R66: only an authority's gag keeps the reasons back, from mail, console and the customer's log", async () => {
    const tenantId = await newTenant();
    const facts = { nature: "authority_order", authorityReference: "X 1/26", isSilent: true } as const;
    await impose(tenantId, await note(tenantId, facts), "minor");
    expect(mails).toEqual([]);
    const rows = await database.db.tenant(
      tenantId,
      (tx) => tx.sql<{ action: string }[]>`select action from audit_entries where tenant_id = ${tenantId}`,
    );
    expect(rows.map(({ action }) => action).filter((action) => action.startsWith("measures."))).toEqual([]);
    const own = await database.db.tenant(
      providerTenantId,
      (tx) => tx.sql`select 1 from audit_entries where tenant_id = ${providerTenantId} and action = 'measures.imposed'`,
    );
    expect(own.length).toBeGreaterThan(0);
    // What follows from it elsewhere is kept back too, also at its end.
    expect(switched.at(-1)).toMatchObject({ tenantId, isSilent: true });
    const { id } = await onlyMeasure(tenantId);
    switched = [];
    await database.db.operator((tx) => liftMeasure(tx, operator(), { tenantId, id, reason: "revoked" }, services));
    expect(switched).toMatchObject([{ tenantId, off: [], isSilent: true }]);
    await claimsHold(tenantId);
  });

  const user = (tenantId: TenantId): Extract<Actor, { kind: "user" }> => ({
    kind: "user",
    tenantId,
    principalId: newId<PrincipalId>(clock, random),
    role: "owner",
    ip: "192.0.2.2",
  });
  const appeal = async (tenantId: TenantId) => {
    const { id: measureId } = await onlyMeasure(tenantId);
    return database.db.tenant(tenantId, (tx) =>
      fileAppeal(tx, user(tenantId), { measureId, body: "Era una newsletter." }, services),
    );
  };

  test("R66: an objection is decided by two who had no part in the measure; upheld, it undoes the measure", async () => {
    const tenantId = await newTenant();
    const imposer = operator();
    await impose(tenantId, await note(tenantId, { severity: "grave" }), "grave", imposer);
    const filed = await appeal(tenantId);
    expect(filed.dueAt.getTime() - clock.nowMs()).toBe(14 * dayMs);
    await expect(appeal(tenantId)).rejects.toMatchObject({ code: "measures.appealed" });
    const decision = { tenantId, appealId: filed.id, outcome: "upheld", text: "C'era il consenso." } as const;
    const propose = (actor: ReturnType<typeof operator>) =>
      database.db.operator((tx) => proposeDecision(tx, actor, decision, services));
    await expect(propose(imposer)).rejects.toMatchObject({ code: "measures.own_measure" });
    const approvalId = await propose(operator());
    await expect(approve(approvalId, imposer)).rejects.toMatchObject({ code: "measures.own_measure" });
    mails = [];
    await approve(approvalId);
    expect(mails[0]?.text).toContain("C'era il consenso.");
    expect(await onlyMeasure(tenantId)).toMatchObject({ state: "overturned" });
    expect(await offFor(tenantId)).toEqual([]);
    // It does not count as an earlier one.
    clock.advance(dayMs);
    await impose(tenantId, await note(tenantId), "serious");
    expect((await measuresOf(tenantId))[0]).toMatchObject({ level: "restriction", recurrence: 0 });
  });

  test("R64, R66: an objection upheld after the measure ran out still annuls it: it counts no more", async () => {
    const tenantId = await newTenant();
    await impose(tenantId, await note(tenantId, { severity: "grave" }), "grave");
    const filed = await appeal(tenantId);
    clock.advance(14 * dayMs);
    await tick();
    const { endedAt } = await onlyMeasure(tenantId);
    clock.advance(dayMs);
    const decision = { tenantId, appealId: filed.id, outcome: "upheld", text: "C'era il consenso." } as const;
    await approve(await database.db.operator((tx) => proposeDecision(tx, operator(), decision, services)));
    expect(await onlyMeasure(tenantId)).toMatchObject({ state: "overturned", endedAt, endReason: decision.text });
    const rows = await database.db.tenant(
      tenantId,
      (tx) => tx.sql`select 1 from audit_entries where tenant_id = ${tenantId} and action = 'measures.overturned'`,
    );
    expect(rows).toHaveLength(1);
    await impose(tenantId, await note(tenantId), "serious");
    expect((await measuresOf(tenantId))[0]).toMatchObject({ level: "restriction", recurrence: 0 });
  });

  test("R66: a late objection is refused, and a rejected one leaves the measure", async () => {
    const tenantId = await newTenant();
    await impose(tenantId, await note(tenantId, { nature: "compromised_account" }), "grave");
    const filed = await appeal(tenantId);
    const decision = { tenantId, appealId: filed.id, outcome: "rejected", text: "No." } as const;
    await approve(await database.db.operator((tx) => proposeDecision(tx, operator(), decision, services)));
    expect(await onlyMeasure(tenantId)).toMatchObject({ state: "in_force" });
    const late = await newTenant();
    await impose(late, await note(late), "serious");
    clock.advance(measureLimits.appealWithinMs);
    await expect(appeal(late)).rejects.toMatchObject({ code: "measures.appeal_late" });
  });
});
