import type { Tx } from "@casaforte/platform/db";
import { type MailAddress, parseMailAddress } from "./address.ts";
import { isHosted, resolve } from "./store.ts";
import type { Resolution } from "./types.ts";

/**
 * Where an address leads, across tenants, in one round trip: exact address, then without its plus part, then the
 * catch-all of the domain. Any transaction of the runtime role will do. @throws invalid `domains.address`.
 */
export async function resolveRecipient(tx: Tx, address: string | MailAddress): Promise<Resolution> {
  const parsed = typeof address === "string" ? parseMailAddress(address) : address;
  return resolve(tx, parsed.local, parsed.domain);
}

/** True when the domain (A-labels, any case) is active here, whoever's it is. */
export const isDomainHosted = (tx: Tx, domain: string): Promise<boolean> => isHosted(tx, domain.toLowerCase());
