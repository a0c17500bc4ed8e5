import type { Invariant } from "@casaforte/platform/db";
import { findUnsealed } from "./store.ts";

/** Claims about each tenant's certificates. */
export const invariants: readonly Invariant[] = [
  {
    name: "certificates.key_is_sealed",
    check: async (tx) => (await findUnsealed(tx)).map((name) => `the key of ${name} is in clear`),
  },
];
