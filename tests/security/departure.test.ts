import { execFile } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import {
  type Actor,
  type Id,
  type MailAccountId,
  newId,
  type OperatorRole,
  providerTenantId,
  type TenantId,
  utf8,
} from "@casaforte/kernel";
import { chainAudit, listAudit, verifyAuditChain } from "@casaforte/modules/audit";
import {
  deadlineOf,
  decideLegalRequest,
  endGag,
  type HoldId,
  isHeld,
  type LegalRequestId,
  liftHold,
  type OperatorActor,
  placeHold,
  registerLegalRequest,
  tellCustomers,
} from "@casaforte/modules/compliance";
import {
  cancelDeparture,
  type DeletionCertificate,
  type DepartureServices,
  eraseTenant,
  findRemains,
  requestDeparture,
  requestErasure,
  requestExport,
  runExport,
  verifyCertificate,
} from "@casaforte/modules/departure";
import { appendMessage, ingestMessage, readMailboxes } from "@casaforte/modules/mailbox";
import { openPool } from "@casaforte/platform/db";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificateKey } from "../../apps/server/src/audit-anchors.ts";
import { departingServices } from "../../apps/server/src/departing.ts";
import { openedLater } from "../../apps/server/src/open-later.ts";
import { startWorld, type World } from "./world.test-support.ts";

let world: World;
let services: DepartureServices;
let tenantId: TenantId;
let stranger: TenantId;
let owner: Extract<Actor, { kind: "user" }>;
const canary = `canarino-${Math.random().toString(36).slice(2)}`;
const name = `${canary} Srl`;
const never = new AbortController().signal;
const maker: Actor = { kind: "system", name: "test" };
const mail = `From: a@b.test\r\nTo: c@d.test\r\nSubject: ${canary}\r\nMessage-ID: <1@b.test>\r\n\r\n${canary} nel corpo\r\n`;
let address = "";
let strangersAddress = "";
let strangersOther = "";

const id = <Branded extends Id<string>>() => newId<Branded>(world.services.core.clock, world.services.core.random);
const operator = (...roles: OperatorRole[]) =>
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
  await world.newTicket(tenant);
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
  [tenantId, stranger] = [await world.newTenant(name), await world.newTenant("Resta Spa")];
  await furnish(stranger, "resta.test", "resta");
  strangersAddress = address;
  strangersOther = (await world.newMailAccount(stranger, "resta.test")).login;
  await furnish(tenantId, `${canary}.test`, canary);
  const person = await world.newPerson(tenantId, { role: "owner", withPassword: true });
  await world.session(person);
  owner = { kind: "user", tenantId, principalId: person.principalId, role: "owner", ip: "192.0.2.1" };
});
afterAll(() => world?.close());

/** Reads as somebody who may read everything. */
async function search(needle: string): Promise<string[]> {
  const pool = openPool(world.database.cluster.ownerUrl, 1);
  const found: string[] = [];
  const tables = await pool<{ name: string }[]>`
    select relname::text as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace order by 1`;
  for (const { name: table } of tables) {
    await pool.unsafe(`alter table "${table}" no force row level security`);
    const [row] = await pool.unsafe<{ count: number }[]>(
      `select count(*)::int as count from "${table}" t where t::text ilike '%' || $1 || '%'`,
      [needle],
    );
    const [forced] = await pool<{ yes: boolean }[]>`
      select exists (select 1 from pg_attribute where attrelid = ${table}::regclass and attname = 'tenant_id' and not attisdropped) as yes`;
    if (forced?.yes) await pool.unsafe(`alter table "${table}" force row level security`);
    if ((row?.count ?? 0) > 0) found.push(table);
  }
  await pool.end();
  return found;
}

/** Names of files, and files with the bytes, below where blobs, keys and archives lie. */
async function searchFiles(needles: readonly string[]): Promise<string[]> {
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

const python = (script: string, ...args: string[]) => promisify(execFile)("python3", ["-c", script, ...args]);

test("R62, R63: archives of settings and mail are read by other people's tools, with every hash of the manifest right", async () => {
  const { db } = world.services.core;
  const directory = await mkdtemp(join(tmpdir(), "cf-export-"));
  try {
    for (const part of ["settings", "mail"] as const) {
      const exportId = await db.tenant(tenantId, (tx) => requestExport(tx, owner, { part }, services));
      await runExport(services, tenantId, exportId, { signal: never, isLastTry: true });
      const face = world.faces.console;
      const { cookie } = await world.session(await world.newPerson(tenantId, { role: "admin" }));
      const get = (headers: Record<string, string>, from = cookie) =>
        face.inject({ method: "GET", url: `/api/exports/${exportId}/archive`, headers: { cookie: from, ...headers } });
      const whole = await get({});
      expect(whole.statusCode).toBe(200);
      const rest = await get({ range: "bytes=700-" });
      expect([rest.statusCode, rest.rawPayload.equals(whole.rawPayload.subarray(700))]).toEqual([206, true]);
      const other = await world.session(await world.newPerson(stranger, { role: "owner" }));
      expect((await get({}, other.cookie)).statusCode).toBe(404);
      await writeFile(join(directory, `${part}.tar`), whole.rawPayload);
    }
    const { stdout } = await python(
      `
import csv, hashlib, io, json, mailbox, os, sys, tarfile
root = sys.argv[1]
for part in ("settings", "mail"):
    with tarfile.open(f"{root}/{part}.tar") as tar:
        tar.extractall(root + "/" + part, filter="data")
    rows = list(csv.DictReader(open(f"{root}/{part}/MANIFEST.csv", newline="")))
    assert rows
    for row in rows:
        data = open(os.path.join(root, part, row["path"]), "rb").read()
        assert len(data) == int(row["bytes"]) and hashlib.sha256(data).hexdigest() == row["sha256"], row
base = f"{root}/settings/settings"
for name in os.listdir(base + "/json"):
    rows = json.load(open(f"{base}/json/{name}"))
    cells = list(csv.DictReader(open(f"{base}/csv/{name[:-5]}.csv", newline="")))
    schema = json.load(open(f"{base}/schema/{name[:-5]}.schema.json"))
    assert len(rows) == len(cells) and set(rows[0]) == set(schema["items"]["properties"]) == set(cells[0]), name
people = json.load(open(base + "/json/identity_principals.json"))
assert not any("hash" in key or "password" in key for person in people for key in person)
box = f"{root}/mail/mail/{sys.argv[2]}/INBOX"
for folder in ("new", "tmp"): os.makedirs(f"{box}/{folder}", exist_ok=True)
messages = list(mailbox.Maildir(box))
print(len(people), len(messages), messages[0]["subject"], messages[0].get_flags())
`,
      directory,
      address,
    );
    const [people, messages, subject, flags] = stdout.trim().split(" ");
    expect(Number(people)).toBeGreaterThan(1);
    expect([messages, subject, flags]).toEqual(["1", canary, "S"]);
    const mailHash = createHash("sha256").update(mail).digest("hex");
    expect(await readFile(join(directory, "mail", "MANIFEST.csv"), "utf8")).toContain(mailHash);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("R63: the settings archive holds no note of an operator", async () => {
  const { db, clock } = world.services.core;
  const [entry] = await db.tenant(
    tenantId,
    (tx) => tx.sql<{ ticket: string }[]>`select ticket_id as ticket from tickets_entries limit 1`,
  );
  await db.operator(
    (tx) =>
      tx.sql`insert into tickets_entries (tenant_id, id, ticket_id, author, body, at)
      values (${tenantId}, ${id()}, ${entry?.ticket ?? ""}, 'note', 'sospetto-interno', ${new Date(clock.nowMs())})`,
  );
  const settings = services.exporters.find(({ part }) => part === "settings");
  let texts = "";
  for await (const file of settings?.entries(tenantId, {}, never) ?? [])
    for await (const piece of file.open()) texts += Buffer.from(piece).toString();
  expect([texts.includes("sospetto-interno"), texts.includes("tickets_entries")]).toEqual([false, true]);
});

test("R86: nothing is deleted before the window ends, and nobody else can say the word for the customer", async () => {
  const { db } = world.services.core;
  await expect(
    db.tenant(tenantId, (tx) => requestDeparture(tx, owner, { tenantId, confirmation: "altro" }, services)),
  ).rejects.toMatchObject({ code: "departure.confirmation" });
  const { retrievalUntil, claim } = await db.tenant(tenantId, (tx) =>
    requestDeparture(tx, owner, { tenantId, confirmation: name }, services),
  );
  expect(retrievalUntil.getTime() - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
  await expect(eraseTenant(services, tenantId, never)).rejects.toMatchObject({ code: "departure.not_due" });
  expect((await search(canary)).length).toBeGreaterThan(5);
  const { statusCode } = await world.faces.console.inject({ url: `/api/departure-certificates/${claim}` });
  expect(statusCode).toBe(404);
});

/** The product's clock, so many days on. */
const later = (days: number) => {
  const { clock } = world.services.core;
  return { sleep: clock.sleep.bind(clock), nowMs: () => clock.nowMs() + days * 86_400_000 + 1_000 };
};

test("R86: a wish for deletion at once is told to every administrator and waits three days in which it can be taken back", async () => {
  const { db } = world.services.core;
  const tenant = await world.newTenant("Ripensa Srl");
  const person = await world.newPerson(tenant, { role: "owner", withPassword: true });
  const admin = await world.newPerson(tenant, { role: "admin" });
  const actor = { ...owner, tenantId: tenant, principalId: person.principalId };
  const confirmation = "Ripensa Srl";
  const wish = () => db.tenant(tenant, (tx) => requestErasure(tx, actor, { confirmation }, services));
  const cancel = () => db.tenant(tenant, (tx) => cancelDeparture(tx, actor, services));
  await db.tenant(tenant, (tx) => requestDeparture(tx, actor, { tenantId: tenant, confirmation }, services));
  await wish();
  const mails = await db.tenant(
    tenant,
    (tx) => tx.sql<{ text: string }[]>`select s::text as text from mailflow_system_mail s`,
  );
  for (const { login } of [person, admin]) expect(mails.some(({ text }) => text.includes(login))).toBe(true);
  const early = { ...services, clock: later(2) };
  await expect(eraseTenant(early, tenant, never)).rejects.toMatchObject({ code: "departure.not_due" });
  await cancel();
  await expect(eraseTenant({ ...services, clock: later(4) }, tenant, never)).resolves.toBeUndefined();
  expect(await findRemains(services, tenant)).not.toEqual([]);

  // What operators decided stays: the customer takes back its own wish alone.
  const decided = operator("legal");
  await db.operator((tx) => requestDeparture(tx, decided, { tenantId: tenant, confirmation }, services));
  await expect(cancel()).rejects.toMatchObject({ code: "departure.by_provider" });
  await wish();
  await cancel();
  await expect(eraseTenant({ ...services, clock: later(4) }, tenant, never)).rejects.toMatchObject({
    code: "departure.not_due",
  });
});

test("R92, R91: a legal hold stops the deletion, also inside the database, and one person does not lift it", async () => {
  const { db } = world.services.core;
  await db.tenant(tenantId, (tx) => requestErasure(tx, owner, { confirmation: name }, services));
  await db.tenant(
    tenantId,
    (tx) => tx.sql`
      update departure_departures set erase_wanted_at = now() - interval '3 days' where tenant_id = ${tenantId}`,
  );
  const [ada, bea, ivo] = [operator("legal"), operator("legal"), operator("infra")];
  const hold = { id: id<HoldId>(), aboutTenant: tenantId, requestId: null, reason: "act 1/2026", nowMs: Date.now() };
  await expect(db.operator((tx) => placeHold(tx, ivo, hold))).rejects.toMatchObject({ code: "compliance.role" });
  await db.operator((tx) => placeHold(tx, ada, hold));
  await expect(eraseTenant(services, tenantId, never)).rejects.toMatchObject({ code: "departure.held" });
  const unheeding = { ...services, isHeld: async () => false };
  await expect(eraseTenant(unheeding, tenantId, never)).rejects.toThrow("a hold stands");
  expect((await search(canary)).length).toBeGreaterThan(5);
  // The customer sees nothing of it, neither row nor entry.
  await expect(db.tenant(tenantId, (tx) => tx.sql`select * from compliance_holds`)).rejects.toMatchObject({
    code: "42501",
  });
  const lift = (who: typeof ada) =>
    db.operator((tx) => liftHold(tx, who, { id: hold.id, decision: "lift", nowMs: Date.now() }));
  expect((await lift(ada)).liftedAt).toBeNull();
  await expect(lift(ada)).rejects.toMatchObject({ code: "compliance.same_person" });
  await expect(eraseTenant(services, tenantId, never)).rejects.toMatchObject({ code: "departure.held" });
  expect((await lift(bea)).liftedBy).toBe(bea.principalId);
  // Nobody but the legal role learns from the provider's log whom it is about.
  const { entries } = await db.operator((tx) => listAudit(tx, { tenantId: providerTenantId, action: "compliance" }));
  expect(entries.length).toBeGreaterThan(2);
  expect(JSON.stringify(entries, (_key, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
    tenantId,
  );
});

test("R92: a hold placed while a deletion runs stops it before blobs, log and key, and lifted it goes on", async () => {
  const { core } = world.services;
  const tenant = await world.newTenant("A metà Srl");
  const person = await world.newPerson(tenant, { role: "owner", withPassword: true });
  const actor = { ...owner, tenantId: tenant, principalId: person.principalId };
  await core.archives.put(tenant, utf8("resta"));
  await core.db.tenant(tenant, (tx) =>
    requestDeparture(tx, actor, { tenantId: tenant, confirmation: "A metà Srl" }, services),
  );
  const [ada, bea] = [operator("legal"), operator("legal")];
  const hold = { id: id<HoldId>(), aboutTenant: tenant, requestId: null, reason: "act 2/2026", nowMs: Date.now() };
  // A place that is away is waited for before anything begins.
  const waiting = {
    ...services,
    clock: later(31),
    holdings: [{ name: "away", store: openedLater(join(tmpdir(), "cf-nowhere"), async () => core.archives) }],
  };
  await expect(eraseTenant(waiting, tenant, never)).rejects.toMatchObject({ code: "site.replica_away" });
  const states = await core.db.tenant(
    tenant,
    (tx) => tx.sql<{ state: string }[]>`select state from departure_departures`,
  );
  expect(states.map(({ state }) => state)).toEqual(["retrieval"]);
  // The first look finds none; the hold comes right after it.
  const overtaken = {
    ...services,
    clock: later(31),
    settle: () => core.db.operator((tx) => placeHold(tx, ada, hold)),
  };
  const [archives] = services.holdings.filter(({ name: store }) => store === "archives");
  const withoutTables = { ...overtaken, holdings: archives ? [archives] : [] };
  await expect(eraseTenant(withoutTables, tenant, never)).rejects.toThrow("a hold stands");
  const settled = { ...withoutTables, settle: async () => {} };
  await expect(eraseTenant(settled, tenant, never)).rejects.toMatchObject({ code: "departure.held" });
  // One who does not ask is stopped by the database: rows and log stay.
  await expect(core.db.tenant(tenant, (tx) => tx.sql`select audit_cut()`)).rejects.toThrow("a hold stands");
  expect((await findRemains(services, tenant)).some((left) => left.startsWith("archives: 1"))).toBe(true);
  for (const who of [ada, bea])
    await core.db.operator((tx) => liftHold(tx, who, { id: hold.id, decision: "lift", nowMs: Date.now() }));
  // It is asked again before each step: were the answer to change after the rows went, the blobs would stay.
  let asked = 0;
  const late = { ...settled, isHeld: async () => ++asked > 1 };
  await expect(eraseTenant(late, tenant, never)).rejects.toMatchObject({ code: "departure.held" });
  expect(await findRemains(services, tenant)).toEqual(["archives: 1 blobs"]);
  const later3 = { ...settled, isHeld: async () => ++asked > 5 };
  asked = 3;
  await expect(eraseTenant(later3, tenant, never)).rejects.toMatchObject({ code: "departure.held" });
  expect(await core.tenantKeys.keyOf(tenant)).toHaveLength(32);
  expect(await findRemains(services, tenant)).toEqual([]);
  await eraseTenant(settled, tenant, never);
  // What went in the runs that were stopped is in the certificate too.
  const [row] = await core.db.tenant(
    tenant,
    (tx) => tx.sql<{ certificate: string }[]>`select certificate from departure_departures`,
  );
  const told = JSON.parse(row?.certificate ?? "{}") as DeletionCertificate;
  expect(told.stores).toEqual([{ name: "archives", blobs: 1 }]);
  expect(told.tables.map(({ table }) => table)).toContain("identity_principals");
});

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

test("R61, R28: afterwards no row, blob, key, file or log line holds anything of who left but what is listed, and others keep all", async () => {
  const { db, tenantKeys } = world.services.core;
  await chainAudit(db);
  const before = await search(stranger);
  const { claim } = await readClaim();
  await eraseTenant(services, tenantId, never);
  expect(await findRemains(services, tenantId)).toEqual([]);

  const reply = await world.faces.console.inject({ url: `/api/departure-certificates/${claim}` });
  const { certificate: text, signature } = reply.json<{ certificate: string; signature: string }>();
  const key = createPublicKey(certificateKey(world.services.core));
  const certificate = verifyCertificate(text, signature, key) as DeletionCertificate;
  expect(certificate.customer).toEqual({ id: tenantId, name });
  expect(certificate.stores.every(({ blobs }) => blobs > 0)).toBe(true);
  const kept = certificate.kept.map(({ table }) => table);

  // The name stands in the certificate alone; the id in what is kept and in the provider's own registers.
  expect(await search(canary)).toEqual(["departure_departures"]);
  const registers = ["audit_cuts", "audit_entries", "compliance_holds"];
  expect((await search(tenantId)).filter((table) => !kept.includes(table) && !registers.includes(table))).toEqual([]);
  // Only the mark that its key is destroyed for good bears its id.
  expect((await searchFiles([canary, tenantId])).map((path) => basename(path))).toEqual([`${tenantId}.destroyed`]);
  await expect(tenantKeys.keyOf(tenantId)).rejects.toMatchObject({ code: "blob.key_destroyed" });
  const logged = JSON.stringify(world.logger.events, (_key, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  expect(logged.includes(canary)).toBe(false);
  await expect(eraseTenant(services, tenantId, never)).resolves.toBeUndefined();
  expect(await db.tenant(tenantId, (tx) => verifyAuditChain(tx))).toMatchObject({ findings: [] });

  expect(await search(stranger)).toEqual(before);
  expect(await findRemains(services, stranger)).not.toEqual([]);
  expect(await tenantKeys.keyOf(stranger)).toHaveLength(32);
});

/** A secret of the test's own in place of the one that the request told. */
async function readClaim(): Promise<{ claim: string }> {
  const claim = "a-claim-that-only-the-test-knows";
  const hash = createHash("sha256").update(claim).digest();
  await world.services.core.db.tenant(
    tenantId,
    (tx) => tx.sql`update departure_departures set claim_hash = ${hash} where tenant_id = ${tenantId}`,
  );
  return { claim };
}

test("R61: a certificate with one letter changed, or of another key, does not pass", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { signCertificate } = await import("@casaforte/modules/departure");
  const { text, signature } = signCertificate({ kind: "probe", rows: 1 }, privateKey);
  expect(verifyCertificate(text, signature, publicKey)).toEqual({ kind: "probe", rows: 1 });
  const other = generateKeyPairSync("ed25519").publicKey;
  for (const attempt of [
    () => verifyCertificate(text.replace("1", "2"), signature, publicKey),
    () => verifyCertificate(text, signature, other),
  ])
    expect(attempt).toThrow(expect.objectContaining({ code: "departure.signature" }));
});
