import type { Actor, DomainId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { selectDomain, selectDomains } from "./store.ts";
import { lockAddresses, markClosed, removeTargetsIn, setAliasOf } from "./store-addresses.ts";

/**
 * Takes no mail for a domain any more: from this commit on each RCPT to it is refused, and nobody activates it or adds to it.
 * Addresses of other domains no longer lead to it; those that led nowhere else are removed. Its rows stay. Domains that are
 * its aliases stay too, as domains without addresses. False when there is no such domain.
 */
export async function closeDomain(
  tx: TenantTx,
  actor: Actor,
  input: { readonly domainId: DomainId; readonly at: Date },
): Promise<boolean> {
  await lockAddresses(tx);
  const domain = await selectDomain(tx, input.domainId);
  if (!domain) return false;
  const aliases = (await selectDomains(tx)).filter(({ aliasOf }) => aliasOf === domain.id);
  for (const { id, name } of aliases) {
    await setAliasOf(tx, id, null);
    await recordAudit(tx, actor, {
      action: "domains.alias_set",
      object: { kind: "domain", id },
      details: { name, aliasOf: null },
    });
  }
  await markClosed(tx, domain.id, input.at);
  await removeTargetsIn(tx, domain.name);
  await recordAudit(tx, actor, {
    action: "domains.closed",
    object: { kind: "domain", id: domain.id },
    details: { name: domain.name, aliases: aliases.length },
  });
  return true;
}
