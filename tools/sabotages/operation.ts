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
];
