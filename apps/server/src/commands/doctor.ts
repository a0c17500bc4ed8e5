import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import { type Config, loadConfig, productionFindings } from "@casaforte/platform/config";
import { openLogger } from "@casaforte/platform/telemetry";
import type { DatabaseUrls } from "../core.ts";
import { defaultDataDirectory } from "../demo/data-directory.ts";
import { demoConfig } from "../demo/demo-config.ts";
import { demoPorts } from "../demo/ports.ts";
import { examineEscrow } from "../doctor/escrow-standings.ts";
import { type DoctorReport, examine } from "../doctor/examine.ts";

export type { DoctorReport };

import { runtimeUrls } from "./database-urls.ts";

export interface InstallationOptions {
  readonly config?: string;
  readonly data?: string;
}

/** `doctor`'s exit codes. */
export const doctorExitCodes = { well: 0, findings: 1, couldNotRun: 2 } as const;

/** A production installation by its configuration, or a demo that runs by its data directory. */
export async function openInstallation(
  options: InstallationOptions,
): Promise<{ readonly config: Config; readonly urls: DatabaseUrls }> {
  if (options.config) {
    const config = await loadConfig(options.config, process.env);
    return { config, urls: runtimeUrls(config.database) };
  }
  const directory = options.data ?? defaultDataDirectory(process.env);
  const text = await readFile(join(directory, "database.json"), "utf8").catch(() => {
    throw new Failure(
      "not_found",
      "doctor.no_demo",
      `no demo runs on ${directory}: start it, or name a configuration with --config`,
    );
  });
  return { config: await demoConfig(directory, demoPorts, "error"), urls: JSON.parse(text) as DatabaseUrls };
}

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

/** What a person reads. */
export function reportLines(report: Pick<DoctorReport, "ok" | "findings" | "tenants" | "invariants">): string {
  if (report.ok)
    return `All well: ${report.invariants} invariants hold for ${report.tenants} tenants, every row has its blob, the audit chains are whole, and the database keeps tenants apart.\n`;
  const lines = report.findings.map(({ where, what, todo }) => `✗ ${where}: ${what}\n  → ${todo}\n`);
  return `${lines.join("")}${report.findings.length} findings.\n`;
}
