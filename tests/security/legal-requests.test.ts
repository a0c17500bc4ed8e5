import { createHash, randomUUID } from "node:crypto";
import { listAudit } from "@casaforte/modules/audit";
import {
  deadlineOf,
  decideLegalRequest,
  endGag,
  type HoldId,
  isHeld,
  type LegalRequestId,
  type OperatorActor,
  registerLegalRequest,
  tellCustomers,
} from "@casaforte/modules/compliance";
import { describe, expect, test } from "vitest";
import { id, never, services, stranger, strangersAddress, strangersOther, world } from "./departure.test-support.ts";

describe("a request of an authority", () => {
  const said = {
    kind: "production",
    authority: "Procura della Repubblica",
    act: "Decreto 7/2026",
    legalBasis: "art. 254-bis c.p.p.",
    receivedAtMs: Date.UTC(2026, 0, 30, 23, 30),
    deadlineMs: null,
    gag: true,
    gagUntilMs: null,
  } as const;
  const [ada, bea] = [legal(), legal()];
  function legal() {
    return {
      kind: "operator",
      principalId: randomUUID(),
      roles: ["legal"],
      ip: "192.0.2.7",
    } as unknown as OperatorActor;
  }
  const register = async (more: Partial<Parameters<typeof registerLegalRequest>[2]> = {}) => {
    const input = { ...said, id: id<LegalRequestId>(), holdId: id<HoldId>(), aboutTenant: stranger, nowMs: Date.now() };
    const scope = { parts: ["mail"] as const, mailAccounts: [strangersAddress] };
    await world.services.core.db.operator((tx) => registerLegalRequest(tx, ada, { ...input, scope, ...more }));
    return input.id;
  };
  const decide = (who: OperatorActor, requestId: LegalRequestId) =>
    world.services.core.db.operator((tx) =>
      decideLegalRequest(tx, who, { id: requestId, decision: "approve", reason: null, nowMs: Date.now() }),
    );

  test("R88: has ten days, eight hours in an emergency, or less where the act says so", () => {
    const at = said.receivedAtMs;
    expect(new Date(deadlineOf("production", at, null)).toISOString()).toBe("2026-02-09T23:30:00.000Z");
    expect(new Date(deadlineOf("emergency", at, null)).toISOString()).toBe("2026-01-31T07:30:00.000Z");
    expect(deadlineOf("production", at, at + 3_600_000)).toBe(at + 3_600_000);
    expect(deadlineOf("emergency", at, at + 90 * 86_400_000)).toBe(at + 8 * 3_600_000);
  });

  test("R58: takes two persons, gives out its scope alone with the hash of what went, and notes every look", async () => {
    const { db } = world.services.core;
    const requestId = await register();
    const asLegal = await world.session(await world.newPerson(stranger, { operatorRoles: ["legal"] }));
    const take = (cookie: string) =>
      world.faces.operator.inject({ url: `/api/legal-requests/${requestId}/delivery`, headers: { cookie } });
    expect((await take(asLegal.cookie)).statusCode).toBe(409);
    await expect(decide(ada, requestId)).rejects.toMatchObject({ code: "compliance.same_person" });
    await expect(
      db.operator(
        (tx) =>
          tx.sql`update compliance_requests set decided_by = registered_by, decided_at = now() where id = ${requestId}`,
      ),
    ).rejects.toMatchObject({ constraint_name: "compliance_two_persons" });
    await decide(bea, requestId);
    const infra = await world.session(await world.newPerson(stranger, { operatorRoles: ["infra", "security"] }));
    expect((await take(infra.cookie)).statusCode).toBe(403);
    const { rawPayload, statusCode } = await take(asLegal.cookie);
    expect(statusCode).toBe(200);
    const text = rawPayload.toString("latin1");
    expect(text).toContain(`mail/${strangersAddress}/`);
    expect([text.includes(strangersOther), text.includes("settings/")]).toEqual([false, false]);
    const headers = { cookie: asLegal.cookie };
    const { requests } = (await world.faces.operator.inject({ url: "/api/legal-requests", headers })).json<{
      requests: { id: string; state: string; deliveredSha256: string }[];
    }>();
    const [listed] = requests.filter((each) => each.id === requestId);
    const sha256 = createHash("sha256").update(rawPayload).digest("hex");
    expect(listed).toMatchObject({ state: "delivered", deliveredSha256: sha256 });
    const looks = await world.faces.operator.inject({ url: `/api/legal-requests/${requestId}/looks`, headers });
    expect(looks.json<{ looks: { what: string }[] }>().looks.map(({ what }) => what)).toEqual(["list", "delivery"]);
  });

  test("R58: a scope that cannot be met is refused, and a deleted mailbox that is not purged is handed out", async () => {
    const narrowed = { parts: ["mail", "settings"] as const, mailAccounts: [strangersAddress] };
    await expect(register({ scope: narrowed })).rejects.toMatchObject({ code: "compliance.scope" });
    await expect(register({ scope: { parts: [] } })).rejects.toMatchObject({ code: "compliance.no_parts" });
    const settings = services.exporters.find(({ part }) => part === "settings");
    await expect(
      settings?.entries(stranger, { from: new Date() }, never)[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({ code: "departure.scope" });
    const asLegal = await world.session(await world.newPerson(stranger, { operatorRoles: ["legal"] }));
    const take = async (mailAccounts: string[]) => {
      const requestId = await register({ scope: { parts: ["mail"], mailAccounts } });
      await decide(bea, requestId);
      const headers = { cookie: asLegal.cookie };
      return world.faces.operator.inject({ url: `/api/legal-requests/${requestId}/delivery`, headers });
    };
    const nobody = await take(["nessuno@resta.test"]);
    expect([nobody.statusCode, nobody.body.includes("mailbox.not_there")]).toEqual([404, true]);
    const accountId = await world.newDeletedMailAccount(stranger, "resta.test");
    const [account] = await world.services.core.db.tenant(
      stranger,
      (tx) => tx.sql<{ address: string }[]>`select address from mailbox_accounts where id = ${accountId}`,
    );
    expect((await take([account?.address ?? ""])).statusCode).toBe(200);
    const mail = services.exporters.find(({ part }) => part === "mail");
    const customers = mail?.entries(stranger, { mailAccounts: [account?.address ?? ""] }, never);
    await expect(customers?.[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "mailbox.not_there" });
  });

  test("R58: under a gag the customer learns nothing, and is told in its own log and by mail when the gag ends", async () => {
    const { db } = world.services.core;
    const told: string[] = [];
    const services = {
      db,
      clock: world.services.core.clock,
      tell: async (_tx: unknown, { act }: { act: string }) => void told.push(act),
    };
    const requestId = await register({ act: "Decreto 8/2026" });
    await decide(bea, requestId);
    await tellCustomers(services);
    expect(told).toEqual([]);
    const log = () => db.tenant(stranger, (tx) => listAudit(tx, { tenantId: stranger, action: "compliance" }));
    expect((await log()).entries).toEqual([]);
    await db.operator((tx) => endGag(tx, bea, { id: requestId, nowMs: Date.now() }));
    await tellCustomers(services);
    await tellCustomers(services);
    expect(told).toEqual(["Decreto 8/2026"]);
    expect((await log()).entries.map(({ details }) => details["act"])).toEqual(["Decreto 8/2026"]);
  });

  test("R88, R92: a request to preserve holds everything from the moment it is noted", async () => {
    const { db } = world.services.core;
    expect(await db.operator((tx) => isHeld(tx, stranger))).toBe(false);
    await register({ kind: "preservation" });
    expect(await db.operator((tx) => isHeld(tx, stranger))).toBe(true);
  });
});
