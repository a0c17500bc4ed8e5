import type { MonthReply } from "@casaforte/contract/billing";
import type { TenantNoteReply, TenantServicesReply } from "@casaforte/contract/tenants";
import { type MailAccountId, parseId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { updateMailAccount } from "@casaforte/modules/mailbox";
import { expect } from "vitest";
import type { Person, World } from "../world.test-support.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/**
 * Two customers with services, and operators who read and write about one of them: each figure is of that one, the customer
 * sees that somebody looked and never a note, and an operator's own copy of his data has his notes and nobody else's.
 */
export async function checkDesk(world: World): Promise<void> {
  const { db } = world.services.core;
  const [one, other] = [await world.newTenant("Uno Srl"), await world.newTenant("Altro Srl")];
  const space = await world.newSpace(one);
  const computer = await world.newDevice(one, space);
  await world.newDevice(one, space);
  await world.newDevice(other, await world.newSpace(other));
  await db.tenant(
    one,
    (tx) => tx.sql`update devices_devices set enrolled_at = now() - interval '3 days', last_success_at = null
      where tenant_id = ${one} and id = ${computer.id}`,
  );
  await world.newDomain(one, "uno.test");
  await world.newDomain(other, "altro.test");
  await world.newMailAccount(one, "uno.test");
  const suspended = await world.newMailAccount(one, "uno.test");
  await world.newDeletedMailAccount(one, "uno.test");
  await world.newMailAccount(other, "altro.test");
  const maker = { kind: "system", name: "test" } as const;
  const accountId = parseId<MailAccountId>(suspended.principalId);
  await db.tenant(one, (tx) => updateMailAccount(tx, maker, { accountId, state: "suspended" }, world.services.mailbox));

  const support = await world.newPerson(providerTenantId, { operatorRoles: ["support"] });
  const billing = await world.newPerson(providerTenantId, { operatorRoles: ["billing"] });
  const legal = await world.newPerson(providerTenantId, { operatorRoles: ["legal"] });
  const call = async (who: Person, method: Method, url: string, payload?: object) => {
    const { cookie } = await world.session(who);
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    const reply = await world.faces.operator.inject({ method, url, headers, ...(payload ? { payload } : {}) });
    return { status: reply.statusCode, text: reply.body, body: reply.body === "" ? null : reply.json() };
  };

  const at = `/api/tenants/${one}`;
  const services = (await call(support, "GET", `${at}/services`)).body as TenantServicesReply;
  expect(services.spaces.map(({ id, state }) => [id, state])).toEqual([[space, "active"]]);
  expect(services.devices).toEqual({ active: 2, late: 1 });
  expect(services.domains).toEqual([
    { name: "uno.test", state: "active", active: 1, suspended: 1, deleted: 1, usedBytes: 0 },
  ]);
  // Every operator reads what a month costs, also one without the role that changes bills.
  for (const who of [support, billing, legal]) {
    const month = await call(who, "GET", `${at}/month`);
    expect(month.status).toBe(200);
    expect((month.body as MonthReply).forecastNetCents).toBeGreaterThanOrEqual(0);
  }
  // The customer's log says so, for each look.
  const looks = async (tenantId: TenantId, action: string) =>
    (await db.tenant(tenantId, (tx) => listAudit(tx, { tenantId, action }))).entries.map(({ actorId }) => actorId);
  expect(await looks(one, "tenancy.services_listed")).toEqual([support.principalId]);
  expect((await looks(one, "billing.month_read")).sort()).toEqual(
    [support, billing, legal].map(({ principalId }): string => principalId).sort(),
  );
  for (const action of ["tenancy.services_listed", "billing.month_read"])
    expect(await looks(other, action)).toEqual([]);

  const written = await call(support, "POST", `${at}/notes`, { text: "vuole-essere-richiamato" });
  expect([written.status, (written.body as TenantNoteReply).mayChange]).toEqual([201, true]);
  const note = `${at}/notes/${(written.body as TenantNoteReply).id}`;
  const listed = await call(billing, "GET", `${at}/notes`);
  expect((listed.body as { notes: TenantNoteReply[] }).notes).toMatchObject([
    { text: "vuole-essere-richiamato", mayChange: false, mayDelete: false },
  ]);
  expect((await call(billing, "PATCH", note, { text: "x" })).status).toBe(403);
  expect((await call(billing, "DELETE", note)).status).toBe(403);
  expect((await call(support, "POST", `${at}/notes`, { text: "x".repeat(4_001) })).status).toBe(422);
  // Under another customer's address it is not there.
  expect((await call(support, "PATCH", note.replace(one, other), { text: "x" })).status).toBe(404);
  expect((await call(support, "GET", `/api/tenants/${other}/notes`)).text).not.toContain("vuole-essere");

  const owner = await world.newPerson(one, { role: "owner" });
  const { cookie } = await world.session(owner);
  for (const url of ["/api/audit", "/api/tenant", "/api/auth/data", note]) {
    const reply = await world.faces.console.inject({ url, headers: { cookie, "sec-fetch-site": "same-origin" } });
    expect(reply.body, url).not.toContain("vuole-essere");
    expect(reply.body, url).not.toContain("note_added");
  }
  const copyOf = async (who: Person) => (await call(who, "GET", "/api/auth/data")).text;
  expect([(await copyOf(support)).includes("vuole-essere"), (await copyOf(legal)).includes("vuole-essere")]).toEqual([
    true,
    false,
  ]);
  const gone = await call(legal, "DELETE", note);
  expect(gone.status).toBe(200);
  expect((await call(support, "GET", `${at}/notes`)).body).toEqual({ notes: [], nextCursor: null });
  // Taken back by who deleted it, at the customer whose it was.
  const restore = (who: Person, tenant: string) => call(who, "POST", `${tenant}/notes/restore`, gone.body as object);
  expect((await restore(support, at)).status).toBe(412);
  expect((await restore(legal, at.replace(one, other))).status).toBe(412);
  expect((await restore(legal, at)).body).toMatchObject({ text: "vuole-essere-richiamato", mayChange: false });
  expect((await call(legal, "DELETE", note)).status).toBe(200);
  expect((await call(support, "GET", `${at}/notes`)).body).toEqual({ notes: [], nextCursor: null });
}
