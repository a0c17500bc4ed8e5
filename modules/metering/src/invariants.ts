import type { Invariant } from "@casaforte/platform/db";
import { selectOverlaps } from "./store.ts";

export const invariants: readonly Invariant[] = [
  {
    name: "metering.no_instant_twice",
    async check(tx) {
      const overlaps = await selectOverlaps(tx);
      return overlaps.map(({ subjectId, at }) => `${subjectId} is billed twice from ${at.toISOString()} on`);
    },
  },
];
