import type { Invariant } from "@casaforte/platform/db";
import { metadataReserve } from "./admission.ts";
import { selectSpaces } from "./store.ts";

/** What must hold of every tenant's spaces. Counters against the bytes themselves are checked by the backup module. */
export const invariants: readonly Invariant[] = [
  {
    name: "spaces.metadata_within_reserve",
    async check(tx) {
      const spaces = await selectSpaces(tx);
      return spaces
        .filter((space) => space.metadataBytes > metadataReserve(space.quotaBytes))
        .map((space) => `space ${space.id} holds ${space.metadataBytes} bytes of metadata, more than its reserve`);
    },
  },
];
