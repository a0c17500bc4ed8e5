import type { Actor, DomainId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { selectDomain, selectDomains } from "./store.ts";
import { lockAddresses, markClosed, removeTargetsIn } from "./store-addresses.ts";

/**
 * Takes no mail for a domain and its aliases any more: from this commit on each RCPT to it is refused. Addresses of other
 * domains no longer lead to it; those that led nowhere else are removed. Its rows stay. False when there is no such domain.
 */
export async function closeDomain(
  tx: TenantTx,
  actor: Actor,
  input: { readonly domainId: DomainId },
): Promise<boolean> {
  await lockAddresses(tx);
  const domain = await selectDomain(tx, input.domainId);
  if (!domain) return false;
  const names = [domain, ...(await selectDomains(tx)).filter(({ aliasOf }) => aliasOf === domain.id)];
  for (const { id, name } of names) {
    await markClosed(tx, id);
    await removeTargetsIn(tx, name);
  }
  await recordAudit(tx, actor, {
    action: "domains.closed",
    object: { kind: "domain", id: domain.id },
    details: { name: domain.name, aliases: names.length - 1 },
  });
  return true;
}
