import { type Actor, type DomainId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { assertNotClosed } from "./assert-not-closed.ts";
import { countAddresses, deleteDomain, selectDomain } from "./store.ts";
import { countAliasesOf } from "./store-addresses.ts";

/**
 * Removes a domain that has no address left. @throws not_found `domains.missing`, conflict `domains.has_addresses`,
 * `domains.has_aliases`, `domains.closed`.
 */
export async function removeDomain(tx: TenantTx, actor: Actor, input: { readonly domainId: DomainId }): Promise<void> {
  const domain = await selectDomain(tx, input.domainId);
  if (!domain) throw new Failure("not_found", "domains.missing", "no such domain");
  assertNotClosed(domain);
  const addresses = await countAddresses(tx, domain.id);
  if (addresses > 0)
    throw new Failure("conflict", "domains.has_addresses", "remove the addresses of this domain first", {
      details: { addresses },
    });
  if ((await countAliasesOf(tx, domain.id)) > 0)
    throw new Failure("conflict", "domains.has_aliases", "other domains are aliases of this one");
  await deleteDomain(tx, domain.id);
  await recordAudit(tx, actor, {
    action: "domains.removed",
    object: { kind: "domain", id: domain.id },
    details: { name: domain.name },
  });
}
