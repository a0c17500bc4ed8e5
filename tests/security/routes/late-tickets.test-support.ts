import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { expect } from "vitest";
import type { Person, World } from "../world.test-support.ts";

/**
 * Two computers of one customer are late by one cause: one ticket, mailed in its language, whose first words are ours and
 * name them, and no other while that one lives and all that are late stand in it.
 */
export async function checkLateTickets(world: World, operator: Person): Promise<void> {
  const { db } = world.services.core;
  const tenantId = (await world.newTenant("Tardi Srl")) as TenantId;
  await world.newPerson(tenantId, { role: "admin" });
  const owner = await world.newPerson(tenantId, { role: "owner" });
  const nobody = await world.newTenant("Nessuno Srl");
  const lag = async (customer: TenantId) => {
    const { id } = await world.newDevice(customer, await world.newSpace(customer));
    await db.tenant(
      customer,
      (tx) => tx.sql`update devices_devices set agent_version = '0.0.9', enrolled_at = now() - interval '9 days',
        last_seen_at = now() - interval '8 days', last_success_at = null where tenant_id = ${customer} and id = ${id}`,
    );
  };
  for (const customer of [tenantId, tenantId, nobody]) await lag(customer);
  const { cookie } = await world.session(operator);
  const headers = { cookie, "sec-fetch-site": "same-origin" };
  const board = (await world.faces.operator.inject({ url: "/api/board", headers })).json();
  expect(board.late).toContainEqual({ cause: "silent", agentVersion: "0.0.9", devices: 3, customers: 2 });
  const payload = {
    ...{ cause: "silent", agentVersion: "0.0.9" },
    texts: { it: { subject: "Fermo", body: "Aggiornate" }, en: { subject: "Late", body: "Update" } },
  };
  const send = async (key: string) => {
    const keyed = { ...headers, "idempotency-key": key };
    const to = { method: "POST", url: "/api/board/late/tickets" } as const;
    return (await world.faces.operator.inject({ ...to, headers: keyed, payload })).json();
  };
  const once = { opened: 1, unreached: 1, known: 0, left: 0 };
  expect([await send("late-morning"), await send("late-morning")]).toEqual([once, once]);
  expect(await send("late-noon")).toEqual({ opened: 0, unreached: 1, known: 1, left: 0 });
  const computers = await db.tenant(
    tenantId,
    (tx) => tx.sql<{ name: string }[]>`select name from devices_devices where tenant_id = ${tenantId} order by name`,
  );
  const body = `Aggiornate\n\n${computers.map(({ name }) => `- ${name}`).join("\n")}`;
  const tickets = await db.tenant(
    tenantId,
    (tx) => tx.sql`select t.subject, t.state, t.requester_address, e.author, e.body, e.message_id <> '' as mailed
      from tickets_tickets t join tickets_entries e on e.tenant_id = t.tenant_id and e.ticket_id = t.id
      where t.tenant_id = ${tenantId}`,
  );
  expect([...tickets]).toEqual([
    {
      ...{ subject: "Fermo", state: "waiting_customer", requester_address: owner.login },
      ...{ author: "operator", body, mailed: true },
    },
  ]);
  // One that is late since then was not told of, whatever the subject.
  await lag(tenantId);
  expect(await send("late-evening")).toEqual({ opened: 1, unreached: 1, known: 0, left: 0 });
  expect(await send("late-night")).toEqual({ opened: 0, unreached: 1, known: 1, left: 0 });
  const note = await world.faces.operator.inject({
    ...{ method: "POST", url: "/api/board/sites/mi1/notes", headers: { ...headers, "idempotency-key": "note" } },
    payload: { text: "Ordinati 40 TB, arrivano il 12" },
  });
  expect(note.statusCode).toBe(204);
  const noted = await db.tenant(
    providerTenantId,
    (tx) => tx.sql`select details->>'text' as text from audit_entries
      where tenant_id = ${providerTenantId} and action = 'board.capacity_noted'`,
  );
  expect([...noted]).toEqual([{ text: "Ordinati 40 TB, arrivano il 12" }]);
}
