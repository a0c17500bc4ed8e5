import type { RetentionClass } from "@casaforte/modules/compliance";
import type { Words } from "@casaforte/modules/inspections";
import { type AgeingRows, countOlder } from "./store-retention.ts";

const dayMs = 86_400_000;
/** A job that runs daily, and a machine that was off over a weekend, are no breach of the schedule. */
export const retentionGraceMs = 4 * dayMs;

/** A class that ends by age: the period is the one the deleting job itself goes by. */
export function ageing(
  name: string,
  words: { readonly what: Words; readonly why: Words },
  rule: { readonly keptMs: number; readonly job: string; readonly rows: readonly AgeingRows[] },
): RetentionClass & { readonly keptMs: number; readonly rows: readonly AgeingRows[] } {
  const { keptMs, job, rows } = rule;
  const days = Math.round(keptMs / dayMs);
  return {
    name,
    ...words,
    kept:
      keptMs === 0
        ? { it: "Fino alla scadenza", en: "Until it expires" }
        : { it: days === 1 ? "1 giorno" : `${days} giorni`, en: days === 1 ? "1 day" : `${days} days` },
    job,
    keptMs,
    rows,
    async overdue(tx, nowMs) {
      const before = new Date(nowMs - keptMs - retentionGraceMs);
      let found = 0;
      for (const each of rows) found += await countOlder(tx, each, before);
      return found;
    },
  };
}
