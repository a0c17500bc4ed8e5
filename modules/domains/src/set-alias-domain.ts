import { type Actor, type DomainId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { assertNoCircle } from "./assert-no-circle.ts";
import { assertNotClosed } from "./assert-not-closed.ts";
import { getDomain } from "./list-domains.ts";
import { countAddresses } from "./store.ts";
import { countAliasesOf, lockAddresses, selectForwardsInto, setAliasOf } from "./store-addresses.ts";
import type { Domain } from "./types.ts";

/**
 * Makes a domain an alias of another of the tenant's: every address of that one is an address of it too. Null: no longer.
 * @throws not_found `domains.missing`; conflict `domains.has_addresses`, `domains.is_alias`, `domains.circle`,
 * `domains.closed`.
 */
export async function setAliasDomain(
  tx: TenantTx,
  actor: Actor,
  input: { readonly domainId: DomainId; readonly aliasOf: DomainId | null },
): Promise<Domain> {
  await lockAddresses(tx);
  const domain = await getDomain(tx, input.domainId);
  const target = input.aliasOf === null ? null : await getDomain(tx, input.aliasOf);
  assertNotClosed(domain);
  if (target !== null) assertNotClosed(target);
  if (target !== null) {
    if (target.id === domain.id || target.aliasOf !== null || (await countAliasesOf(tx, domain.id)) > 0)
      throw new Failure("conflict", "domains.is_alias", "an alias domain stands for a domain that is none itself");
    const addresses = await countAddresses(tx, domain.id);
    if (addresses > 0)
      throw new Failure("conflict", "domains.has_addresses", "remove the addresses of this domain first", {
        details: { addresses },
      });
  }
  await setAliasOf(tx, domain.id, target?.id ?? null);
  if (target !== null)
    for (const { id, forwardTo } of await selectForwardsInto(tx, domain.name)) await assertNoCircle(tx, id, forwardTo);
  await recordAudit(tx, actor, {
    action: "domains.alias_set",
    object: { kind: "domain", id: domain.id },
    details: { name: domain.name, aliasOf: target?.name ?? null },
  });
  return { ...domain, aliasOf: target?.id ?? null };
}
