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
];
