import { Failure } from "@casaforte/kernel";
import { type CallOptions, type RunReport, type VaultClient, vaultLimits } from "@casaforte/vault";
import type { Notes } from "./notes.ts";

/** What the vault is told of a run's notes: how many of each kind, and no name. */
export const reportedNotes = ({ counts }: Notes): RunReport["notes"] => [
  ...counts.slice(0, vaultLimits.reportNotesMax),
];

/** Tells the vault how a run ended. A vault of before that knows no notes refuses them, and is told the rest. */
export async function sendReport(vault: VaultClient, report: RunReport, options: CallOptions = {}): Promise<void> {
  try {
    await vault.report(report, options);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "invalid") throw error;
    const { notes: _, ...rest } = report;
    await vault.report(rest, options);
  }
}
