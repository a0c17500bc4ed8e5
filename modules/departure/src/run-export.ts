import { type Actor, Failure, newId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { ExportId, ExportRow } from "./departure.ts";
import { departureLimits } from "./limits.ts";
import type { DepartureServices } from "./services.ts";
import {
  countRunning,
  insertExport,
  markExpired,
  markFailed,
  markReady,
  noteProgress,
  selectExport,
  selectOver,
} from "./store-exports.ts";
import { tarOf } from "./tar.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

/** Asks for an archive; a job makes it (R62). @throws rate_limited `departure.exports_running`. */
export async function requestExport(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly part: ExportRow["part"]; readonly mailDomain?: string | null },
  services: Pick<DepartureServices, "clock" | "random" | "jobs">,
): Promise<ExportId> {
  if ((await countRunning(tx)) >= departureLimits.exportsAtOnce)
    throw new Failure("rate_limited", "departure.exports_running", "wait for the archives that are being made");
  const id = newId<ExportId>(services.clock, services.random);
  await insertExport(tx, {
    id,
    part: input.part,
    mailDomain: input.mailDomain ?? null,
    requestedBy: actor.principalId,
    at: new Date(services.clock.nowMs()),
  });
  await services.jobs.enqueue(tx, "departure.export", { id }, { key: id, attemptsMax: 5 });
  await recordAudit(tx, actor, {
    action: "departure.export_requested",
    object: { kind: "export", id },
    details: { part: input.part, ...(input.mailDomain ? { domain: input.mailDomain } : {}) },
  });
  return id;
}

/** Makes the archive of one export. Again after a crash: the archive is made anew, the old one is nobody's and goes. */
export async function runExport(
  services: DepartureServices,
  tenantId: TenantId,
  id: ExportId,
  context: { readonly signal: AbortSignal; readonly isLastTry: boolean },
): Promise<void> {
  const { db, clock, archives } = services;
  const row = await db.tenant(tenantId, (tx) => selectExport(tx, id), { readOnly: true });
  if (row === null || (row.state !== "waiting" && row.state !== "running")) return;
  const exporter = services.exporters.find((each) => each.part === row.part);
  if (!exporter) throw new Failure("unsupported", "departure.no_exporter", `nothing hands out ${row.part}`);
  let [files, bytes, toldMs] = [0, 0, 0];
  const tar = tarOf(
    exporter.entries(tenantId, row.mailDomain === null ? {} : { mailDomain: row.mailDomain }, context.signal),
    {
      nowMs: clock.nowMs(),
      signal: context.signal,
      async onEntry(sizeBytes) {
        files++;
        bytes += sizeBytes;
        if (clock.nowMs() - toldMs < departureLimits.progressEveryMs) return;
        toldMs = clock.nowMs();
        await db.tenant(tenantId, (tx) => noteProgress(tx, id, { files, bytes }));
      },
    },
  );
  try {
    const stored = await archives.put(tenantId, tar, { signal: context.signal });
    const nowMs = clock.nowMs();
    const isWanted = await db.tenant(tenantId, (tx) =>
      markReady(tx, id, {
        blobId: stored.id,
        files,
        bytes: stored.size,
        sha256: stored.sha256,
        at: new Date(nowMs),
        expiresAt: new Date(nowMs + departureLimits.exportLifeMs),
      }),
    );
    if (!isWanted) await archives.delete(tenantId, stored.id);
  } catch (error) {
    if (context.isLastTry && !context.signal.aborted)
      await db.tenant(tenantId, (tx) => markFailed(tx, id, error instanceof Failure ? error.code : "internal"));
    throw error;
  }
}

/** Removes archives whose time is over: the bytes first, so that a crash between leaves none that no row names. */
export async function expireExports(
  services: Pick<DepartureServices, "db" | "clock" | "archives">,
  tenantId: TenantId,
): Promise<void> {
  const { db, clock, archives } = services;
  for (const { id, blobId } of await db.tenant(tenantId, (tx) => selectOver(tx, new Date(clock.nowMs())))) {
    await archives.delete(tenantId, blobId);
    await db.tenant(tenantId, (tx) => markExpired(tx, id));
  }
}
