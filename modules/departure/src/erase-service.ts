import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import { keyFingerprint, signCertificate } from "./certificate.ts";
import type { ServiceDeparture, ServiceDepartureId } from "./departure.ts";
import { erasureOrder, inBatches } from "./erase-tenant.ts";
import { departureLimits } from "./limits.ts";
import { expireExports } from "./run-export.ts";
import type { ServiceDepartureServices } from "./service-departure.ts";
import { selectTenantTables } from "./store.ts";
import { endMailExports } from "./store-exports.ts";
import {
  addServiceCount,
  countServiceRows,
  deleteServiceBlobs,
  eraseServiceContents,
  eraseServiceRows,
  markServiceCancelled,
  markServiceErased,
  markServiceErasing,
  selectServiceBlobs,
  selectServiceDeparture,
} from "./store-services.ts";
import { isDue } from "./window.ts";

const actor: Actor = { kind: "system", name: "departure" };

/** What a certificate of one service's end says (R61). */
export interface ServiceCertificate {
  readonly v: 1;
  readonly kind: "casaforte.service-deletion-certificate";
  readonly departure: string;
  readonly provider: string;
  readonly customer: { readonly id: string; readonly name: string };
  readonly service: { readonly kind: string; readonly id: string; readonly name: string };
  readonly requestedAt: string;
  readonly retrievalUntil: string;
  readonly erasedAt: string;
  /** Rows erased by table, stored files by store. */
  readonly erased: readonly { readonly name: string; readonly count: number }[];
  /** Each stored file has a key of its own that lies, sealed, in the file: it went with it. */
  readonly keysDestroyed: "with each file";
  /** What stays while the contract does, and why. */
  readonly kept: readonly { readonly name: string; readonly basis: string }[];
  /** Saved copies of the database that may hold rows are gone by then. */
  readonly savedCopiesGoneBy: string;
  readonly key: string;
}

/**
 * Deletes one service's rows and every copy of its bytes, then signs its certificate. Each step may be done again.
 * @throws precondition `departure.not_due` before its time, locked `departure.held` while a legal hold stands, locked
 * while something in it is and only the customer's wish makes it due, conflict `departure.remains` when something is left
 * after all rounds.
 */
export async function eraseService(
  services: ServiceDepartureServices,
  tenantId: TenantId,
  id: ServiceDepartureId,
  signal: AbortSignal,
): Promise<void> {
  const { db, eraseBatch = departureLimits.eraseBatch } = services;
  const departure = await begin(services, tenantId, id);
  if (departure === null) return;
  const leaving = services.leaving[departure.kind];
  const guard = () => assertNotHeld(services, tenantId);
  await guard();
  if (departure.kind === "mail_domain") await expireExports(services, tenantId);
  const tables = await db.tenant(tenantId, selectTenantTables, { readOnly: true });
  for (let round = 0; ; round++) {
    await guard();
    const counted = (tx: Parameters<typeof addServiceCount>[0], store: string, blobs: number) =>
      addServiceCount(tx, id, store, blobs);
    await leaving.purge(tenantId, departure, counted, guard, signal);
    for (const { name } of erasureOrder(tables))
      await inBatches(eraseBatch, signal, () =>
        db.tenant(tenantId, (tx) => eraseServiceRows(tx, id, name, eraseBatch)),
      );
    await deleteShared(services, departure, guard, signal);
    const left = await findServiceRemains(services, tenantId, id);
    if (left.length === 0) break;
    if (round + 1 >= departureLimits.eraseRounds)
      throw new Failure("conflict", "departure.remains", `something is left: ${left.slice(0, 5).join(", ")}`);
  }
  await certify(services, departure);
}

/** Deletes the files that its rows named and that no row names any more. */
async function deleteShared(
  { db, leaving }: ServiceDepartureServices,
  { tenantId, id, kind }: ServiceDeparture,
  guard: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { shared } = leaving[kind];
  if (shared === null) return;
  for (;;) {
    signal.throwIfAborted();
    const blobs = await db.tenant(tenantId, (tx) => selectServiceBlobs(tx, id, departureLimits.blobBatch));
    if (blobs.length === 0) break;
    await guard();
    await db.tenant(tenantId, (tx) => eraseServiceContents(tx, id, blobs));
    const unclaimed = await shared.unclaimed(tenantId, blobs);
    for (const blob of unclaimed) {
      signal.throwIfAborted();
      await guard();
      await shared.store.delete(tenantId, blob);
    }
    await db.tenant(tenantId, async (tx) => {
      await deleteServiceBlobs(tx, id, blobs);
      await addServiceCount(tx, id, "stored files", unclaimed.length);
    });
  }
  await shared.store.reclaim?.(tenantId);
}

async function assertNotHeld({ db, isHeld }: ServiceDepartureServices, tenantId: TenantId): Promise<void> {
  if (await db.operator((tx) => isHeld(tx, tenantId), { readOnly: true }))
    throw new Failure("locked", "departure.held", "a legal hold stands");
}

/** The last look before anything goes; null when it is all done or was taken back. */
async function begin(
  services: ServiceDepartureServices,
  tenantId: TenantId,
  id: ServiceDepartureId,
): Promise<ServiceDeparture | null> {
  const { db, clock } = services;
  await assertNotHeld(services, tenantId);
  return db.tenant(tenantId, async (tx) => {
    const departure = await selectServiceDeparture(tx, id);
    if (departure === null || departure.state === "erased" || departure.state === "cancelled") return null;
    if (departure.state === "erasing") return departure;
    const nowMs = clock.nowMs();
    if (!isDue(departure, nowMs))
      throw new Failure("precondition", "departure.not_due", "the customer may still take its data away");
    const leaving = services.leaving[departure.kind];
    // Locks made after the end was asked for end with the whole window alone, never with a wish for less.
    const overLocks = nowMs >= departure.retrievalUntil.getTime();
    const lockedUntil = overLocks ? null : await leaving.lockedUntil(tx, departure.subjectId);
    if (lockedUntil !== null && lockedUntil.getTime() > nowMs)
      throw new Failure("locked", "vault.point_locked", "restore points are locked beyond the wish for an early end");
    const now = new Date(nowMs);
    const members = await leaving.end(tx, actor, departure, { nowMs, overLocks });
    if (members === null) {
      await markServiceCancelled(tx, id, now);
      await recordAudit(tx, actor, {
        action: "departure.service_cancelled",
        object: { kind: "service_departure", id },
      });
      return null;
    }
    await markServiceErasing(tx, id, { now, members });
    if (departure.kind === "mail_domain") await endMailExports(tx, departure.name, now);
    await assertNotHeld(services, tenantId);
    return { ...departure, members };
  });
}

/** Table names with the rows that are still there of a service beside what is kept. */
export async function findServiceRemains(
  { db }: Pick<ServiceDepartureServices, "db">,
  tenantId: TenantId,
  id: ServiceDepartureId,
): Promise<string[]> {
  return db.tenant(
    tenantId,
    async (tx) => {
      const left: string[] = [];
      for (const { name, basis } of await selectTenantTables(tx)) {
        const rows = basis === null ? await countServiceRows(tx, id, name) : 0n;
        if (rows > 0n) left.push(`${name}: ${rows} rows`);
      }
      return left;
    },
    { readOnly: true },
  );
}

async function certify(services: ServiceDepartureServices, { tenantId, id, kind }: ServiceDeparture): Promise<void> {
  const { db, clock, providerName, signingKey } = services;
  const nowMs = clock.nowMs();
  await db.tenant(tenantId, async (tx) => {
    const departure = await selectServiceDeparture(tx, id);
    if (departure === null || departure.state !== "erasing") return;
    const certificate: ServiceCertificate = {
      v: 1,
      kind: "casaforte.service-deletion-certificate",
      departure: id,
      provider: providerName,
      customer: { id: tenantId, name: (await readTenant(tx, tenantId)).name },
      service: { kind: departure.kind, id: departure.subjectId, name: departure.name },
      requestedAt: departure.requestedAt.toISOString(),
      retrievalUntil: departure.retrievalUntil.toISOString(),
      erasedAt: new Date(nowMs).toISOString(),
      erased: Object.entries(departure.counts)
        .map(([name, count]) => ({ name, count }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      keysDestroyed: "with each file",
      kept: services.leaving[kind].kept,
      savedCopiesGoneBy: new Date(nowMs + departureLimits.savedCopiesMs).toISOString(),
      key: keyFingerprint(signingKey),
    };
    const { text, signature } = signCertificate(certificate, signingKey);
    await markServiceErased(tx, id, { certificate: text, signature, at: new Date(nowMs) });
    await recordAudit(tx, actor, { action: "departure.service_erased", object: { kind: "service_departure", id } });
  });
}
