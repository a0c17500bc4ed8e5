import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { expect } from "vitest";
import type { Person, World } from "../world.test-support.ts";

/**
 * Two requests of one customer made one, and one request about an incident: what the customer's own face shows of both, and
 * that no merge reaches into another customer.
 */
export async function checkJoinedTickets(world: World, operator: Person): Promise<void> {
  const { db } = world.services.core;
  const tenantId = (await world.newTenant("Uniti Srl")) as TenantId;
  const stranger = (await world.newTenant("Altrui Srl")) as TenantId;
  const customer = await world.newPerson(tenantId, { role: "owner" });
  const call = async (face: "console" | "operator", person: Person) => {
    const { cookie } = await world.session(person);
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    return async (method: "GET" | "POST" | "PUT", url: string, payload?: object) => {
      const reply = await world.faces[face].inject({ method, url, headers, ...(payload ? { payload } : {}) });
      return { status: reply.statusCode, body: reply.json() };
    };
  };
  const [console_, desk] = [await call("console", customer), await call("operator", operator)];
  const open = async (subject: string) =>
    (await console_("POST", "/api/tickets", { kind: "question", severity: "normal", subject, body: subject })).body;
  const [first, second] = [await open("Uno"), await open("Due")];
  const foreign = await world.newTicket(stranger);
  const url = `/api/desk/tickets/${tenantId}/${first.id}`;
  expect(await desk("POST", `${url}/merge`, { id: foreign })).toMatchObject({ status: 404 });
  expect(await desk("POST", `/api/desk/tickets/${stranger}/${foreign}/merge`, { id: second.id })).toMatchObject({
    status: 404,
  });
  expect(await desk("POST", `${url}/merge`, { id: second.id })).toMatchObject({ status: 200, body: { state: "open" } });
  expect(await desk("POST", `${url}/merge`, { id: second.id })).toMatchObject({
    status: 409,
    body: { code: "tickets.merged" },
  });
  // The old page leads on, and who still writes there is heard in the one that goes on.
  expect((await console_("GET", `/api/tickets/${second.id}`)).body.ticket).toMatchObject({
    ...{ state: "closed", mergedInto: { id: first.id, number: first.number } },
  });
  expect(await console_("POST", `/api/tickets/${second.id}/answers`, { body: "Ancora" })).toMatchObject({
    status: 200,
    body: { id: first.id },
  });
  const { entries } = (await console_("GET", `/api/tickets/${first.id}`)).body;
  expect(entries.map(({ body, fromNumber }: Record<string, unknown>) => [body, fromNumber])).toEqual([
    ["Uno", null],
    ["Due", second.number],
    ["Ancora", null],
  ]);
  const about = { services: ["backup"], siteId: null, hostId: null, titleIt: "Lento", titleEn: "Slow" };
  const said = { textIt: "Guardiamo", textEn: "We look", planned: null };
  const notice = await desk("POST", "/api/desk/notices", { kind: "incident", severity: "minor", ...about, ...said });
  const { id: noticeId } = notice.body;
  expect(await desk("PUT", `${url}/notice`, { noticeId: first.id })).toMatchObject({
    status: 404,
    body: { code: "notices.not_found" },
  });
  expect(await desk("PUT", `${url}/notice`, { noticeId })).toMatchObject({ status: 200 });
  expect((await desk("GET", url)).body.notice).toMatchObject({ id: noticeId, titleIt: "Lento", closedAt: null });
  expect((await desk("GET", "/api/desk/linked-tickets")).body.notices).toContainEqual({ noticeId, linked: 1, live: 1 });
  expect((await desk("GET", `/api/desk/linked-tickets/${noticeId}`)).body.tickets).toMatchObject([{ id: first.id }]);
  // A customer whom it did not concern is not told of it.
  const seen = async () => (await console_("GET", `/api/tickets/${first.id}`)).body.notice;
  expect(await seen()).toBeNull();
  await db.tenant(
    tenantId,
    (tx) => tx.sql`insert into notices_affected (tenant_id, notice_id, at) values (${tenantId}, ${noticeId}, now())`,
  );
  expect(await seen()).toMatchObject({ id: noticeId, titleEn: "Slow" });
  const acts = await db.operator(
    (tx) => tx.sql<{ action: string }[]>`select action from audit_entries
      where tenant_id in (${tenantId}, ${providerTenantId}) and object_id in (${first.id}, ${second.id}) order by action`,
  );
  expect(acts.map(({ action }) => action)).toEqual(expect.arrayContaining(["tickets.linked", "tickets.merged"]));
}
