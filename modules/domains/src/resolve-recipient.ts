import { assert } from "@casaforte/kernel";
import type { Tx } from "@casaforte/platform/db";
import { type MailAddress, parseMailAddress } from "./address.ts";
import { isHosted, resolveAll } from "./store.ts";
import type { Resolution } from "./types.ts";

/**
 * Where an address leads, across tenants, in one round trip: exact address, then without its plus part, then the
 * catch-all of the domain. Any transaction of the runtime role will do. @throws invalid `domains.address`.
 */
export async function resolveRecipient(tx: Tx, address: string | MailAddress): Promise<Resolution> {
  const [found] = await resolveRecipients(tx, [address]);
  assert(found, "every address has an answer");
  return found;
}

/** As `resolveRecipient` for several, in their order, still in one round trip. @throws invalid `domains.address`. */
export const resolveRecipients = async (
  tx: Tx,
  addresses: readonly (string | MailAddress)[],
): Promise<readonly Resolution[]> =>
  resolveAll(
    tx,
    addresses.map((address) => (typeof address === "string" ? parseMailAddress(address) : address)),
  );

/** True when the domain (A-labels, any case) is active here, whoever's it is. */
export const isDomainHosted = (tx: Tx, domain: string): Promise<boolean> => isHosted(tx, domain.toLowerCase());
