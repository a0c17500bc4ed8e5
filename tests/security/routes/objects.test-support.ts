import { randomUUID } from "node:crypto";
import type { TenantId } from "@casaforte/kernel";
import type { ObjectKind } from "../route-table.test-support.ts";
import type { World } from "../world.test-support.ts";

interface Owner {
  readonly tenantId: TenantId;
  /** Whose objects go under this domain. */
  readonly domain: string;
  /** Not the stranger of the test. */
  readonly isOwn: boolean;
}

/** One object of a kind. Returns its id. */
export async function make(world: World, kind: ObjectKind, { tenantId, domain, isOwn }: Owner): Promise<string> {
  switch (kind) {
    case "space":
      return world.newSpace(tenantId);
    case "device":
      return (await world.newDevice(tenantId, await world.newSpace(tenantId))).id;
    case "enrolment":
      return (await world.newEnrolment(tenantId, await world.newSpace(tenantId))).id;
    case "policy":
      return world.newPolicy(tenantId);
    case "ticket":
      return world.newTicket(tenantId);
    case "domain":
      return world.newDomain(tenantId, `d-${randomUUID().slice(0, 8)}.${domain}`);
    case "deletedMailAccount":
      return world.newDeletedMailAccount(tenantId, domain);
    case "invitedMailAccount":
      return (await world.newMailAccount(tenantId, domain, "invited")).principalId;
    case "mailAccount":
      return (await world.newMailAccount(tenantId, domain)).principalId;
    case "address":
      return world.newAlias(tenantId, domain, (await world.newMailAccount(tenantId, domain)).principalId);
    case "person":
      return (await world.newPerson(tenantId, { role: "technician" })).principalId;
    case "operatorPerson":
      // For the operators' own people, a customer's is the stranger.
      return (await world.newPerson(tenantId, isOwn ? { operatorRoles: ["legal"] } : { role: "billing" })).principalId;
    case "session":
      return (await world.session(await world.newPerson(tenantId, { role: "billing" }))).id;
    case "tenant":
      return world.newTenant("Fresca Srl");
    case "webhook":
      return world.newWebhook(tenantId);
    case "nothing":
      return randomUUID();
  }
}

/** One object of each kind. */
export async function objectsOf(world: World, owner: Owner): Promise<Record<ObjectKind, string>> {
  const kinds = [
    "space",
    "device",
    "enrolment",
    "policy",
    "ticket",
    "domain",
    "address",
    "mailAccount",
    "invitedMailAccount",
    "deletedMailAccount",
    "person",
    "operatorPerson",
    "session",
    "tenant",
    "webhook",
    "nothing",
  ] as const satisfies readonly ObjectKind[];
  const made: Partial<Record<ObjectKind, string>> = {};
  for (const kind of kinds) made[kind] = await make(world, kind, owner);
  return made as Record<ObjectKind, string>;
}

/** Everything that the database holds of a tenant, as one figure. */
export async function digest(world: World, tenantId: TenantId): Promise<string> {
  return world.services.core.db.tenant(tenantId, async (tx) => {
    const tables = await tx.sql<{ name: string }[]>`
      select c.relname::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and has_table_privilege(c.oid, 'select') order by 1`;
    const parts: string[] = [];
    for (const { name } of tables) {
      const [row] = await tx.sql<{ sum: string | null }[]>`
        select md5(string_agg(t::text, ',' order by t::text)) as sum from ${tx.sql(name)} t where tenant_id = ${tenantId}`;
      parts.push(`${name}: ${row?.sum ?? "empty"}`);
    }
    return parts.join("\n");
  });
}
