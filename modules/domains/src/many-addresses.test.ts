import { type Actor, type DomainId, newId, type TenantId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import {
  migrations as base,
  openPool,
  startTestDatabase,
  type TenantTx,
  type TestDatabase,
} from "@casaforte/platform/db";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addAddress,
  addDomain,
  generateDkimKey,
  listSenderAddresses,
  migrations,
  pageAddresses,
  setSendRights,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(31);
const services = { clock, random, secretKey: new Uint8Array(32).fill(9) };
const system: Actor = { kind: "system", name: "test" };
const [mailboxes, aliases, groups] = [10_000, 2_000, 500];
const limit = 100;
const notMailbox = ["alias", "forward", "catch_all", "group"] as const;
let database: TestDatabase;
let tenantId: TenantId;
let domainId: DomainId;

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
  tenantId = await database.db.operator((tx) =>
    createTenant(tx, system, { tenantId: newId<TenantId>(clock, random), name: "T", nowMs: clock.nowMs() }),
  );
  const dkimKey = await generateDkimKey();
  await database.db.tenant(tenantId, async (tx) => {
    const domain = await addDomain(tx, system, { name: "many.example", dkimKey }, services);
    const small = await addDomain(tx, system, { name: "small.example", dkimKey }, services);
    domainId = domain.id as DomainId;
    for (const [kind, name, count, at] of [
      ["mailbox", "person", mailboxes, domainId],
      ["alias", "role", aliases, domainId],
      ["group", "team", groups, domainId],
      ["alias", "role", 50, small.id],
    ] as const)
      await tx.sql`
        insert into domains_addresses (tenant_id, id, domain_id, local_part, kind, mail_account_id, forward_to, created_at)
        select ${tenantId}, gen_random_uuid(), ${at}, ${name}::text || lpad(n::text, 5, '0'), ${kind},
          case when ${kind} <> 'group' then gen_random_uuid() end,
          case when ${kind} = 'group' then array['person00001@many.example', 'far' || n || '@elsewhere.example'] else '{}' end, now()
        from generate_series(0, ${count - 1}::int) n`;
  });
  // As the database does by itself before long.
  const owner = openPool(database.cluster.ownerUrl, 1);
  await owner`analyze domains_domains, domains_addresses`;
  await owner.end();
}, 120_000);
afterAll(() => database?.close());

/** What a piece of work answered, the addresses that PostgreSQL read for it, and its time. */
function measured<T extends object>(name: string, work: (tx: TenantTx) => Promise<T>) {
  return database.db.tenant(tenantId, async (tx) => {
    const soFar = async () => {
      const [row] = await tx.sql<{ rows: bigint }[]>`select seq_tup_read + coalesce(idx_tup_fetch, 0) as rows
        from pg_stat_xact_user_tables where relname = 'domains_addresses'`;
      return Number(row?.rows ?? 0n);
    };
    const before = await soFar();
    const startedMs = performance.now();
    const found = await work(tx);
    const read = (await soFar()) - before;
    process.stdout.write(`${name}: ${(performance.now() - startedMs).toFixed(1)} ms, ${read} rows read\n`);
    return { ...found, read };
  });
}

const page = (name: string, filter: Parameters<typeof pageAddresses>[1]) =>
  measured(name, (tx) => pageAddresses(tx, { limit, ...filter }));

test("R12: beside ten thousand mailboxes a page of aliases and groups reads its own alone, wherever it begins", async () => {
  const wanted = { domainId, kinds: notMailbox };
  const first = await page("first page", wanted);
  const next = await page("next page", { ...wanted, after: first.next ?? "" });
  const last = await page("last page", { ...wanted, after: "team00480@many.example" });
  expect(first.addresses[0]?.localPart).toBe("role00000");
  expect(next.addresses[0]?.localPart).toBe("role00100");
  expect(last.addresses.map(({ localPart }) => localPart)).toEqual(
    Array.from({ length: 19 }, (_, n) => `team${String(481 + n).padStart(5, "0")}`),
  );
  for (const { read } of [first, next, last]) {
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThanOrEqual(limit + 5);
  }
});

test("R12: a page of all kinds in all domains reads no more of each than it may show", async () => {
  const first = await page("first page of all", {});
  const middle = await page("in the middle of all", { after: "person05000@many.example" });
  expect(middle.addresses[0]?.localPart).toBe("person05001");
  for (const { read } of [first, middle]) expect(read).toBeLessThanOrEqual(2 * (limit + 5));
});

test("R12: page by page every address comes once and in order, from one domain to the next", async () => {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const at = after === undefined ? {} : { after };
    const { addresses, next } = await database.db.tenant(tenantId, (tx) =>
      pageAddresses(tx, { kinds: notMailbox, limit: 200, ...at }),
    );
    seen.push(...addresses.map(({ localPart, domainName }) => `${domainName} ${localPart}`));
    after = next ?? undefined;
  } while (after !== undefined);
  expect(seen).toHaveLength(aliases + groups + 50);
  expect(seen).toEqual([...seen].sort());
  expect(new Set(seen).size).toBe(seen.length);
});

test("R12: what one account has, and may send as, is found without a look at the others", async () => {
  const [alias] = (await page("an alias", { domainId, kinds: ["alias"], limit: 1 })).addresses;
  const mailAccountId = alias?.mailAccountId;
  if (!alias || !mailAccountId) throw new Error("no alias");
  const own = await page("of one account", { mailAccountId });
  expect(own.addresses.map(({ localPart }) => localPart)).toEqual([alias.localPart]);
  expect(own.read).toBeLessThanOrEqual(5);
  const mailAccountIds = [mailAccountId];
  await database.db.tenant(tenantId, async (tx) => {
    await tx.sql`update domains_domains set state = 'active', verified_at = now() where id = ${domainId}`;
    const { addresses } = await pageAddresses(tx, { domainId, kinds: ["group"], limit: 1 });
    const addressId = addresses[0]?.id;
    if (addressId === undefined) throw new Error("no group");
    await setSendRights(tx, system, { addressId, mailAccountIds }, services);
  });
  const sender = await measured("sender addresses", async (tx) => ({
    list: await listSenderAddresses(tx, mailAccountId),
  }));
  expect(sender.list).toEqual([
    { address: `${alias.localPart}@many.example`, right: "own" },
    { address: "team00000@many.example", right: "as" },
  ]);
  expect(sender.read).toBeLessThanOrEqual(10);
});

test("R12: a search looks at what it may show, and finds a group by a member", async () => {
  const rare = await page("search for a member", { domainId, kinds: notMailbox, search: "far321@" });
  expect(rare.addresses.map(({ localPart }) => localPart)).toEqual(["team00321"]);
  expect(rare.read).toBeLessThanOrEqual(aliases + groups);
});

test("R12: a domain has room for ten thousand mailboxes with their aliases and groups", async () => {
  const forwardTo = ["person00001@many.example"];
  const added = await database.db.tenant(tenantId, (tx) =>
    addAddress(tx, system, { kind: "group", address: "one-more@many.example", forwardTo }, services),
  );
  expect(added.kind).toBe("group");
});
