import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Actor, newId, type PrincipalId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { createTenant, migrations as tenancyMigrations } from "@casaforte/modules/tenancy";
import { openAppendFile } from "@casaforte/platform/append-file";
import { migrations as baseMigrations, openPool, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { createFace } from "@casaforte/platform/http";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  anchorHeads,
  chainAudit,
  csvCell,
  exportAudit,
  listAudit,
  listEntriesOfObject,
  migrations,
  readAnchors,
  recordAudit,
  registerAuditRoutes,
  verifyAuditChain,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(11);
const system: Actor = { kind: "system", name: "test" };
let database: TestDatabase;
let tenantId: TenantId;
const operator: Actor = {
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles: ["security"],
  ip: "192.0.2.9",
};

beforeAll(async () => {
  database = await startTestDatabase([baseMigrations, tenancyMigrations, migrations]);
});
afterAll(() => database?.close());
beforeEach(async () => {
  tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, operator, { tenantId, name: "Rossi Srl", nowMs: clock.nowMs() }));
});

const write = (count: number, action = "probe.done") =>
  database.db.tenant(tenantId, async (tx) => {
    for (let n = 0; n < count; n++)
      await recordAudit(tx, system, { action, object: { kind: "probe", id: String(n) }, details: { n } });
  });
const verification = () => database.db.tenant(tenantId, (tx) => verifyAuditChain(tx));

/** What somebody with the database's superuser could do behind the program's back. */
async function asIntruder(text: string): Promise<void> {
  const pool = openPool(database.cluster.ownerUrl, 1);
  await pool.unsafe(`alter table audit_entries no force row level security;
    alter table audit_chain no force row level security; ${text};
    alter table audit_entries force row level security; alter table audit_chain force row level security`);
  await pool.end();
}

describe("the chain (R89)", () => {
  test("R89: entries of parallel writers are chained once each and the chain verifies", async () => {
    await Promise.all(Array.from({ length: 20 }, () => write(10)));
    await Promise.all([chainAudit(database.db), chainAudit(database.db), chainAudit(database.db)]);
    expect(await verification()).toEqual({ chained: 201n, findings: [] });
  });

  test("R89: one altered row among many is found", async () => {
    await write(50);
    await chainAudit(database.db);
    await asIntruder(
      `update audit_entries set details = '{"n": 999}' where tenant_id = '${tenantId}' and object_id = '17'`,
    );
    const { findings } = await verification();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ fault: "altered" });
  });

  test.each([
    [
      "a removed entry",
      (t: string) => `delete from audit_entries where tenant_id = '${t}' and object_id = '3'`,
      "removed",
    ],
    [
      "an entry removed with its link",
      (t: string) =>
        `delete from audit_chain where tenant_id = '${t}' and seq = 4; delete from audit_entries e where tenant_id = '${t}' and not exists (select 1 from audit_chain c where c.tenant_id = e.tenant_id and c.entry_id = e.id)`,
      "gap",
    ],
    [
      "a link removed alone",
      (t: string) => `delete from audit_chain where tenant_id = '${t}' and seq = 11`,
      "unlinked",
    ],
    [
      "a changed time",
      (t: string) =>
        `update audit_entries set at = at - interval '1 microsecond' where tenant_id = '${t}' and object_id = '5'`,
      "altered",
    ],
    [
      "a changed author",
      (t: string) => `update audit_entries set actor_id = 'somebody else' where tenant_id = '${t}' and object_id = '5'`,
      "altered",
    ],
  ])("R89: %s is found", async (_what, sabotage, fault) => {
    await write(10);
    await chainAudit(database.db);
    await asIntruder(sabotage(tenantId));
    expect((await verification()).findings.map((finding) => finding.fault)).toContain(fault);
  });

  test.each([
    ["change an entry", "update audit_entries set action = 'x.y'"],
    ["remove an entry", "delete from audit_entries"],
    [
      "choose an entry's time",
      "insert into audit_entries (tenant_id, at, actor_kind, action, object_kind, object_id) values (current_setting('app.tenant_id')::uuid, '2001-01-01', 'system', 'x.y', 'x', 'y')",
    ],
    [
      "forge a link",
      "insert into audit_chain (tenant_id, seq, entry_id, hash) values (current_setting('app.tenant_id')::uuid, 99, gen_random_uuid(), 'x')",
    ],
    ["take an entry out of the queue", "delete from audit_pending"],
    ["move a head", "update audit_heads set seq = 0"],
  ])("R89: the program's own role cannot %s", async (_what, statement) => {
    await expect(database.db.tenant(tenantId, (tx) => tx.sql.unsafe(statement))).rejects.toMatchObject({
      code: "42501",
    });
    await expect(
      database.db.operator((tx) =>
        tx.sql.unsafe(statement.replace("current_setting('app.tenant_id')::uuid", `'${tenantId}'`)),
      ),
    ).rejects.toMatchObject({ code: "42501" });
  });

  test("an entry of a rolled-back change does not exist", async () => {
    await expect(
      database.db.tenant(tenantId, async (tx) => {
        await recordAudit(tx, system, { action: "probe.undone", object: { kind: "probe", id: "x" } });
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    const page = await database.db.tenant(tenantId, (tx) => listAudit(tx, { tenantId, action: "probe" }));
    expect(page.entries).toEqual([]);
  });
});

describe("anchors", () => {
  async function anchored() {
    const directory = await mkdtemp(join(tmpdir(), "cf-anchor-"));
    const path = join(directory, "anchors");
    const { privateKey } = generateKeyPairSync("ed25519");
    const services = { db: database.db, clock, file: openAppendFile(path), privateKey };
    return { path, services, close: () => rm(directory, { recursive: true }) };
  }

  test("R89: a chain rewritten from end to end still differs from the anchors outside", async () => {
    const { services, close } = await anchored();
    await write(5);
    await chainAudit(database.db);
    expect(await anchorHeads(services)).toBeGreaterThan(0);
    expect(await anchorHeads(services)).toBe(0);
    await write(5);
    await chainAudit(database.db);
    await anchorHeads(services);
    const anchors = await readAnchors(services.file, services.privateKey);
    const check = () => database.db.tenant(tenantId, (tx) => verifyAuditChain(tx, anchors));
    expect((await check()).findings).toEqual([]);
    await asIntruder(`update audit_entries set details = '{}' where tenant_id = '${tenantId}' and object_id = '4';
      do $$ declare r record; h bytea := '\\x'; begin
        for r in select c.seq, e from audit_chain c join audit_entries e on e.tenant_id = c.tenant_id and e.id = c.entry_id where c.tenant_id = '${tenantId}' order by c.seq loop
          h := sha256(h || audit_canonical(r.e)); update audit_chain set hash = h where tenant_id = '${tenantId}' and seq = r.seq; end loop;
        alter table audit_heads no force row level security; update audit_heads set hash = h where tenant_id = '${tenantId}'; alter table audit_heads force row level security; end $$`);
    expect((await verification()).findings).toEqual([]);
    expect((await check()).findings.map((finding) => finding.fault)).toContain("anchor");
    await close();
  });

  test("R89: a line changed in, or taken out of, the anchors is found", async () => {
    const { path, services, close } = await anchored();
    for (let n = 0; n < 3; n++) {
      await write(1);
      await chainAudit(database.db);
      await anchorHeads(services);
    }
    const text = await readFile(path, "utf8");
    const lines = text.split("\n");
    await writeFile(path, [lines[0], ...lines.slice(2)].join("\n"));
    await expect(readAnchors(services.file, services.privateKey)).rejects.toMatchObject({ code: "audit.anchor" });
    await writeFile(path, text.replace(/"seq":"\d+"/, '"seq":"1000"'));
    await expect(readAnchors(services.file, services.privateKey)).rejects.toMatchObject({ code: "audit.anchor" });
    await writeFile(path, text);
    expect((await readAnchors(services.file, services.privateKey)).length).toBeGreaterThanOrEqual(3);
    await expect(readAnchors(services.file, generateKeyPairSync("ed25519").privateKey)).rejects.toMatchObject({
      code: "audit.anchor",
    });
    await close();
  });
});

describe("reading the log", () => {
  test("R89: an operator's act on a tenant is in that tenant's log, the provider's own acts in the provider's", async () => {
    const page = await database.db.tenant(tenantId, (tx) => listAudit(tx, { tenantId }));
    expect(page.entries).toMatchObject([
      {
        action: "tenancy.tenant_created",
        actorKind: "operator",
        actorId: operator.principalId,
        actorRoles: ["security"],
        actorIp: "192.0.2.9",
      },
    ]);
    await database.db.operator((tx) =>
      recordAudit(tx, operator, { action: "probe.gagged", object: { kind: "order", id: "1" } }),
    );
    const own = await database.db.tenant(tenantId, (tx) => listAudit(tx, { tenantId, action: "probe.gagged" }));
    const provider = await database.db.operator((tx) =>
      listAudit(tx, { tenantId: providerTenantId, action: "probe.gagged" }),
    );
    expect([own.entries.length, provider.entries.length > 0]).toEqual([0, true]);
  });

  test("pages follow each other without a gap, newest first, and filters narrow them", async () => {
    await write(25);
    await write(3, "other.done");
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await database.db.tenant(tenantId, (tx) =>
        listAudit(tx, { tenantId, action: "probe", count: 10, ...(cursor ? { cursor } : {}) }),
      );
      seen.push(...page.entries.map((entry) => entry.objectId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
    const one = await database.db.tenant(tenantId, (tx) =>
      listAudit(tx, { tenantId, objectKind: "probe", objectId: "7" }),
    );
    expect(one.entries).toHaveLength(1);
  });

  test("the newest of one act on one object are found without reading another object's entries, also by a plan for any values", async () => {
    await write(3, "probe.other");
    await write(3);
    await database.db.tenant(
      tenantId,
      (tx) => tx.sql`
        insert into audit_entries (tenant_id, actor_kind, action, object_kind, object_id)
        select ${tenantId}, 'system', 'probe.done', 'probe', 'other ' || n from generate_series(1, 5000) n`,
    );
    const { found, read } = await database.db.tenant(tenantId, async (tx) => {
      await tx.sql`set local plan_cache_mode = force_generic_plan`;
      const rowsRead = async () => {
        const [row] = await tx.sql<{ count: number }[]>`
          select (seq_tup_read + idx_tup_fetch)::int as count from pg_stat_xact_user_tables where relname = 'audit_entries'`;
        return row?.count ?? Number.NaN;
      };
      const before = await rowsRead();
      const which = { tenantId, action: "probe.done", objectKind: "probe", objectId: "1", count: 5 };
      const found = await listEntriesOfObject(tx, which);
      return { found, read: (await rowsRead()) - before };
    });
    expect(found.map(({ action, objectId }) => [action, objectId])).toEqual([["probe.done", "1"]]);
    expect(read).toBe(2);
  });

  test("exports neutralise formulas and quote what needs it", async () => {
    expect(["=1+1", "+x", "-x", "@x", 'a"b', "a,b", "plain"].map(csvCell)).toEqual([
      "'=1+1",
      "'+x",
      "'-x",
      "'@x",
      '"a""b"',
      '"a,b"',
      "plain",
    ]);
    await write(3);
    const text = async (format: "csv" | "json") => {
      let whole = "";
      for await (const part of exportAudit(database.db, { tenantId }, format)) whole += part;
      return whole;
    };
    expect((await text("csv")).trim().split("\r\n")).toHaveLength(5);
    expect(JSON.parse(await text("json"))).toHaveLength(4);
  });

  test("R89: over HTTP a tenant reads its own log, an operator's reading is itself written there, other roles read none", async () => {
    const user = (role: "owner" | "billing"): Actor => ({
      kind: "user",
      tenantId,
      principalId: newId<PrincipalId>(clock, random),
      role,
      ip: "192.0.2.1",
    });
    let actor: Actor = user("owner");
    const app = createFace({
      name: "console",
      logger: new MemoryLogger(),
      clock,
      random,
      contentSecurityPolicy: "api",
    });
    registerAuditRoutes(app, { db: database.db, authenticate: async () => actor });
    const get = (url: string) => app.inject({ method: "GET", url });
    expect((await get("/api/audit")).json().entries).toHaveLength(1);
    expect((await get(`/api/audit?tenantId=${providerTenantId}`)).statusCode).toBe(403);
    actor = user("billing");
    expect((await get("/api/audit")).statusCode).toBe(403);
    actor = operator;
    expect((await get(`/api/audit?tenantId=${tenantId}`)).statusCode).toBe(200);
    actor = user("owner");
    expect((await get("/api/audit")).json().entries[0]).toMatchObject({ action: "audit.read", actorKind: "operator" });
    const csv = await get("/api/audit/export?format=csv");
    expect(csv.headers["content-disposition"]).toContain("audit.csv");
    expect(csv.body).toContain("tenancy.tenant_created");
    await chainAudit(database.db);
    expect((await get("/api/audit/verification")).json()).toMatchObject({ findings: [] });
    await app.close();
  });
});
