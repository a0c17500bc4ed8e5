import { type Actor, type DomainId, type MailAccountId, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { assertNoCircle } from "./assert-no-circle.ts";
import { checkTargets, parseForwards } from "./check-targets.ts";
import { addressTaken, assertRoomForAddress, assertTakesAddresses, parseNewAddress } from "./new-address.ts";
import { countAddresses, insertAddress, selectDomainByName } from "./store.ts";
import { lockAddresses } from "./store-addresses.ts";
import type { Address, AddressId, AddressKind, DomainServices } from "./types.ts";

export interface AddAddressInput {
  readonly kind: AddressKind;
  /** `local@domain`; for a catch-all only its domain counts: `@example.org`. */
  readonly address: string;
  readonly mailAccountId?: MailAccountId;
  readonly forwardTo?: readonly string[];
}

/**
 * Adds a mailbox address, an alias, a forward (with a copy when an account is given too), a group or the catch-all of a
 * domain. A circle is refused.
 * @throws invalid `domains.address`, `domains.plus`, `domains.target`; not_found `domains.missing`; conflict
 * `domains.address_taken`, `domains.is_alias`, `domains.circle`, `domains.closed`; over_quota `domains.address_limit`.
 */
export async function addAddress(
  tx: TenantTx,
  actor: Actor,
  input: AddAddressInput,
  services: Pick<DomainServices, "clock" | "random">,
): Promise<Address> {
  const target = parseNewAddress(input);
  // Before the domain is read: a moment later it may be an alias of another one.
  await lockAddresses(tx);
  const domain = await selectDomainByName(tx, target.domain);
  assertTakesAddresses(domain);
  assertRoomForAddress(await countAddresses(tx, domain.id));
  const address: Address = {
    id: newId<AddressId>(services.clock, services.random),
    domainId: domain.id as DomainId,
    localPart: target.local,
    domainName: domain.name,
    kind: input.kind,
    mailAccountId: input.mailAccountId ?? null,
    forwardTo: parseForwards(input.forwardTo ?? []),
  };
  checkTargets(address);
  try {
    await insertAddress(tx, address, new Date(services.clock.nowMs()));
  } catch (cause) {
    if (isViolation(cause, "domains_addresses_tenant_id_domain_id_local_part_key")) throw addressTaken(cause);
    throw cause;
  }
  await assertNoCircle(tx, address.id, address.forwardTo);
  await recordAudit(tx, actor, {
    action: "domains.address_added",
    object: { kind: "address", id: address.id },
    details: { address: `${target.local}@${domain.name}`, kind: input.kind },
  });
  return address;
}
