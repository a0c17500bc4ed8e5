import { providerTenantId } from "@casaforte/kernel";
import { listDomains } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import { certificateLimits } from "./limits.ts";
import { namesOfDomain } from "./names-of-domain.ts";
import { deleteNames, deleteOrders, insertNames, selectNames } from "./store.ts";
import { type CertificateServices, issuedTopic } from "./types.ts";

export const orderTask = "certificates.order";

/**
 * Brings a tenant's names in line with its domains, erases what belongs to none with its key, and gives a turn to those
 * that are due.
 */
export async function tendNames(tx: TenantTx, services: CertificateServices): Promise<void> {
  const { authority, clock, jobs, ownNames, orderedNames, isFiled, bus } = services;
  const nowMs = clock.nowMs();
  const at = new Date(nowMs);
  await deleteOrders(tx, new Date(nowMs - certificateLimits.weekMs));
  if (authority === null) return;
  const wanted = new Set<string>();
  const want = async (names: readonly string[], domainId: Parameters<typeof insertNames>[2]): Promise<void> => {
    const unfiled = names.filter((name) => !isFiled(name));
    for (const name of unfiled) wanted.add(name);
    await insertNames(tx, unfiled, domainId, at);
  };
  if (tx.tenantId === providerTenantId) await want([...orderedNames], null);
  for (const domain of await listDomains(tx))
    if (domain.state === "active" && domain.closedAt === null)
      await want(
        namesOfDomain(domain.name).filter((name) => !ownNames.has(name)),
        domain.id,
      );
  const names = await selectNames(tx);
  const over = names.filter(({ name }) => !wanted.has(name));
  if (
    over.length > 0 &&
    (await deleteNames(
      tx,
      over.map(({ name }) => name),
    )) > 0
  )
    tx.afterCommit(() => bus.publish(issuedTopic));
  if (names.some(({ name, lookAt }) => wanted.has(name) && lookAt.getTime() <= nowMs))
    await enqueueTurn(tx, jobs, nowMs);
}

/** A turn of the names of this tenant that are due then. */
export const enqueueTurn = (tx: TenantTx, jobs: CertificateServices["jobs"], runAtMs: number): Promise<void> =>
  jobs.enqueue(tx, orderTask, {}, { key: "turn", runAtMs, keepsEarlier: true });

/** A turn of one name, before the others. */
export const enqueueName = (
  tx: TenantTx,
  jobs: CertificateServices["jobs"],
  name: string,
  runAtMs: number,
): Promise<void> => jobs.enqueue(tx, orderTask, { name }, { key: name, runAtMs });
