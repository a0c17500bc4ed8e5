import { type Actor, newId, type PrincipalId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { describe, expect, test } from "vitest";
import { fileAppeal, liftMeasure, measureLimits, proposeDecision } from "./index.ts";
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
  random,
  services,
  switched,
  tick,
} from "./measures.test-support.ts";

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
    switched.length = 0;
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
    // The second person reads whose objection it is.
    const [asked] = await database.db.operator(
      (tx) => tx.sql`select subject from approvals_requests where id = ${approvalId}`,
    );
    expect(asked).toEqual({ subject: "Rossi" });
    await expect(approve(approvalId, imposer)).rejects.toMatchObject({ code: "measures.own_measure" });
    mails.length = 0;
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
