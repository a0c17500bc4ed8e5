import type { TenantId } from "@casaforte/kernel";
import { openPool, type TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportMailAccounts } from "./export-accounts.ts";
import { listMailAccounts } from "./index.ts";
import { type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";

/** Accounts of an organisation, and of others beside it. */
const count = 10_000;
const others = 6 * count;
const limit = 100;
let bed: MailboxTestbed;
let tenantId: TenantId;

beforeAll(async () => {
  bed = await openMailboxTestbed(23);
  tenantId = await bed.newTenant();
  for (const [tenant, domain, accounts] of [
    [tenantId, "many.example", count],
    [await bed.newTenant(), "others.example", others],
  ] as const)
    await bed.db.tenant(
      tenant,
      (tx) => tx.sql`
        insert into mailbox_accounts (tenant_id, id, address, display_name, used_bytes, uidvalidity, created_at, updated_at)
        select ${tx.tenantId}, gen_random_uuid(), 'person' || lpad(n::text, 5, '0') || '@' || ${domain}::text,
          'Name ' || n, 10, 1, now(), now() from generate_series(0, ${accounts - 1}::int) n`,
    );
  await analyse();
}, 120_000);
afterAll(() => bed?.close());

/** As the database does by itself before long. */
async function analyse(): Promise<void> {
  const owner = openPool(bed.database.cluster.ownerUrl, 1);
  await owner`analyze mailbox_accounts`;
  await owner.end();
}

/** What a piece of work answered, the accounts that PostgreSQL read for it, and its time. */
async function measured<T>(name: string, work: (tx: TenantTx) => Promise<T>): Promise<T & { readonly read: number }> {
  return bed.db.tenant(tenantId, async (tx) => {
    const soFar = async () => {
      const [row] = await tx.sql<{ rows: bigint }[]>`select seq_tup_read + coalesce(idx_tup_fetch, 0) as rows
        from pg_stat_xact_user_tables where relname = 'mailbox_accounts'`;
      return Number(row?.rows ?? 0n);
    };
    const before = await soFar();
    const startedMs = performance.now();
    const result = await work(tx);
    const read = (await soFar()) - before;
    process.stdout.write(`${name}: ${(performance.now() - startedMs).toFixed(1)} ms, ${read} rows read\n`);
    return { ...result, read };
  });
}

const page = (name: string, input: object) => measured(name, (tx) => listMailAccounts(tx, system, { limit, ...input }));

test("R12: of ten thousand accounts a page behind the first one reads its own alone, wherever it begins", async () => {
  const first = await page("first page", {});
  expect(first.accounts.map(({ address }) => address)).toEqual(
    Array.from({ length: limit }, (_, n) => `person${String(n).padStart(5, "0")}@many.example`),
  );
  expect(first.sums).toEqual({ total: count, usedBytes: BigInt(count) * 10n });
  const second = await page("second page", { cursor: first.next });
  const middle = await page("page in the middle", { cursor: `${first.accounts[0]?.id}person05000@many.example` });
  const last = await page("last page", { cursor: `${first.accounts[0]?.id}person09980@many.example` });
  expect(second.accounts[0]?.address).toBe("person00100@many.example");
  expect(middle.accounts[1]?.address).toMatch(/^person0500[12]@/);
  expect(last.accounts.at(-1)?.address).toBe("person09999@many.example");
  expect(last.next).toBeNull();
  for (const { read, sums } of [second, middle, last]) {
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThanOrEqual(limit + 5);
    expect(sums).toBeNull();
  }
  // The sums take one look at each of the organisation's own.
  expect(first.read).toBeLessThanOrEqual(count + 3 * limit);
});

test("R12: a search looks at the organisation's own accounts, and the page behind it at no more than it must", async () => {
  const rare = await page("search for one", { search: "name 7777" });
  expect(rare.accounts.map(({ address }) => address)).toEqual(["person07777@many.example"]);
  expect(rare.sums?.total).toBe(1);
  expect(rare.read).toBeLessThanOrEqual(2 * count);
  const common = await page("search for many", { search: "@many" });
  expect(common.read).toBeLessThanOrEqual(count + 3 * limit);
  const next = await page("its second page", { search: "@many", cursor: common.next });
  expect(next.accounts).toHaveLength(limit);
  expect(next.read).toBeLessThanOrEqual(3 * limit);
});

test("R12: the export writes every account once, and reads no page of it twice", async () => {
  let text = "";
  for await (const part of exportMailAccounts(bed.db, system, tenantId)) text += part;
  const lines = text.trimEnd().split("\r\n");
  expect(lines).toHaveLength(count + 1);
  expect(new Set(lines).size).toBe(count + 1);
});
