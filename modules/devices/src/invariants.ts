import type { Invariant } from "@casaforte/platform/db";
import { selectBrokenEnrolments } from "./store-invariants.ts";

export const invariants: readonly Invariant[] = [
  {
    name: "devices.enrolment_made_its_device",
    async check(tx) {
      const ids = await selectBrokenEnrolments(tx);
      return ids.map((id) => `enrolment ${id} was used for a device of another space`);
    },
  },
];
