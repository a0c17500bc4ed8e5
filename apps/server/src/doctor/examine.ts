import { Failure, type Logger } from "@casaforte/kernel";
import { blobInvariant } from "@casaforte/modules/backup";
import { readIssued } from "@casaforte/modules/certificates";
import type { Config } from "@casaforte/platform/config";
import { assertDatabaseReady, type Invariant, openDb } from "@casaforte/platform/db";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import type { DatabaseUrls } from "../core.ts";
import { allInvariants, checkInvariants } from "../invariants.ts";
import { migrationSources } from "../migrations.ts";
import { hasKeys, openStores, type Stores, tenantKeyDirectory } from "../stores.ts";
import { auditChainInvariant, newestAnchors } from "./audit-chain.ts";
import { certificateFindings } from "./certificates.ts";
import { failedJobs } from "./failed-jobs.ts";
import type { DoctorFinding } from "./finding.ts";
import { mailBlobInvariant } from "./mail-blobs.ts";
import { mailDaneFindings } from "./mail-dane.ts";

export interface DoctorReport {
  readonly ok: boolean;
  readonly findings: readonly DoctorFinding[];
  readonly tenants: number;
  readonly invariants: number;
}

const todoByPrefix: readonly (readonly [string, string])[] = [
  ["audit.", "Treat it as a security incident: compare with the last backup and the anchors kept elsewhere."],
  [
    "backup.every_row_has_its_blob",
    "Restore the site's blobs from your own backup: without them these points are lost.",
  ],
  ["mailbox.every_message_has_its_blob", "Restore the mail blobs from your own backup: without them the mail is lost."],
];

const todoOf = (invariant: string) =>
  todoByPrefix.find(([prefix]) => invariant.startsWith(prefix))?.[1] ??
  "This is a fault of the program or of the disk: keep a copy of the database and report it with this line.";

/**
 * Checks segregation, every invariant, that rows have their blobs, the audit chain against its anchors, given-up jobs,
 * certificates, and what the DNS says of the mail servers'. Changes nothing; may run beside the program. Copies at second locations can be left out. @throws when it cannot look: database away, keys missing.
 */
export async function examine(
  config: Config,
  urls: DatabaseUrls,
  logger: Logger,
  { secondLocations = true }: { readonly secondLocations?: boolean } = {},
): Promise<DoctorReport> {
  const unready = await readiness(urls);
  if (unready.stops) return { ok: false, findings: unready.findings, tenants: 0, invariants: 0 };
  const stores = await openExistingStores(config);
  const db = openDb({ ...urls, logger, appConnectionsMax: 4, operatorConnectionsMax: 1 });
  try {
    const anchors = await anchorsOrFinding(config, stores);
    const invariants: readonly Invariant[] = [
      ...allInvariants,
      auditChainInvariant(anchors.heads),
      blobInvariant({
        blobStoreFor: stores.blobsOfSite,
        ...(secondLocations ? { replicaStoreFor: stores.replicasOfSite } : {}),
      }),
      mailBlobInvariant(stores.mailBlobs),
    ];
    const tenants = new Set<string>();
    const broken = await checkInvariants(db, { invariants, onChecked: (tenantId) => tenants.add(tenantId) });
    const issued = () => readIssued({ db, logger, secretKey: stores.secret("certificates") }, new Map());
    const findings = [
      ...unready.findings,
      ...broken.map(({ tenantId, invariant, finding }) => ({
        where: `tenant ${tenantId}, ${invariant}`,
        what: finding,
        todo: todoOf(invariant),
      })),
      ...anchors.findings,
      ...(await failedJobs(db)),
      ...(await certificateFindings(config, systemClock.nowMs())),
      ...(await mailDaneFindings(config, issued, logger)),
    ];
    return { ok: findings.length === 0, findings, tenants: tenants.size, invariants: invariants.length };
  } finally {
    await db.close();
  }
}

async function readiness(urls: DatabaseUrls): Promise<{ findings: DoctorFinding[]; stops: boolean }> {
  try {
    await assertDatabaseReady(urls, migrationSources);
    return { findings: [], stops: false };
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "db.unreachable") throw error;
    const finding = {
      where: "database",
      what: error.message,
      todo: "The program refuses to start until this is mended.",
    };
    return { findings: [finding], stops: error.code !== "db.segregation" };
  }
}

/** Opens what is there; a missing key is told, never made anew. @throws precondition `doctor.no_keys`. */
export async function openExistingStores(config: Config): Promise<Stores> {
  const directory = tenantKeyDirectory(config);
  if (!(await hasKeys(config)))
    throw new Failure(
      "precondition",
      "doctor.no_keys",
      `there are no keys in ${directory}: the program never ran on this data directory, or the keys were not restored with it`,
    );
  return openStores(config, systemClock, systemRandom);
}

async function anchorsOrFinding(config: Config, stores: Stores) {
  try {
    return { heads: await newestAnchors(config, stores), findings: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const finding: DoctorFinding = { where: "audit anchors", what: error.message, todo: todoOf("audit.") };
    return { heads: new Map<never, never>(), findings: [finding] };
  }
}
