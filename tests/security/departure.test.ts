import { createHash, createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { providerTenantId, utf8 } from "@casaforte/kernel";
import { chainAudit, cutLog, listAudit, verifyAuditChain } from "@casaforte/modules/audit";
import { type HoldId, liftHold, placeHold } from "@casaforte/modules/compliance";
import {
  cancelDeparture,
  type DeletionCertificate,
  eraseTenant,
  findRemains,
  requestDeparture,
  requestErasure,
  verifyCertificate,
} from "@casaforte/modules/departure";
import { addNote } from "@casaforte/modules/tenancy";
import { beforeAll, expect, test } from "vitest";
import { certificateKey } from "../../apps/server/src/audit-anchors.ts";
import { verifySignedFile } from "../../apps/server/src/commands/certificate.ts";
import { openedLater } from "../../apps/server/src/open-later.ts";
import { run } from "../support/product.ts";
import {
  bringLeaver,
  canary,
  id,
  later,
  name,
  never,
  operator,
  owner,
  search,
  searchFiles,
  services,
  stranger,
  tenantId,
  world,
} from "./departure.test-support.ts";
import { testArchives } from "./departure-archives.test-support.ts";
import { testDomainEnds } from "./departure-domains.test-support.ts";
import { testSpaceEnds } from "./departure-spaces.test-support.ts";

beforeAll(bringLeaver);

testArchives();

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
  await expect(core.db.tenant(tenant, (tx) => cutLog(tx, 2n))).rejects.toThrow("a hold stands");
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
  // The log goes in pieces, the oldest first; what is left at any moment is a whole chain.
  await chainAudit(core.db);
  const verified = () => core.db.tenant(tenant, (tx) => verifyAuditChain(tx));
  const { chained } = await verified();
  expect(chained).toBeGreaterThan(2n);
  expect(await core.db.tenant(tenant, (tx) => cutLog(tx, 2n))).toBe(2n);
  expect(await verified()).toEqual({ chained: chained - 2n, findings: [] });
  await eraseTenant({ ...settled, eraseBatch: 1n }, tenant, never);
  // What went in the runs that were stopped is in the certificate too.
  const [row] = await core.db.tenant(
    tenant,
    (tx) => tx.sql<{ certificate: string }[]>`select certificate from departure_departures`,
  );
  const told = JSON.parse(row?.certificate ?? "{}") as DeletionCertificate;
  expect(told.stores).toEqual([{ name: "archives", blobs: 1 }]);
  expect(told.tables.map(({ table }) => table)).toContain("identity_principals");
});

test("R61, R28: afterwards no row, blob, key, file or log line holds anything of who left but what is listed, and others keep all", async () => {
  const { db, tenantKeys } = world.services.core;
  await chainAudit(db);
  const before = await search(stranger);
  const { claim } = await readClaim();
  // In small batches, also of files that build on each other and are told apart by ids in no order.
  const [chain, files] = [id(), Array.from({ length: 6 }, () => randomUUID())];
  await db.tenant(tenantId, async (tx) => {
    const hash = Buffer.alloc(32, 7);
    await tx.sql`
      insert into backup_chains (tenant_id, id, device_id, space_id, label, created_at)
      select tenant_id, ${chain}, id, space_id, 'c', now() from devices_devices where tenant_id = ${tenantId} limit 1`;
    for (const [n, file] of files.entries())
      await tx.sql`
        insert into backup_files (tenant_id, id, chain_id, device_id, space_id, kind, file_name, size, file_root,
          parent_file_id, parent_root, block_map_blob_id, block_map_bytes, block_map_sha256, committed_at)
        select tenant_id, ${file}, id, device_id, space_id, ${n === 0 ? "vbk" : "vib"}, 'f', 1, ${hash},
          ${files[n - 1] ?? null}, ${n === 0 ? null : hash}, ${id()}, 1, ${hash}, now()
        from backup_chains where tenant_id = ${tenantId} and id = ${chain}`;
    await tx.sql`
      update backup_files set state = 'deleted', deleted_at = now(), replaced_by = ${files[5] ?? null}
      where tenant_id = ${tenantId} and id = ${files[1] ?? null}`;
    const [made] = await tx.sql<{ count: number }[]>`
      select count(*)::int from backup_files where tenant_id = ${tenantId} and chain_id = ${chain}`;
    expect(made?.count).toBe(6);
  });
  await eraseTenant({ ...services, eraseBatch: 2n }, tenantId, never);
  expect(await findRemains(services, tenantId)).toEqual([]);

  const reply = await world.faces.console.inject({ url: `/api/departure-certificates/${claim}` });
  const { certificate: text, signature } = reply.json<{ certificate: string; signature: string }>();
  const key = createPublicKey(certificateKey(world.services.core));
  const certificate = verifyCertificate(text, signature, key) as DeletionCertificate;
  expect(certificate.customer).toEqual({ id: tenantId, name });
  // Whoever holds the three files needs the command and nothing else.
  const directory = await mkdtemp(join(tmpdir(), "cf-certificate-"));
  const file = join(directory, "certificate.json");
  await writeFile(file, text);
  await writeFile(`${file}.sig`, signature);
  await writeFile(join(directory, "key.pem"), key.export({ format: "pem", type: "spki" }));
  const command = ["apps/server/src/main.ts", "certificate", "verify", file, "--key", join(directory, "key.pem")];
  const checked = await run(process.execPath, command);
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining("casaforte.deletion-certificate")]);
  await writeFile(file, text.replace(canary, "altro"));
  await expect(verifySignedFile(file, { key: join(directory, "key.pem") })).rejects.toMatchObject({
    code: "departure.signature",
  });
  await rm(directory, { recursive: true });
  expect(certificate.tables).toContainEqual({ table: "tenancy_notes", rows: 1 });
  const late = { tenantId, text: "nota-dopo-la-fine" };
  await expect(
    db.operator((tx) => addNote(tx, operator("legal"), late, world.services.core)),
    "nothing would erase it",
  ).rejects.toMatchObject({ code: "tenancy.departed" });
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

testSpaceEnds();
testDomainEnds();

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
