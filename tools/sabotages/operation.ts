import type { Sabotage } from "./sabotage.ts";

/** Watching the product run. */
export const operation: readonly Sabotage[] = [
  {
    rows: [99],
    what: "a queue that stands still alarms nobody",
    file: "apps/server/src/health.ts",
    find: "row?.oldest ? Math.max(0, clock.nowMs() - row.oldest.getTime()) : 0",
    replace: "0",
    test: { file: "apps/server/src/health.test.ts", name: "R99: a job that waits" },
  },
  {
    rows: [101],
    what: "a migration that was changed afterwards is passed over",
    file: "platform/db/src/migrate.ts",
    find: "if (applied.get(key) === migration.sha256) continue;",
    replace: "if (applied.has(key)) continue;",
    test: { file: "platform/db/src/migrate.test.ts", name: "R101: migrations only go forward" },
  },
  {
    rows: [98],
    what: "rows that a disk changed are put back as if they were the customers' own",
    file: "platform/db/src/put-back-database.ts",
    find: "if (rows !== table.rows || sha256 !== table.sha256)",
    replace: "if (rows < 0)",
    test: { file: "platform/db/src/save-database.test.ts", name: "R98, R101: a save comes back whole" },
  },
  {
    rows: [22],
    what: "whoever may read may let failed jobs run again",
    file: "apps/server/src/operation-routes.ts",
    find: 'await operator(request, "write");',
    replace: 'await operator(request, "read");',
    test: { file: "tests/security/routes.test.ts", name: "R22: each operator sees" },
  },
  {
    rows: [22],
    what: "jobs that were given up are not shown",
    file: "platform/jobs/src/board.ts",
    find: "count(*) filter (where failed_at is not null)::int as failed",
    replace: "0 as failed",
    test: { file: "tests/security/routes.test.ts", name: "R22: each operator sees" },
  },
  {
    rows: [4],
    what: "the rate that was sold is not looked at",
    file: "apps/server/src/data-planes.ts",
    find: "space.bandwidthBytesPerSecond === null ?",
    replace: "space.bandwidthBytesPerSecond !== undefined ?",
    test: { file: "apps/server/src/data-planes.test.ts", name: "R4: what the catalogue sold" },
  },
  {
    rows: [100],
    what: "a change that the plane did not make counts as made",
    file: "modules/reconciliation/src/reconcile.ts",
    find: "if (still === undefined) await settle(tx, drift, nowMs);",
    replace: "if (still === undefined || !troubles.has(key)) await settle(tx, drift, nowMs);",
    test: { file: "modules/reconciliation/src/reconciliation.test.ts", name: "R100: a plane that refuses" },
  },
  {
    rows: [100],
    what: "a drift is tried once and then never again",
    file: "modules/reconciliation/src/reconcile.ts",
    find: "if ((before?.nextAt ?? now).getTime() <= nowMs) due.push(difference);",
    replace: "if (before === undefined) due.push(difference);",
    test: { file: "modules/reconciliation/src/reconciliation.test.ts", name: "R100: a plane that refuses" },
  },
];
