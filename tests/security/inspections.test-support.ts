import { randomBytes, randomUUID } from "node:crypto";
import { type Actor, type Clock, newId, romeIsoDate, type TenantId } from "@casaforte/kernel";
import {
  acceptQuote,
  type InspectionId,
  type InspectionServices,
  quoteInspection,
  type RequestInspection,
  requestInspection,
} from "@casaforte/modules/inspections";
import { afterAll, beforeAll } from "vitest";
import { inspectionDesk } from "../../apps/server/src/inspection-desk.ts";
import { type Person, startWorld, type World } from "./world.test-support.ts";

export const dayMs = 86_400_000;
export const system: Actor = { kind: "system", name: "test" };
export let world: World;
export let desk: InspectionServices;
export let alfa: TenantId;
export let bravo: TenantId;
export let owner: Extract<Actor, { kind: "user" }>;
export let strangers: Person;
export const words = { alfa: `Allodola ${randomUUID().slice(0, 8)}`, bravo: `Balestra ${randomUUID().slice(0, 8)}` };

export const later = (days: number): InspectionServices => ({
  ...desk,
  clock: { nowMs: () => world.services.core.clock.nowMs() + days * dayMs } as Clock,
});
export const day = (days: number) => romeIsoDate(world.services.core.clock.nowMs() + days * dayMs);
export const asked = (more: Partial<RequestInspection> = {}): RequestInspection => ({
  products: ["backup"],
  scope: "How backups are kept apart",
  firm: "Revisori Associati",
  nda: "NDA 7 of 2026-01-02",
  auditors: [{ name: "Rita Revisora", address: `rita-${randomUUID().slice(0, 8)}@revisori.test` }],
  fromOn: day(31),
  untilOn: day(32),
  grounds: null,
  language: "it",
  ...more,
});
export const inAlfa = <Result>(work: Parameters<typeof world.services.core.db.tenant<Result>>[1]) =>
  world.services.core.db.tenant(alfa, work);
export const ask = (input: RequestInspection, services = desk): Promise<InspectionId> =>
  inAlfa((tx) => requestInspection(tx, owner, input, services));
const operator = () =>
  ({
    kind: "operator",
    principalId: newId(world.services.core.clock, world.services.core.random),
    roles: ["billing"],
    ip: "192.0.2.9",
  }) as Extract<Actor, { kind: "operator" }>;
export const quote = (id: InspectionId, costCents: bigint) =>
  world.services.core.db.operator((tx) =>
    quoteInspection(tx, operator(), { tenantId: alfa, id, costCents, text: "Two days of an engineer" }, desk),
  );

/** Something of every kind that evidence tells of. */
async function furnish(tenantId: TenantId, domain: string): Promise<void> {
  await world.newDevice(tenantId, await world.newSpace(tenantId));
  await world.newDomain(tenantId, domain);
  await world.newAlias(tenantId, domain, (await world.newMailAccount(tenantId, domain)).principalId);
  await world.newTicket(tenantId);
}

/** An audit that runs today: asked for and accepted long ago. */
export async function running(): Promise<{ id: InspectionId; auditor: Person }> {
  const login = `rita-${randomUUID().slice(0, 8)}@revisori.test`;
  const input = asked({
    fromOn: day(0),
    untilOn: day(1),
    auditors: [{ name: "Rita Revisora", address: login }],
    grounds: { kind: "incident", text: "restored late" },
  });
  const id = await ask(input, later(-40));
  await quote(id, 48_000n);
  await inAlfa((tx) => acceptQuote(tx, owner, { id, costCents: 48_000n }, later(-39)));
  const principalId = await inAlfa(async (tx) => {
    const [row] = await tx.sql<{ id: Person["principalId"] }[]>`
      update identity_principals set status = 'active' where tenant_id = ${alfa} and login = ${login} returning id`;
    if (!row) throw new Error("nobody was invited");
    return row.id;
  });
  return { id, auditor: { realm: "user", tenantId: alfa, principalId, login } };
}

/** A second factor as a finished enrolment leaves it. */
export const giveFactor = ({ principalId }: Person) =>
  inAlfa(
    (tx) => tx.sql`
      insert into identity_passkeys (tenant_id, id, principal_id, credential_id, public_key, counter, name, backed_up,
        user_verified, created_at)
      values (${alfa}, ${randomUUID()}, ${principalId}, ${randomBytes(16)}, ${randomBytes(32)}, 0, 'key', false, true, now())`,
  );

export const look = (cookie: string, url: string, method: "GET" = "GET", payload: object = {}) =>
  world.faces.console.inject({
    method,
    url,
    headers: { cookie, "sec-fetch-site": "same-origin" },
    ...(method === "GET" ? {} : { payload }),
  });

beforeAll(async () => {
  world = await startWorld();
  desk = inspectionDesk(world.services);
  [alfa, bravo] = [await world.newTenant(words.alfa), await world.newTenant(words.bravo)];
  await furnish(alfa, "allodola.test");
  await furnish(bravo, "balestra.test");
  const person = await world.newPerson(alfa, { role: "owner" });
  owner = { kind: "user", tenantId: alfa, principalId: person.principalId, role: "owner", ip: "192.0.2.1" };
  strangers = await world.newPerson(bravo, { role: "owner" });
});
afterAll(() => world?.close());
