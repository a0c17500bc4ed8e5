import type { Invariant } from "@casaforte/platform/db";
import { selectAssignmentsOfEnded, selectPoliciesWithoutVersion } from "./store-invariants.ts";

/** What must hold of every tenant's policies. */
export const invariants: readonly Invariant[] = [
  {
    name: "policies.current_version_is_kept",
    check: async (tx) =>
      (await selectPoliciesWithoutVersion(tx)).map((id) => `policy ${id} has lost its current version`),
  },
  {
    name: "policies.assigned_policies_live",
    check: async (tx) =>
      (await selectAssignmentsOfEnded(tx)).map((id) => `device ${id} follows a policy that has ended`),
  },
];
