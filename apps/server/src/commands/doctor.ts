import { Failure } from "@casaforte/kernel";
import { productionFindings } from "@casaforte/platform/config";
import { openLogger } from "@casaforte/platform/telemetry";
import { examineEscrow } from "../doctor/escrow-standings.ts";
import { examine } from "../doctor/examine.ts";
import { doctorExitCodes, reportLines } from "./doctor-report.ts";
import { type InstallationOptions, openInstallation } from "./open-installation.ts";

/** Examines an installation and prints what it found. Returns the exit code. */
export async function doctor(options: InstallationOptions & { readonly json?: boolean }): Promise<number> {
  try {
    const { config, urls } = await openInstallation(options);
    const logger = openLogger({ level: "error" });
    const examined = await examine(config, urls, logger);
    // Of a database that it could not look at nothing is known.
    const escrow = examined.invariants === 0 ? { words: [], findings: [] } : await examineEscrow(config, urls, logger);
    const unfit = (options.config ? await productionFindings(config) : []).map((what) => ({
      where: "configuration",
      what,
      todo: "serve refuses to start with it.",
    }));
    const findings = [...unfit, ...examined.findings, ...escrow.findings];
    const report = { ...examined, ok: findings.length === 0, findings, escrow: escrow.words };
    const besides = report.ok ? escrow.words.map((words) => `Besides: ${words}.\n`).join("") : "";
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportLines(report)}${besides}`);
    return report.ok ? doctorExitCodes.well : doctorExitCodes.findings;
  } catch (error) {
    const why = error instanceof Error ? (error instanceof Failure ? error.message : error.stack) : String(error);
    if (options.json)
      process.stdout.write(`${JSON.stringify({ ok: false, couldNotRun: why, findings: [] }, null, 2)}\n`);
    process.stderr.write(`The doctor could not look: ${why}\n`);
    return doctorExitCodes.couldNotRun;
  }
}
