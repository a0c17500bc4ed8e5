import { appendFile, chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Logger } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import { endPutBack, openDb, putBackDatabase, startEmbedded } from "@casaforte/platform/db";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { settleAfterRestore } from "../commands/after-restore.ts";
import { examine } from "../doctor/examine.ts";
import type { DoctorFinding } from "../doctor/finding.ts";
import { migrationSources } from "../migrations.ts";
import { openStores } from "../stores.ts";
import { chooseSave, layout, listReplaced } from "./layout.ts";
import { fillSite } from "./put-back.ts";
import { mirror } from "./rsync.ts";
import { readSamples } from "./sample-blobs.ts";

export interface DrillReport {
  readonly ok: boolean;
  readonly stamp: string;
  /** When it was drilled, and for how long. */
  readonly at: string;
  readonly seconds: number;
  readonly tables: number;
  readonly rows: number;
  readonly tenants: number;
  readonly invariants: number;
  /** Mail accounts whose programs would read anew. */
  readonly mailAccounts: number;
  /** Blobs that were read to the end. */
  readonly blobsRead: number;
  readonly findings: readonly DoctorFinding[];
}

/** Where the results of drills are kept, one JSON object a line. */
export const drillsFile = (place: string): string => join(place, "drills.jsonl");

/**
 * Proves a save: puts the database into an empty server of its own with every hash checked, runs every invariant and the
 * audit chains against the saved anchors, raises what mail programs count by, finds each row's blob in the copy and reads
 * some of them to the end. Needs the master keys and room for the database; touches neither the installation nor the copy.
 * Second locations are not part of a save. R98.
 */
export async function drill(
  config: Config,
  options: { readonly place: string; readonly stamp?: string; readonly scratch?: string; readonly perTenant: number },
  logger: Logger,
): Promise<DrillReport> {
  const startedMs = systemClock.nowMs();
  const place = resolve(options.place);
  const stamp = await chooseSave(place, options.stamp);
  const scratch = await mkdtemp(join(options.scratch ?? tmpdir(), "casaforte-drill-"));
  await chmod(scratch, 0o711);
  const cluster = await startEmbedded(join(scratch, "postgres"), logger);
  try {
    const save = await putBackDatabase(cluster, layout.database(place, stamp), migrationSources, logger);
    const copy = await configOfCopy(config, place, stamp, scratch);
    const mailAccounts = await settleAfterRestore(cluster);
    await endPutBack(cluster.ownerUrl);
    const examined = await examine(copy, cluster, logger, { secondLocations: false });
    const samples = await sample(copy, cluster, options.perTenant, logger);
    const findings = [...examined.findings, ...samples.findings];
    const report = {
      ok: findings.length === 0,
      stamp,
      at: new Date(startedMs).toISOString(),
      seconds: Math.round((systemClock.nowMs() - startedMs) / 1000),
      tables: save.tables.length,
      rows: save.tables.reduce((sum, { rows }) => sum + rows, 0),
      tenants: examined.tenants,
      invariants: examined.invariants,
      mailAccounts,
      blobsRead: samples.read,
      findings,
    };
    await appendFile(drillsFile(place), `${JSON.stringify(report)}\n`, { mode: 0o600 });
    return report;
  } finally {
    await cluster.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The same installation, standing on the copy. Its blobs are used where they lie if they can be. */
async function configOfCopy(config: Config, place: string, stamp: string, scratch: string): Promise<Config> {
  const data = join(scratch, "data");
  await mirror(layout.data(place), data);
  // Where this save's own run set nothing aside and none came later, the copy is as the save needs it.
  const isAsSaved = !(await listReplaced(place)).some((run) => run >= stamp);
  const sites: Config["sites"][number][] = [];
  for (const { replica: _away, ...site } of config.sites) {
    const blobs = isAsSaved ? layout.blobs(place, site.id) : join(scratch, "blobs", site.id);
    if (!isAsSaved) await fillSite(place, stamp, site.id, blobs);
    sites.push({ ...site, blobs });
  }
  return { ...config, data, sites, http: {}, acme: undefined, mail: { ...config.mail, tls: undefined } };
}

async function sample(copy: Config, urls: { appUrl: string; operatorUrl: string }, perTenant: number, logger: Logger) {
  const stores = await openStores(copy, systemClock, systemRandom);
  const db = openDb({ ...urls, logger, appConnectionsMax: 2, operatorConnectionsMax: 1 });
  try {
    return await readSamples(db, stores, { perTenant, random: systemRandom });
  } finally {
    await db.close();
  }
}
