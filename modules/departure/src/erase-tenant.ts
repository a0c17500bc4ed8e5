import { type Actor, assert, Failure, type TenantId } from "@casaforte/kernel";
import { chainAudit, cutLog, readAuditHead, recordAudit } from "@casaforte/modules/audit";
import { forgetTenant, markTenantDeparted, readTenant } from "@casaforte/modules/tenancy";
import { type DeletionCertificate, keyFingerprint, signCertificate } from "./certificate.ts";
import type { Departure } from "./departure.ts";
import { departureLimits } from "./limits.ts";
import type { DepartureServices } from "./services.ts";
import {
  countRows,
  eraseRows,
  markErased,
  markErasing,
  noteBlobs,
  selectCounts,
  selectDeparture,
  selectTenantTables,
  type TenantTable,
} from "./store.ts";
import { isDue } from "./window.ts";

const actor: Actor = { kind: "system", name: "departure" };

/**
 * Deletes every copy of a customer's data: rows of every table that is not on the retention list, blobs of every store,
 * at last its key; then signs the certificate (R61). Each step may be done again, so a crash costs nothing.
 * @throws precondition `departure.not_due` before its time, locked `departure.held` while a legal hold stands,
 * internal trouble when something is left after all rounds.
 */
export async function eraseTenant(services: DepartureServices, tenantId: TenantId, signal: AbortSignal): Promise<void> {
  const { db } = services;
  const departure = await begin(services, tenantId);
  if (departure === null) return;
  const name = (await db.tenant(tenantId, (tx) => readTenant(tx, tenantId), { readOnly: true })).name;
  await services.settle(tenantId, actor, departure.erasingAt.getTime());
  const tables = await db.tenant(tenantId, selectTenantTables, { readOnly: true });
  for (let round = 0; ; round++) {
    await eraseTables(services, tenantId, tables, signal);
    for (const holding of services.holdings) {
      signal.throwIfAborted();
      await assertNotHeld(services, tenantId);
      const count = await countBlobs(holding.store.list(tenantId));
      await db.tenant(tenantId, (tx) => noteBlobs(tx, departure.id, holding.name, count));
      await holding.store.erase(tenantId);
    }
    const left = await findRemains(services, tenantId);
    if (left.length === 0) break;
    if (round + 1 >= departureLimits.eraseRounds)
      throw new Failure("conflict", "departure.remains", `something is left: ${left.slice(0, 5).join(", ")}`);
  }
  await assertNotHeld(services, tenantId);
  const auditHead = await cutAudit(services, tenantId, signal);
  await assertNotHeld(services, tenantId);
  await services.tenantKeys.destroy(tenantId);
  await certify(services, departure, name, auditHead);
}

/** A hold may be placed while a deletion runs: it stops before the next step that cannot be undone. */
async function assertNotHeld({ db, isHeld }: DepartureServices, tenantId: TenantId): Promise<void> {
  if (await db.operator((tx) => isHeld(tx, tenantId), { readOnly: true }))
    throw new Failure("locked", "departure.held", "a legal hold stands");
}

type Begun = Departure & { readonly erasingAt: Date };

/** Nothing begins while a place is away in which something may lie. @throws unavailable. */
async function assertReachable(services: DepartureServices, tenantId: TenantId): Promise<void> {
  await services.db.tenant(tenantId, (tx) => services.assertPlaces(tx), { readOnly: true });
  for (const { store } of services.holdings) for await (const _ of store.list(tenantId)) break;
}

/** The last look before anything goes; null when it is all done. */
async function begin(services: DepartureServices, tenantId: TenantId): Promise<Begun | null> {
  const { db, clock } = services;
  const before = await db.operator((tx) => selectDeparture(tx, tenantId), { readOnly: true });
  if (before?.state === "retrieval" && isDue(before, clock.nowMs())) await assertReachable(services, tenantId);
  return db.operator(async (tx) => {
    const departure = await selectDeparture(tx, tenantId, true);
    if (departure === null || departure.state === "erased") return null;
    const nowMs = clock.nowMs();
    if (departure.state === "retrieval" && !isDue(departure, nowMs))
      throw new Failure("precondition", "departure.not_due", "the customer may still take its data away");
    if (await services.isHeld(tx, tenantId)) throw new Failure("locked", "departure.held", "a legal hold stands");
    if (departure.state === "retrieval") {
      await markErasing(tx, tenantId, departure.id, new Date(nowMs));
      await markTenantDeparted(tx, actor, { tenantId, nowMs });
    }
    return { ...departure, erasingAt: departure.erasingAt ?? new Date(nowMs) };
  });
}

/** Tables in an order in which no row is deleted before those that point at it. @throws when they go round in a circle. */
export function erasureOrder(tables: readonly TenantTable[]): readonly TenantTable[] {
  const waiting = new Map(tables.filter((table) => table.basis === null).map((table) => [table.name, table]));
  const order: TenantTable[] = [];
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter(
      (table) => ![...waiting.values()].some((other) => other !== table && other.references.includes(table.name)),
    );
    assert(free.length > 0, "foreign keys between tenant tables go one way");
    for (const table of free) {
      waiting.delete(table.name);
      order.push(table);
    }
  }
  return order;
}

async function eraseTables(
  { db, eraseBatch = departureLimits.eraseBatch }: DepartureServices,
  tenantId: TenantId,
  tables: readonly TenantTable[],
  signal: AbortSignal,
): Promise<void> {
  for (const { name } of erasureOrder(tables))
    await inBatches(eraseBatch, signal, () => db.tenant(tenantId, (tx) => eraseRows(tx, name, eraseBatch)));
}

/** Again and again, each time a transaction, until less than a whole batch was left. */
export async function inBatches(most: bigint, signal: AbortSignal, batch: () => Promise<bigint>): Promise<void> {
  do signal.throwIfAborted();
  while ((await batch()) >= most);
}

async function countBlobs(blobs: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of blobs) count++;
  return count;
}

/** What is still there of a tenant beside what is kept: table names with counts, stores with counts. */
export async function findRemains(services: DepartureServices, tenantId: TenantId): Promise<string[]> {
  const left: string[] = [];
  await services.db.tenant(
    tenantId,
    async (tx) => {
      for (const { name, basis } of await selectTenantTables(tx)) {
        const rows = basis === null ? await countRows(tx, name) : 0n;
        if (rows > 0n) left.push(`${name}: ${rows} rows`);
      }
    },
    { readOnly: true },
  );
  for (const { name, store } of services.holdings) {
    const count = await countBlobs(store.list(tenantId));
    if (count > 0) left.push(`${name}: ${count} blobs`);
  }
  return left;
}

/** The log goes too: its last hash stays, so that what was anchored before can still be told from an invention. */
async function cutAudit(
  { db, eraseBatch = departureLimits.eraseBatch }: DepartureServices,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<DeletionCertificate["auditHead"]> {
  await chainAudit(db);
  const head = await db.tenant(tenantId, readAuditHead, { readOnly: true });
  if (head === null) return null;
  if (head.links > 0n) await inBatches(eraseBatch, signal, () => db.tenant(tenantId, (tx) => cutLog(tx, eraseBatch)));
  return { seq: String(head.seq), hash: head.hash.toString("hex") };
}

async function certify(
  services: DepartureServices,
  departure: Departure,
  name: string,
  auditHead: DeletionCertificate["auditHead"],
): Promise<void> {
  const { db, clock } = services;
  const { tenantId, id } = departure;
  const nowMs = clock.nowMs();
  const { counts, kept } = await db.tenant(
    tenantId,
    async (tx) => {
      const rows: { table: string; rows: number; basis: string }[] = [];
      for (const table of await selectTenantTables(tx)) {
        const count = table.basis === null ? 0 : Number(await countRows(tx, table.name));
        if (table.basis !== null && count > 0) rows.push({ table: table.name, rows: count, basis: table.basis });
      }
      return { kept: rows, counts: await selectCounts(tx, id) };
    },
    { readOnly: true },
  );
  const certificate: DeletionCertificate = {
    v: 1,
    kind: "casaforte.deletion-certificate",
    departure: id,
    provider: services.providerName,
    customer: { id: tenantId, name },
    requestedAt: departure.requestedAt.toISOString(),
    retrievalUntil: departure.retrievalUntil.toISOString(),
    erasedAt: new Date(nowMs).toISOString(),
    tables: counts.flatMap(({ kind, name: table, count }) => (kind === "table" ? { table, rows: Number(count) } : [])),
    stores: counts.flatMap(({ kind, name: store, count }) =>
      kind === "store" ? { name: store, blobs: Number(count) } : [],
    ),
    keyDestroyed: true,
    kept,
    auditHead,
    savedCopiesGoneBy: new Date(nowMs + departureLimits.savedCopiesMs).toISOString(),
    key: keyFingerprint(services.signingKey),
  };
  const { text, signature } = signCertificate(certificate, services.signingKey);
  await db.operator(async (tx) => {
    await forgetTenant(tx, { tenantId, nowMs });
    await markErased(tx, tenantId, id, { certificate: text, signature, at: new Date(nowMs) });
    // In the provider's own log: the customer's is gone.
    await recordAudit(tx, actor, {
      action: "departure.erased",
      object: { kind: "departure", id },
      details: { tenant: tenantId, tables: certificate.tables.length },
    });
  });
}
