import { Failure } from "@casaforte/kernel";
import { parseMailAddress } from "./address.ts";
import { assertNotClosed } from "./assert-not-closed.ts";
import { domainLimits } from "./limits.ts";
import type { AddressKind, Domain } from "./types.ts";

/** The rules of a new address, each a question of its own. */

/** @throws invalid `domains.address`, `domains.plus`. */
export function parseNewAddress(input: { readonly kind: AddressKind; readonly address: string }): {
  readonly local: string;
  readonly domain: string;
} {
  if (input.kind === "catch_all") {
    const domain = parseMailAddress(`any@${input.address.slice(input.address.lastIndexOf("@") + 1)}`).domain;
    return { local: "", domain };
  }
  const parsed = parseMailAddress(input.address);
  // What follows a plus belongs to the owner of the part before it.
  if (parsed.local.includes("+"))
    throw new Failure(
      "invalid",
      "domains.plus",
      "an address cannot contain a plus: it is reserved for plus addressing",
    );
  return parsed;
}

/** @throws not_found `domains.missing`, conflict `domains.closed`, `domains.is_alias`. */
export function assertTakesAddresses(domain: Domain | null | undefined): asserts domain is Domain {
  if (!domain) throw new Failure("not_found", "domains.missing", "add the domain first");
  assertNotClosed(domain);
  if (domain.aliasOf !== null)
    throw new Failure("conflict", "domains.is_alias", "an alias domain has the addresses of the other one");
}

/** @throws over_quota `domains.address_limit`. */
export function assertRoomForAddress(addresses: number): void {
  if (addresses >= domainLimits.addressesPerDomainMax)
    throw new Failure("over_quota", "domains.address_limit", "the limit of addresses of this domain is reached");
}

export const addressTaken = (cause?: unknown): Failure =>
  new Failure("conflict", "domains.address_taken", "this address exists already", { cause });
