import { accessSuite } from "./access-suite.ts";
import { chainSuite } from "./chain-suite.ts";
import { composeSuite } from "./compose-suite.ts";
import type { VaultHarness } from "./harness.ts";
import { policySuite } from "./policy-suite.ts";
import { quotaSuite } from "./quota-suite.ts";
import { uploadSuite } from "./upload-suite.ts";

export * from "./harness.ts";

/** The one suite that every vault passes. Call inside `describe`; `harness` is ready when the tests run. */
export function vaultConformance(harness: () => VaultHarness): void {
  accessSuite(harness);
  uploadSuite(harness);
  chainSuite(harness);
  quotaSuite(harness);
  policySuite(harness);
  composeSuite(harness);
}
