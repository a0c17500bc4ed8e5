import { providerTenantId } from "@casaforte/kernel";
import { listDomains } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import { certificateLimits } from "./limits.ts";
import { namesOfDomain } from "./names-of-domain.ts";
import {
  clearEnded,
  clearOtherRests,
  deleteNames,
  deleteOrders,
  insertNames,
  selectDue,
  selectNames,
  updateDirectory,
} from "./store.ts";
import { type CertificateServices, issuedTopic } from "./types.ts";

/**
 * Brings a tenant's names in line with its domains and with the authority, and erases what belongs to none, or ended and
 * leads elsewhere, with its key. Returns since when the first of them is due; null: none is.
 */
export async function tendNames(tx: TenantTx, services: CertificateServices): Promise<Date | null> {
  const { authority, clock, ownNames, orderedNames, isFiled, bus } = services;
  const nowMs = clock.nowMs();
  const at = new Date(nowMs);
  await deleteOrders(tx, new Date(nowMs - certificateLimits.weekMs));
  let erased = await clearEnded(tx, at);
  const tell = () => tx.afterCommit(() => bus.publish(issuedTopic));
  if (tx.tenantId === providerTenantId) await clearOtherRests(tx, authority?.directory ?? null);
  if (authority === null) {
    if (erased > 0) tell();
    return null;
  }
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
  const over = (await selectNames(tx)).filter(({ name }) => !wanted.has(name)).map(({ name }) => name);
  if (over.length > 0) erased += await deleteNames(tx, over);
  if (erased > 0) tell();
  await updateDirectory(tx, authority.directory, at);
  const [first] = await selectDue(tx, at, 1);
  return first?.since ?? null;
}
