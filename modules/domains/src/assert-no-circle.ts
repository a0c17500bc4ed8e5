import { Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { domainLimits } from "./limits.ts";
import { selectTarget } from "./store-addresses.ts";
import type { AddressId } from "./types.ts";

/**
 * Follows an address, as it is now in the transaction, from forward to forward inside the tenant. The caller holds the lock of
 * the tenant's addresses (`lockAddresses`): of two changes that close a circle together the second one sees the first.
 * @throws conflict `domains.circle` with the address by which it comes back, too_large `domains.target`.
 */
export async function assertNoCircle(tx: TenantTx, start: AddressId, forwardTo: readonly string[]): Promise<void> {
  const seen = new Set<string>(forwardTo);
  let level: readonly string[] = [...seen];
  for (let steps = 1; level.length > 0; steps++) {
    if (seen.size > domainLimits.expansionMax || steps > domainLimits.expansionStepsMax)
      throw new Failure("too_large", "domains.target", "this address would lead to too many others");
    const next = new Set<string>();
    for (const via of level) {
      const target = await selectTarget(tx, via);
      if (target?.id === start)
        throw new Failure("conflict", "domains.circle", "by way of this address the mail would come back", {
          details: { via },
        });
      for (const further of target?.forwardTo ?? []) if (!seen.has(further)) next.add(further);
    }
    for (const further of next) seen.add(further);
    level = [...next];
  }
}
