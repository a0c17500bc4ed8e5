import { newId, type SpaceId, type TenantId } from "@casaforte/kernel";
import { isViolation } from "@casaforte/platform/db";
import { describe, expect, test } from "vitest";
import {
  dismissViolation,
  levels,
  liftMeasure,
  liftPaid,
  measureTable,
  type NoteViolation,
  natures,
  noteViolation,
  severities,
  type ViolationId,
  verdictOn,
} from "./index.ts";
import {
  approve,
  claimsHold,
  clock,
  database,
  dayMs,
  impose,
  mails,
  measuresOf,
  newTenant,
  note,
  offFor,
  onlyMeasure,
  operator,
  owed,
  random,
  services,
  switched,
  system,
  tick,
} from "./measures.test-support.ts";

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
    mails.length = 0;
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

  let debts = 0;
  const debt = (tenantId: TenantId, facts: Partial<NoteViolation> = {}) => {
    const sourceKey = `service ${++debts}/2026-1`;
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
    mails.length = 0;
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
