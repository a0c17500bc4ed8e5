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
    find: "if (before === migration.sha256) continue;",
    replace: "if (before !== undefined) continue;",
    test: { file: "platform/db/src/migrate.test.ts", name: "R101: migrations only go forward" },
  },
];
