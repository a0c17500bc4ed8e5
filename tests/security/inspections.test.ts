import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { type InvoiceId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { chainAudit, checkChainExport, exportChain, listAudit, recordAudit } from "@casaforte/modules/audit";
import { issueInvoice, listInvoices, readSeller, refreshDraft, requireInvoice } from "@casaforte/modules/billing";
import { setTaxRate } from "@casaforte/modules/catalogue";
import {
  acceptQuote,
  checkPack,
  endInspection,
  gatherPack,
  moveByClock,
  requestInspection,
} from "@casaforte/modules/inspections";
import { updateTenant } from "@casaforte/modules/tenancy";
import { openPool } from "@casaforte/platform/db";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { expect, test } from "vitest";
import { certificateKey } from "../../apps/server/src/audit-anchors.ts";
import { billingServices } from "../../apps/server/src/billing.ts";
import { departingServices } from "../../apps/server/src/departing.ts";
import { checkChain } from "../../apps/server/src/evidence/chain-check.ts";
import { charter } from "../../apps/server/src/evidence/charter.ts";
import { activityOf, processingRegister } from "../../apps/server/src/evidence/processing-register.ts";
import {
  alfa,
  ask,
  asked,
  bravo,
  day,
  dayMs,
  desk,
  giveFactor,
  inAlfa,
  later,
  look,
  owner,
  quote,
  running,
  strangers,
  system,
  words,
  world,
} from "./inspections.test-support.ts";
import { type RouteTable, routeTables } from "./route-table.test-support.ts";
import { routesOf } from "./world.test-support.ts";

test("R68: a notice that leaves less than thirty calendar days is refused, and told the first possible day", async () => {
  const early = ask(asked({ fromOn: day(29), untilOn: day(30) }));
  await expect(early).rejects.toMatchObject({ code: "inspections.too_early", details: { earliestOn: day(30) } });
});

test("R71: a second audit of a product in twelve months needs grounds; another product and one taken back do not count", async () => {
  const taken = await ask(asked());
  await inAlfa((tx) => endInspection(tx, owner, { id: taken }, desk));
  const first = await ask(asked());
  const again = ask(asked({ fromOn: day(200), untilOn: day(201) }));
  const nextOn = `${Number(day(31).slice(0, 4)) + 1}${day(31).slice(4)}`;
  await expect(again).rejects.toMatchObject({ code: "inspections.once_a_year", details: { nextOn } });
  await ask(asked({ products: ["mail"] }));
  await ask(asked({ fromOn: day(200), untilOn: day(201), grounds: { kind: "authority", text: "asked by letter" } }));
  // Two at once: one of them is the year's first, whoever comes in between.
  const both = await Promise.allSettled(
    [1, 2].map(() =>
      world.services.core.db.tenant(bravo, (tx) =>
        requestInspection(tx, { ...owner, tenantId: bravo, principalId: strangers.principalId }, asked(), desk),
      ),
    ),
  );
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await inAlfa((tx) => endInspection(tx, owner, { id: first }, desk));
});

test("R67: an auditor sees the evidence with a second factor alone, writes nothing, each look is logged, and it ends by itself", async () => {
  const { id, auditor } = await running();
  const { cookie } = await world.session(auditor);
  const bare = await look(cookie, "/api/evidence");
  expect([bare.statusCode, bare.json().code]).toEqual([403, "identity.two_factor_required"]);
  await giveFactor(auditor);
  const room = await look(cookie, "/api/evidence");
  expect(room.statusCode).toBe(200);
  const parts = room.json().parts.map(({ name }: { name: string }) => name) as string[];
  expect(parts).toEqual([
    "charter",
    "contract",
    "people",
    "operators",
    "processing",
    "retention",
    "sub-processors",
    "components",
    "release-tests",
    "places",
    "backups",
    "notices",
    "measures",
    "log",
  ]);
  for (const part of parts) expect((await look(cookie, `/api/evidence/${part}`)).statusCode, part).toBe(200);
  const log = await inAlfa((tx) =>
    listAudit(tx, { tenantId: alfa, action: "inspections.evidence_read", actorId: auditor.principalId }),
  );
  expect(new Set(log.entries.map(({ objectId }) => objectId))).toEqual(new Set(["room", ...parts]));
  for (const code of [200, 429]) expect((await look(cookie, "/api/evidence-pack")).statusCode).toBe(code);

  // Who the provider is, how it is reached and the contract of its API: the same for everybody, nothing of the customer's.
  const free = new Set(["GET /api/provider", "GET /openapi.json"]);
  const open: string[] = [];
  for (const route of routesOf(world.faces.console)) {
    const rule = (routeTables.console as RouteTable)[route];
    if (rule?.who === "anyone" || rule?.who === "signed_in" || route.startsWith("GET /api/evidence")) continue;
    const [method = "GET", path = ""] = route.split(" ");
    const id = randomUUID();
    const query = rule?.query ? `?${rule.query(id)}` : "";
    const { statusCode } = await look(cookie, path.replace(/:\w+/g, id) + query, method as "GET", rule?.body?.(id));
    if (statusCode !== 403 && !free.has(route)) open.push(`${route}: ${statusCode}`);
  }
  expect(open).toEqual([]);

  // The room ends with the days, though the account still stands; the account ends, though its row still stands.
  await inAlfa(
    (tx) =>
      tx.sql`update inspections_requests set opens_at = opens_at - interval '9 days', closes_at = now() where id = ${id}`,
  );
  const closed = await look(cookie, "/api/evidence");
  expect([closed.statusCode, closed.json().code]).toEqual([403, "inspections.room_closed"]);
  await inAlfa(
    (tx) =>
      tx.sql`update identity_principals set ends_at = now() where tenant_id = ${alfa} and id = ${auditor.principalId}`,
  );
  expect((await look(cookie, "/api/auth/session")).statusCode).toBe(401);

  await inAlfa((tx) => moveByClock(tx, later(3)));
  await inAlfa(async (tx) => {
    const [left] = await tx.sql<{ count: number }[]>`
      select count(*)::int as count from identity_principals where tenant_id = ${alfa} and role = 'auditor' and id = ${auditor.principalId}`;
    expect(left?.count).toBe(0);
  });
});

test("R70: the cost that was accepted is on one invoice, once; another cost than the one seen is not accepted", async () => {
  const { core } = world.services;
  const billing = billingServices(core);
  await core.db.operator(async (tx) => {
    await setTaxRate(tx, system, { country: "IT", basisPoints: 2200n, validFromMs: 0, approvalId: null });
  });
  const company = { country: "IT", address: "Via Po 2", postalCode: "10121", city: "Torino", province: "TO" };
  const nowMs = core.clock.nowMs();
  await core.db.operator(async (tx) => {
    for (const [tenantId, vatNumber] of [
      [providerTenantId, "12345678903"],
      [alfa, "00743110157"],
    ] as const)
      await updateTenant(tx, system, { ...company, tenantId, vatNumber, nowMs });
  });
  const id = await ask(asked({ grounds: { kind: "incident", text: "again" } }));
  await quote(id, 48_000n);
  const other = inAlfa((tx) => acceptQuote(tx, owner, { id, costCents: 1n }, desk));
  await expect(other).rejects.toMatchObject({ code: "inspections.other_cost" });
  await inAlfa((tx) => acceptQuote(tx, owner, { id, costCents: 48_000n }, desk));
  for (const days of [40, 41]) await inAlfa((tx) => moveByClock(tx, later(days)));

  const ofCharges = async () => {
    const found: { netCents: bigint; state: string }[] = [];
    await inAlfa(async (tx) => {
      for (const head of await listInvoices(tx, 50))
        for (const line of (await requireInvoice(tx, head.id as InvoiceId)).lines)
          if (line.unit === "once" && line.from.getTime() > nowMs + 30 * dayMs)
            found.push({ netCents: line.netCents, state: head.state });
    });
    return found;
  };
  const untilMs = nowMs + 60 * dayMs;
  for (let times = 0; times < 2; times++) await inAlfa((tx) => refreshDraft(tx, { untilMs }, billing));
  expect(await ofCharges()).toEqual([{ netCents: 48_000n, state: "draft" }]);
  const seller = await core.db.operator((tx) => readSeller(tx));
  await inAlfa((tx) => issueInvoice(tx, system, { untilMs, seller }, billing));
  await inAlfa((tx) => refreshDraft(tx, { untilMs }, billing));
  expect(await ofCharges()).toEqual([{ netCents: 48_000n, state: "issued" }]);
});

test("R69: an evidence pack holds all of its customer's and no word of another's", async () => {
  const { core } = world.services;
  const addresses = { [alfa]: "192.0.2.171", [bravo]: "198.51.100.172" };
  for (const tenantId of [alfa, bravo])
    await core.db.tenant(tenantId, async (tx) => {
      const actor = { kind: "visitor", ip: addresses[tenantId] ?? "" } as const;
      await recordAudit(tx, actor, { action: "identity.sign_in_refused", object: { kind: "principal", id: "x" } });
    });
  await chainAudit(core.db);
  const names = {
    [alfa]: [words.alfa, "allodola.test", "192.0.2.171"],
    [bravo]: [words.bravo, "balestra.test", strangers.login, "198.51.100.172"],
  };
  const idsOf = (tenantId: TenantId) =>
    core.db.tenant(tenantId, async (tx) => {
      const rows = await tx.sql<{ id: string }[]>`
        select id::text from identity_principals where tenant_id = ${tenantId}
        union select id::text from spaces_spaces where tenant_id = ${tenantId}
        union select id::text from audit_entries where tenant_id = ${tenantId}`;
      return rows.map(({ id }) => id);
    });
  for (const [mine, other] of [
    [alfa, bravo],
    [bravo, alfa],
  ] as const) {
    const files = unzipSync(await gatherPack(desk, mine));
    const text = Object.values(files)
      .map((bytes) => strFromU8(bytes))
      .join("\n");
    const foreign = [other, ...(names[other] ?? []), ...(await idsOf(other))];
    expect(foreign.length).toBeGreaterThan(20);
    expect(foreign.filter((word) => text.includes(word))).toEqual([]);
    const own = [mine, names[mine]?.[0] ?? "", addresses[mine] ?? "", ...(await idsOf(mine))];
    expect(own.filter((word) => !text.includes(word))).toEqual([]);
  }
});

test("R67, R69: an evidence pack is checked without the program; a changed, missing, added or foreign file is found", async () => {
  const { core } = world.services;
  await chainAudit(core.db);
  const key = createPublicKey(certificateKey(core));
  await expect(gatherPack(desk, alfa, undefined, 2_000)).rejects.toMatchObject({ code: "inspections.pack_too_large" });
  const pack = await gatherPack(desk, alfa);
  const { manifest, chain } = checkPack(pack, key);
  expect([manifest.customer.id, chain.tenantId]).toEqual([alfa, alfa]);
  expect(chain.links).toBeGreaterThan(10);
  const files = unzipSync(pack);
  const fault = (change: Record<string, Uint8Array | null>) => {
    const changed = Object.fromEntries(
      Object.entries({ ...files, ...change }).filter((entry): entry is [string, Uint8Array] => entry[1] !== null),
    );
    try {
      checkPack(zipSync(changed), key);
      return "none";
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  expect(fault({})).toBe("none");
  for (const name of Object.keys(files)) {
    const bytes = new Uint8Array(files[name] ?? []);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    expect(fault({ [name]: bytes }), name).toMatch(/^(inspections\.pack|departure\.signature)$/);
    expect(fault({ [name]: null }), name).toBe("inspections.pack");
  }
  expect(fault({ "more.txt": strToU8("x") })).toBe("inspections.pack");
  expect(() => checkPack(pack, generateKeyPairSync("ed25519").publicKey)).toThrow(
    expect.objectContaining({ code: "departure.signature" }),
  );
});

test("R89: an exported log tells of any entry that was altered, removed, moved or cut off", async () => {
  const { db } = world.services.core;
  await chainAudit(db);
  let text = "";
  for await (const line of exportChain(db, alfa)) text += line;
  const lines = text.trimEnd().split("\n");
  expect(checkChainExport(text).links).toBe(lines.length - 2);
  const broken = expect.objectContaining({ code: "audit.chain_export" });
  const without = (index: number) => lines.toSpliced(index, 1).join("\n");
  expect(() => checkChainExport(text.replace("identity.", "identitY."))).toThrow(broken);
  for (const index of [0, 1, lines.length - 2, lines.length - 1])
    expect(() => checkChainExport(without(index)), String(index)).toThrow(broken);
  const swapped = lines.with(1, lines[2] ?? "").with(2, lines[1] ?? "");
  expect(() => checkChainExport(swapped.join("\n"))).toThrow(broken);
});

test("each control of the charter runs for a customer, and says when a promise is not kept", async () => {
  const nowMs = world.services.core.clock.nowMs();
  const proofs = await inAlfa(async (tx) => {
    const found: Record<string, string> = {};
    for (const { row, prove } of charter) found[row] = (await prove(tx, nowMs)).state;
    return found;
  });
  expect(Object.entries(proofs).filter(([, state]) => state === "broken")).toEqual([]);
  const owner = openPool(world.database.cluster.ownerUrl, 1);
  await owner`alter table spaces_spaces no force row level security`;
  const linksAfter = async (ms: number) => (await inAlfa((tx) => checkChain(tx, nowMs + 2 * dayMs + ms))).chained;
  const links = await linksAfter(0);
  await running().then(() => chainAudit(world.services.core.db));
  expect([await linksAfter(59_999), (await linksAfter(60_000)) > links]).toEqual([links, true]);
  const segregation = charter.find(({ row }) => row === "R50");
  const unforced = await inAlfa(async (tx) => segregation?.prove(tx, nowMs));
  await owner`alter table spaces_spaces force row level security`;
  await owner.end();
  expect(unforced?.state).toBe("broken");
});

test("R70: an audit whose room is open when its customer is deleted is charged, and nobody stays in the room", async () => {
  const { id, auditor } = await running();
  await departingServices(world.services).settle(alfa, system, world.services.core.clock.nowMs());
  await inAlfa(async (tx) => {
    const [row] = await tx.sql<{ state: string; cents: bigint; accounts: number }[]>`
      select r.state, c.net_cents as cents, (select count(*)::int from identity_principals p
          where p.tenant_id = r.tenant_id and p.id = ${auditor.principalId}) as accounts
      from inspections_requests r left join billing_charges c
        on c.tenant_id = r.tenant_id and c.source = 'inspections' and c.source_key = r.id::text
      where r.tenant_id = ${alfa} and r.id = ${id}`;
    expect(row).toEqual({ state: "finished", cents: 48_000n, accounts: 0 });
  });
});

test("R83: each table of the database stands in the register of processing, or is known to hold nothing about anybody", async () => {
  const pool = openPool(world.database.cluster.ownerUrl, 1);
  const tables = await pool<{ name: string; personal: boolean }[]>`
    select c.relname::text as name, exists (
      select 1 from pg_attribute a where a.attrelid = c.oid and not a.attisdropped and a.attnum > 0
        and a.attname ~ '^(ip|login|display_name|principal_id|device_id|from_address|requester_address)$') as personal
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`;
  await pool.end();
  expect(tables.length).toBeGreaterThan(100);
  expect(tables.filter(({ name }) => activityOf(name) === null).map(({ name }) => name)).toEqual([]);
  const hidden = tables.filter(({ name, personal }) => personal && activityOf(name) === "impersonal");
  expect(hidden.map(({ name }) => name)).toEqual([]);
  const used = new Set(tables.map(({ name }) => activityOf(name)));
  expect(processingRegister.filter((activity) => !used.has(activity))).toEqual([]);
});
