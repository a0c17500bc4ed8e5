import type { Logger } from "@casaforte/kernel";
import { loadPdfLibrary } from "@casaforte/modules/billing";
import { loadPasskeyLibrary } from "@casaforte/modules/identity";
import { loadMailLibrary } from "@casaforte/modules/mailflow";
import { loadImapLibrary } from "@casaforte/modules/transfers";
import { runningReleaseTests } from "./evidence/release-tests.ts";

/**
 * Loads what a start does not wait for: an upgrade puts other files in its place while this program serves on, and a first
 * invoice, passkey or transfer must not find half of another version (R101). Never throws.
 */
export async function loadAhead(logger: Logger): Promise<void> {
  for (const load of [runningReleaseTests, loadPasskeyLibrary, loadMailLibrary, loadImapLibrary, loadPdfLibrary]) {
    try {
      await load();
    } catch (error) {
      logger.error("server.load_ahead", error);
    }
  }
}
