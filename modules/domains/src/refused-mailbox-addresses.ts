import { attempt, Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { formatMailAddress, type MailAddress } from "./address.ts";
import { addressTaken, assertRoomForAddress, assertTakesAddresses, parseNewAddress } from "./new-address.ts";
import { selectDomainsByName } from "./store.ts";
import { countAddressesOf, selectExisting } from "./store-addresses.ts";

/**
 * What `addAddress` would say against each of these as a mailbox's address, in their order, and null where nothing: each judged
 * as if it came alone. Three readings, whatever their number.
 */
export async function refusedMailboxAddresses(
  tx: TenantTx,
  addresses: readonly string[],
): Promise<readonly (Failure | null)[]> {
  const parsed = addresses.map((address) => attempt(() => parseNewAddress({ kind: "mailbox", address })));
  const sound = parsed.filter((one): one is MailAddress => !(one instanceof Failure));
  const found = await selectDomainsByName(tx, [...new Set(sound.map(({ domain }) => domain))]);
  const domains = new Map(found.map((domain) => [domain.name, domain]));
  const counts = await countAddressesOf(
    tx,
    found.map(({ id }) => id),
  );
  const existing = await selectExisting(tx, sound);
  return parsed.map((one) => {
    if (one instanceof Failure) return one;
    return attempt(() => {
      const domain = domains.get(one.domain);
      assertTakesAddresses(domain);
      assertRoomForAddress(counts.get(domain.id) ?? 0);
      return existing.has(formatMailAddress(one)) ? addressTaken() : null;
    });
  });
}
