import { lintCatalogue, openPool, startTestDatabase, type TestDatabase, tenantMatrix } from "@casaforte/platform/db";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrationSources } from "../../apps/server/src/migrations.ts";

let database: TestDatabase;
let tables: readonly string[] = [];

beforeAll(async () => {
  database = await startTestDatabase(migrationSources);
  const owner = openPool(database.cluster.ownerUrl, 1);
  const rows = await owner<{ name: string }[]>`
    select c.relname::text as name from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`;
  await owner.end();
  tables = rows.map((row) => row.name);
});
afterAll(() => database?.close());

async function asOwner(...statements: readonly string[]): Promise<void> {
  const owner = openPool(database.cluster.ownerUrl, 1);
  try {
    for (const statement of statements) await owner.unsafe(statement);
  } finally {
    await owner.end();
  }
}

const tenantCondition = "tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)";
const makePolicy = (table: string) =>
  `create policy tenant on "${table}" to cf_app using (${tenantCondition}) with check (${tenantCondition})`;

/** Each breaks one guard of one table; `repair` brings back what the migrations made. */
const sabotages = {
  "drop its policy": { break: (table) => `drop policy tenant on "${table}"`, repair: makePolicy },
  "un-force its row security": {
    break: (table) => `alter table "${table}" no force row level security`,
    repair: (table) => `alter table "${table}" force row level security`,
  },
  "switch its row security off": {
    break: (table) => `alter table "${table}" disable row level security`,
    repair: (table) => `alter table "${table}" enable row level security`,
  },
  "widen its check": {
    break: (table) => `alter policy tenant on "${table}" with check (true)`,
    repair: (table) => `alter policy tenant on "${table}" with check (${tenantCondition})`,
  },
  "widen what it shows": {
    break: (table) => `alter policy tenant on "${table}" using (true)`,
    repair: (table) => `alter policy tenant on "${table}" using (${tenantCondition})`,
  },
  "add a policy for everybody": {
    break: (table) => `create policy extra on "${table}" using (true)`,
    repair: (table) => `drop policy extra on "${table}"`,
  },
} as const satisfies Record<string, { break: (table: string) => string; repair: (table: string) => string }>;

describe("the catalogue", () => {
  test("R50: has no breach in what all migrations make", async () => {
    expect(tables.length).toBeGreaterThan(40);
    expect(await lintCatalogue(database.cluster.appUrl)).toEqual([]);
  });

  test.each(Object.keys(sabotages) as (keyof typeof sabotages)[])(
    "R50: for each tenant table, the lint names it after somebody comes to %s",
    async (name) => {
      const sabotage = sabotages[name];
      await asOwner(...tables.map(sabotage.break));
      const found = await lintCatalogue(database.cluster.appUrl);
      await asOwner(...tables.map(sabotage.repair));
      expect([...new Set(found.map((finding) => finding.object))].sort()).toEqual([...tables]);
      expect(await lintCatalogue(database.cluster.appUrl)).toEqual([]);
    },
  );

  test.each([
    ["a view that runs as its owner", "create view peek as select * from tenancy_tenants", "drop view peek", "peek"],
    [
      "a foreign key that may point at another tenant",
      "create table peek_a (tenant_id uuid, id uuid primary key); create table peek_b (tenant_id uuid, a uuid constraint peek_key references peek_a (id)); select cf_tenant_table('peek_a'); select cf_tenant_table('peek_b')",
      "drop table peek_b, peek_a",
      "peek_key",
    ],
    [
      "a definer function that anybody may call",
      "create function peek() returns int language sql security definer set search_path = public, pg_temp as 'select 1'",
      "drop function peek()",
      "peek()",
    ],
    [
      "a definer function without a search path",
      "create function peek() returns int language sql security definer as 'select 1'",
      "drop function peek()",
      "peek()",
    ],
  ])("R50: the lint names %s", async (_what, sabotage, repair, object) => {
    await asOwner(sabotage);
    const found = await lintCatalogue(database.cluster.appUrl);
    await asOwner(repair);
    expect(found.map((finding) => finding.object)).toContain(object);
    expect(await lintCatalogue(database.cluster.appUrl)).toEqual([]);
  });
});

/** What the operator role reaches across tenants, by table; everything else is closed to it (R51). */
const operatorAccess: Readonly<Record<string, "read" | "write">> = {
  approvals_requests: "write",
  audit_chain: "read",
  audit_cuts: "read",
  audit_entries: "read",
  audit_heads: "read",
  backup_alarms: "read",
  backup_chains: "read",
  backup_files: "read",
  backup_parts: "read",
  backup_points: "read",
  backup_replicas: "read",
  backup_scrubs: "read",
  backup_uploads: "read",
  backup_usage_daily: "read",
  billing_allocations: "read",
  billing_archive_checks: "write",
  billing_budget_alerts: "read",
  billing_budgets: "read",
  billing_documents: "read",
  billing_dues: "read",
  billing_invoices: "read",
  billing_charges: "read",
  billing_line_charges: "read",
  billing_line_units: "read",
  billing_lines: "read",
  billing_numbers: "read",
  billing_payments: "read",
  billing_receipts: "read",
  billing_reminders: "read",
  billing_settings: "write",
  billing_vat: "read",
  billing_vat_checks: "read",
  catalogue_acceptances: "read",
  catalogue_documents: "write",
  catalogue_prices: "write",
  catalogue_skus: "write",
  catalogue_tax_rates: "write",
  catalogue_versions: "write",
  complaints_complaints: "write",
  compliance_holds: "write",
  compliance_incident_customers: "write",
  compliance_incident_steps: "write",
  compliance_incidents: "write",
  compliance_looks: "write",
  compliance_requests: "write",
  compliance_retention: "write",
  departure_departures: "write",
  departure_retention: "read",
  departure_services: "read",
  devices_devices: "read",
  devices_reports: "read",
  domains_addresses: "read",
  domains_domains: "read",
  // The provider's own rows alone.
  idempotency_answers: "write",
  inspections_auditors: "read",
  inspections_requests: "write",
  // It may ask and enter, column by column; only the customer can answer.
  grants_grants: "read",
  jobs_jobs: "write",
  jobs_schedules: "read",
  mailbox_accounts: "read",
  mailflow_abuse_cases: "write",
  mailflow_deliveries: "read",
  mailflow_domain_rates: "read",
  mailflow_events: "read",
  mailflow_outgoing: "read",
  mailflow_queue: "write",
  mailflow_rates: "read",
  mailflow_sink: "write",
  mailflow_stopped_senders: "read",
  mailflow_system_mail: "write",
  measures_appeals: "write",
  measures_measures: "write",
  measures_switches: "write",
  measures_violations: "write",
  metering_events: "read",
  metering_hours: "read",
  metering_subjects: "read",
  metering_units: "read",
  notices_affected: "read",
  notices_contacts: "read",
  notices_deliveries: "read",
  notices_faults: "write",
  notices_notices: "write",
  notices_updates: "write",
  orders_capacity_alerts: "read",
  orders_orders: "read",
  orders_price_told: "read",
  orders_services: "read",
  placement_addresses: "write",
  placement_allocations: "read",
  placement_evacuations: "write",
  placement_hosts: "write",
  placement_placements: "read",
  processors_changes: "write",
  processors_instructions: "read",
  processors_objections: "read",
  processors_seeding: "write",
  processors_subprocessors: "write",
  processors_told: "read",
  reconciliation_drifts: "write",
  reconciliation_looks: "read",
  schema_migrations: "read",
  spaces_sites: "write",
  spaces_spaces: "write",
  tenancy_notes: "write",
  tenancy_tenants: "write",
  tickets_attachments: "write",
  tickets_entries: "write",
  tickets_linked_answers: "write",
  tickets_tickets: "write",
};

test("R51: the operator role reaches exactly the tables that this list opens, no mail, no sessions, no keys", async () => {
  const owner = openPool(database.cluster.ownerUrl, 1);
  const rows = await owner<{ name: string; reads: boolean; writes: boolean }[]>`
    select c.relname::text as name,
      has_table_privilege('cf_ops', c.oid, 'select') as reads,
      has_table_privilege('cf_ops', c.oid, 'insert') or has_table_privilege('cf_ops', c.oid, 'update')
        or has_table_privilege('cf_ops', c.oid, 'delete') or has_table_privilege('cf_ops', c.oid, 'truncate') as writes
    from pg_class c where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = 'public'::regnamespace`;
  await owner.end();
  const open = rows.filter((row) => row.reads || row.writes);
  expect(Object.fromEntries(open.map((row) => [row.name, row.writes ? "write" : "read"]))).toEqual(operatorAccess);
});

/** Last: it takes constraints away, so the database is spent afterwards. */
test("R50: in no table does a statement reach another tenant's row, or any row without a tenant", async () => {
  const report = await tenantMatrix(database);
  expect(report.findings).toEqual([]);
  expect([...report.tables]).toEqual([...tables]);
  expect(report.checks).toBe(tables.length * 12);
}, 120_000);
