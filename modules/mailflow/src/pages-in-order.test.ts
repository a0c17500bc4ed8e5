import { newId, type TenantId } from "@casaforte/kernel";
import { openPool, type TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed } from "./mailflow-testbed.ts";
import { selectEvents, selectSearchedFrom } from "./store-events.ts";
import { selectQuarantine } from "./store-quarantine.ts";

/** Events of an organisation, those of another one beside it, and messages held of each. */
const [events, others, held] = [mailflowLimits.searchedEventsMax + 10, 60_000, 5_000];
const limit = 100;
let bed: MailflowTestbed;
let tenantId: TenantId;

beforeAll(async () => {
  bed = await openMailflowTestbed();
  tenantId = await bed.newTenant("many.test");
  const other = await bed.newTenant("other.test");
  await bed.database.db.tenant(tenantId, (tx) => fill(tx, events));
  await bed.database.db.tenant(other, (tx) => fill(tx, others));
  // As the database does by itself before long.
  const owner = openPool(bed.database.cluster.ownerUrl, 1);
  await owner`analyze mailflow_events, mailflow_quarantine`;
  await owner.end();
}, 120_000);
afterAll(() => bed?.close());

async function fill(tx: TenantTx, count: number): Promise<void> {
  await tx.sql`
    insert into mailflow_events (tenant_id, id, trace_id, at, kind, sender, recipient, header_message_id, subject, detail)
    select ${tx.tenantId}, gen_random_uuid(), gen_random_uuid(), now() - n * interval '1 minute', 'delivered',
      case when n % 2 = 0 then 'busy@far.test' else 'far' || n || '@far.test' end,
      case when n % 2 = 1 then 'busy@far.test' else 'person' || n || '@many.test' end, '<' || n || '@far.test>', 'Subject ' || n, ''
    from generate_series(1, ${count}::int) n`;
  const ids = Array.from({ length: held }, () => newId(bed.clock, bed.services.random));
  await tx.sql`
    insert into mailflow_quarantine (tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256, sender, recipient,
      header_message_id, header_from, subject, score, reasons, state, held_at, done_at)
    select ${tx.tenantId}, i.id, i.id, gen_random_uuid(), gen_random_uuid(), 1, '', 'a@far.test', 'b@many.test', '', '', 'Offer ' || i.n, 6, '{}',
      case when i.n % 5 = 0 then 'held' else 'released' end, now(), case when i.n % 5 = 0 then null else now() end
    from unnest(${ids}::uuid[]) with ordinality i (id, n)`;
}

/** What a page holds, the rows of the table that PostgreSQL read for it, and its time. */
function page<T>(name: string, table: string, work: (tx: TenantTx) => Promise<readonly T[]>) {
  return bed.database.db.tenant(tenantId, async (tx) => {
    const soFar = async () => {
      const [row] = await tx.sql<{ rows: bigint }[]>`select seq_tup_read + coalesce(idx_tup_fetch, 0) as rows
        from pg_stat_xact_user_tables where relname = ${table}`;
      return Number(row?.rows ?? 0n);
    };
    const before = await soFar();
    const startedMs = performance.now();
    const found = await work(tx);
    const read = (await soFar()) - before;
    process.stdout.write(`${name}: ${(performance.now() - startedMs).toFixed(1)} ms, ${read} rows read\n`);
    return { found, read };
  });
}

test("the newest steps of mail are read in the order of the page, whatever lies behind them and beside them", async () => {
  const { found, read } = await page("trace", "mailflow_events", (tx) => selectEvents(tx, { limit }));
  expect(found.map(({ subject }) => subject)).toEqual(Array.from({ length: limit }, (_, n) => `Subject ${n + 1}`));
  expect(read).toBeLessThanOrEqual(limit + 5);
});

test("the newest of a busy address too, as sender and as recipient", async () => {
  const { found, read } = await page("trace of an address", "mailflow_events", (tx) =>
    selectEvents(tx, { address: "busy@far.test", limit }),
  );
  expect(found.map(({ subject }) => subject)).toEqual(Array.from({ length: limit }, (_, n) => `Subject ${n + 1}`));
  expect(read).toBeLessThanOrEqual(20 * limit);
});

test("a search for words of a subject looks at so many of the newest, and says how far back that was", async () => {
  const search = (subject: string, address?: string) => {
    const filter = { subject, limit, ...(address === undefined ? {} : { address }) };
    return page(`search for ${subject}`, "mailflow_events", async (tx) => [
      { events: await selectEvents(tx, filter), from: await selectSearchedFrom(tx, filter) },
    ]);
  };
  const { searchedEventsMax } = mailflowLimits;
  const near = await search(`subject ${searchedEventsMax}`);
  expect(near.found[0]?.events.map(({ subject }) => subject)).toEqual([`Subject ${searchedEventsMax}`]);
  const far = await search(`subject ${searchedEventsMax + 1}`);
  expect(far.found[0]?.events).toEqual([]);
  expect(far.found[0]?.from).toEqual(near.found[0]?.events[0]?.at);
  expect(far.read).toBeLessThanOrEqual(2 * events);
  // By an address everything of it was looked at.
  const [byAddress] = (await search(`subject ${searchedEventsMax + 2}`, `person${searchedEventsMax + 2}@many.test`))
    .found;
  expect([byAddress?.events.length, byAddress?.from]).toEqual([1, null]);
});

test("a page of the quarantine reads what is held and shown, not what was decided", async () => {
  const first = await page("quarantine", "mailflow_quarantine", (tx) => selectQuarantine(tx, { limit }));
  expect(first.found).toHaveLength(limit);
  const before = first.found.at(-1)?.id;
  if (before === undefined) throw new Error("no row");
  const next = await page("next page", "mailflow_quarantine", (tx) => selectQuarantine(tx, { limit, before }));
  expect(next.found[0]?.id.localeCompare(before)).toBeLessThan(0);
  for (const { read } of [first, next]) expect(read).toBeLessThanOrEqual(limit + 5);
});
