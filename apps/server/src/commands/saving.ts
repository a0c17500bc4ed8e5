import { Failure } from "@casaforte/kernel";
import { loadConfig } from "@casaforte/platform/config";
import { openLogger } from "@casaforte/platform/telemetry";
import { defaultDataDirectory } from "../demo/data-directory.ts";
import type { DoctorReport } from "../doctor/examine.ts";
import { embeddedSuperuserUrl } from "../saving/layout.ts";
import { save } from "../saving/save.ts";
import { doctorExitCodes, reportLines } from "./doctor-report.ts";
import { openInstallation } from "./open-installation.ts";

const logger = openLogger({ level: "error" });
const say = (text: string) => void process.stdout.write(text);
const json = (value: unknown) => say(`${JSON.stringify(value, null, 2)}\n`);

/** Neither saving nor drilling signs in as the program does. */
const configOf = async (options: { readonly config?: string; readonly data?: string }) =>
  options.config ? loadConfig(options.config, process.env) : (await openInstallation(options)).config;

export interface SaveOptions {
  readonly config?: string;
  readonly data?: string;
  readonly to: string;
  readonly keep: number;
  readonly databaseUrl?: string;
  readonly json?: boolean;
}

/** @throws precondition `save.url` without a URL of a role that reads everything. */
export async function runSave(options: SaveOptions): Promise<void> {
  const config = await configOf(options);
  const demo = options.config ? undefined : (options.data ?? defaultDataDirectory(process.env));
  const url = options.databaseUrl ?? (demo === undefined ? undefined : await embeddedSuperuserUrl(demo));
  if (url === undefined)
    throw new Failure(
      "precondition",
      "save.url",
      "set DATABASE_SAVE_URL to the URL of a role that reads every row: a superuser, or cf_save as the runbook makes it",
    );
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort(new Failure("cancelled", "save.interrupted", "interrupted")));
  const report = await save(config, url, { place: options.to, keep: options.keep, signal: interrupted.signal });
  if (options.json) return json(report);
  say(
    `Saved as ${report.stamp}: ${report.rows} rows of ${report.tables} tables, the keys, the blobs of ${report.sites.join(", ")}.\n`,
  );
  if (report.forgotten.length > 0) say(`Taken away: ${report.forgotten.join(", ")}.\n`);
  say(`Prove it: casaforte drill --from ${report.place}\n`);
}

export interface PutBackOptions {
  readonly config: string;
  readonly from: string;
  readonly save?: string;
  readonly superuserUrl: string;
  readonly json?: boolean;
}

/** Returns the exit code: 1 when the doctor found something afterwards. */
export async function runPutBack(options: PutBackOptions): Promise<number> {
  const { config } = await openInstallation({ config: options.config });
  const chosen = { place: options.from, ...(options.save ? { stamp: options.save } : {}) };
  const { putBack } = await import("../saving/put-back.ts");
  const report = await putBack(config, options.superuserUrl, chosen, logger);
  if (options.json) json(report);
  else {
    say(
      `The database is as it was at ${report.save.madeAt}; ${report.mailAccounts} mail accounts will be read anew.\n`,
    );
    say(reportLines(report.examined));
  }
  return exitCode(report.examined);
}

export interface DrillOptions {
  readonly config?: string;
  readonly data?: string;
  readonly from: string;
  readonly save?: string;
  readonly scratch?: string;
  readonly blobs: number;
  readonly json?: boolean;
}

/** Returns the exit code: 1 when the save would not do. */
export async function runDrill(options: DrillOptions): Promise<number> {
  const { drill } = await import("../saving/drill.ts");
  const report = await drill(
    await configOf(options),
    {
      place: options.from,
      perTenant: options.blobs,
      ...(options.save ? { stamp: options.save } : {}),
      ...(options.scratch ? { scratch: options.scratch } : {}),
    },
    logger,
  );
  if (options.json) json(report);
  else {
    say(
      `${report.stamp} was put back in ${report.seconds} s: ${report.rows} rows of ${report.tables} tables, ${report.mailAccounts} mail accounts to be read anew, ${report.blobsRead} blobs read to the end.\n`,
    );
    say(reportLines(report));
  }
  return exitCode(report);
}

const exitCode = ({ ok }: Pick<DoctorReport, "ok">) => (ok ? doctorExitCodes.well : doctorExitCodes.findings);
