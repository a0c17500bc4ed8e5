import { migrations as auditMigrations } from "@casaforte/modules/audit";
import { migrations as tenancyMigrations } from "@casaforte/modules/tenancy";
import {
  migrations as baseMigrations,
  lintCatalogue,
  openPool,
  startTestDatabase,
  type TestDatabase,
  tenantMatrix,
} from "@casaforte/platform/db";
import { afterEach, expect, test } from "vitest";
import { migrations } from "./migrations.ts";

const sources = [baseMigrations, tenancyMigrations, auditMigrations, migrations];
let database: TestDatabase | undefined;
afterEach(async () => {
  await database?.close();
  database = undefined;
});

async function asOwner(statement: string): Promise<void> {
  if (!database) throw new Error("no database");
  const pool = openPool(database.cluster.ownerUrl, 1);
  await pool.unsafe(statement);
  await pool.end();
}

test("R50: no statement of one tenant reaches another in any table of tenancy, audit and identity", async () => {
  database = await startTestDatabase(sources);
  expect(await lintCatalogue(database.cluster.appUrl)).toEqual([]);
  const report = await tenantMatrix(database);
  expect(report.findings).toEqual([]);
  expect(report.tables).toEqual(
    expect.arrayContaining(["tenancy_tenants", "audit_entries", "identity_principals", "identity_sessions"]),
  );
  expect(report.checks).toBe(report.tables.length * 12);
});

test.each([
  ["drop policy tenant on identity_sessions", "select own"],
  [
    "drop policy tenant on identity_sessions; create policy tenant on identity_sessions to cf_app using (true) with check (true)",
    "select",
  ],
  ["alter policy tenant on identity_sessions with check (true)", "insert"],
  ["alter table identity_sessions disable row level security", "delete"],
])("R50: the suite fails after: %s", async (sabotage, verb) => {
  database = await startTestDatabase(sources);
  await asOwner(sabotage);
  expect((await lintCatalogue(database.cluster.appUrl)).map((finding) => finding.object)).toContain(
    "identity_sessions",
  );
  const { findings } = await tenantMatrix(database, ["identity_sessions"]);
  expect(findings.map((finding) => finding.verb)).toContain(verb);
});
