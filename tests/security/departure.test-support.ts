import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Actor,
  type Id,
  type MailAccountId,
  newId,
  type OperatorRole,
  type TenantId,
  utf8,
} from "@casaforte/kernel";
import type { DepartureServices } from "@casaforte/modules/departure";
import { appendMessage, ingestMessage, readMailboxes } from "@casaforte/modules/mailbox";
import { mergeTickets, type TicketId } from "@casaforte/modules/tickets";
import { openPool } from "@casaforte/platform/db";
import { afterAll, beforeAll } from "vitest";
import { departingServices } from "../../apps/server/src/departing.ts";
import { startWorld, type World } from "./world.test-support.ts";

export let world: World;
export let services: DepartureServices;
export let tenantId: TenantId;
export let stranger: TenantId;
export let owner: Extract<Actor, { kind: "user" }>;
export const canary = `canarino-${Math.random().toString(36).slice(2)}`;
export const name = `${canary} Srl`;
export const never = new AbortController().signal;
const maker: Actor = { kind: "system", name: "test" };
export const mail = `From: a@b.test\r\nTo: c@d.test\r\nSubject: ${canary}\r\nMessage-ID: <1@b.test>\r\n\r\n${canary} nel corpo\r\n`;
export let address = "";
export let strangersAddress = "";
export let strangersOther = "";

export const id = <Branded extends Id<string>>() =>
  newId<Branded>(world.services.core.clock, world.services.core.random);
export const operator = (...roles: OperatorRole[]) =>
  ({ kind: "operator", principalId: id(), roles, ip: "192.0.2.7" }) as Extract<Actor, { kind: "operator" }>;

/** Something of every kind that a customer leaves behind. */
async function furnish(tenant: TenantId, domain: string, word: string): Promise<void> {
  const { core, mailbox } = world.services;
  await world.newDomain(tenant, domain);
  const box = await world.newMailAccount(tenant, domain);
  address = box.login;
  const accountId = box.principalId as string as MailAccountId;
  const ingested = await ingestMessage(mailbox, tenant, utf8(mail.replaceAll(canary, word)));
  await core.db.tenant(tenant, async (tx) => {
    const inbox = (await readMailboxes(tx, accountId)).find(({ role }) => role === "inbox");
    if (!inbox) throw new Error("no inbox");
    const flags = { bits: 1, keywords: [] };
    await appendMessage(tx, maker, { accountId, mailboxIds: [inbox.id], message: ingested, flags }, mailbox);
  });
  const space = await world.newSpace(tenant);
  const device = await world.newDevice(tenant, space);
  await world.newPolicy(tenant);
  const [into, from] = [await world.newTicket(tenant), await world.newTicket(tenant)] as [TicketId, TicketId];
  await core.db.operator((tx) =>
    mergeTickets(tx, operator("support"), { tenantId: tenant, into, from }, world.services.tickets),
  );
  await world.newRestoreToken(tenant, device.id);
  await world.newAlias(tenant, domain, accountId);
  for (const site of core.config.sites) {
    await core.blobsOfSite(site.id).put(tenant, utf8(word.repeat(9_000)));
    if (site.replica) await core.replicasOfSite(site.id).put(tenant, utf8(word.repeat(9_000)));
  }
  await core.archives.put(tenant, utf8(word));
}

beforeAll(async () => {
  world = await startWorld();
  services = departingServices(world.services);
  stranger = await world.newTenant("Resta Spa");
  await furnish(stranger, "resta.test", "resta");
  strangersAddress = address;
  strangersOther = (await world.newMailAccount(stranger, "resta.test")).login;
});
afterAll(() => world?.close());

/** Who is going to leave: the tenant, its owner and something of every kind, all marked with the canary. */
export async function bringLeaver(): Promise<void> {
  tenantId = await world.newTenant(name);
  await furnish(tenantId, `${canary}.test`, canary);
  const person = await world.newPerson(tenantId, { role: "owner", withPassword: true });
  await world.session(person);
  owner = { kind: "user", tenantId, principalId: person.principalId, role: "owner", ip: "192.0.2.1" };
}

/** The tables with a row that holds the needle. Reads as somebody who may read everything. */
export async function search(needle: string): Promise<string[]> {
  const [found = []] = await searchAll([needle]);
  return found;
}

/** As `search` for each of several needles, in their order, in one look at every table. */
export async function searchAll(needles: readonly string[]): Promise<string[][]> {
  const pool = openPool(world.database.cluster.ownerUrl, 1);
  const found = needles.map((): string[] => []);
  const tables = await pool<{ name: string; isTenants: boolean }[]>`
    select c.relname::text as name, exists (select 1 from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as "isTenants"
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`;
  for (const { name: table, isTenants } of tables) {
    await pool.unsafe(`alter table "${table}" no force row level security`);
    const rows = await pool.unsafe<{ n: number }[]>(
      `select n::int from unnest($1::text[]) with ordinality as o (needle, n)
        where exists (select 1 from "${table}" t where t::text ilike '%' || o.needle || '%')`,
      [[...needles]],
    );
    if (isTenants) await pool.unsafe(`alter table "${table}" force row level security`);
    for (const { n } of rows) found[n - 1]?.push(table);
  }
  await pool.end();
  return found;
}

/** Names of files, and files with the bytes, below where blobs, keys and archives lie. */
export async function searchFiles(needles: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const { config } = world.services.core;
  const places = config.sites.flatMap((site) => [site.blobs, ...(site.replica ? [site.replica.blobs] : [])]);
  for (const directory of new Set([config.data, ...places]))
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const text = entry.isFile() ? (await readFile(path)).toString("latin1") : "";
      if (needles.some((needle) => path.includes(needle) || text.includes(needle))) found.push(path);
    }
  return found;
}

export const python = (script: string, ...args: string[]) => promisify(execFile)("python3", ["-c", script, ...args]);

/** The product's clock, so many days on. */
export const later = (days: number) => {
  const { clock } = world.services.core;
  return { sleep: clock.sleep.bind(clock), nowMs: () => clock.nowMs() + days * 86_400_000 + 1_000 };
};
