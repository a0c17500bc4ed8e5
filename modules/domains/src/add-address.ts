import { type Actor, type DomainId, Failure, type MailAccountId, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { parseMailAddress } from "./address.ts";
import { assertNoCircle } from "./assert-no-circle.ts";
import { assertNotClosed } from "./assert-not-closed.ts";
import { checkTargets, parseForwards } from "./check-targets.ts";
import { domainLimits } from "./limits.ts";
import { countAddresses, insertAddress, selectDomainByName } from "./store.ts";
import { lockAddresses } from "./store-addresses.ts";
import type { Address, AddressId, AddressKind, Domain, DomainServices } from "./types.ts";

export interface AddAddressInput {
  readonly kind: AddressKind;
  /** `local@domain`; for a catch-all only its domain counts: `@example.org`. */
  readonly address: string;
  readonly mailAccountId?: MailAccountId;
  readonly forwardTo?: readonly string[];
}

async function ownDomain(tx: TenantTx, name: string): Promise<Domain> {
  const domain = await selectDomainByName(tx, name);
  if (!domain) throw new Failure("not_found", "domains.missing", "add the domain first");
  assertNotClosed(domain);
  return domain;
}

function parseTarget(input: AddAddressInput): { local: string; domain: string } {
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
  const target = parseTarget(input);
  // Before the domain is read: a moment later it may be an alias of another one.
  await lockAddresses(tx);
  const domain = await ownDomain(tx, target.domain);
  if (domain.aliasOf !== null)
    throw new Failure("conflict", "domains.is_alias", "an alias domain has the addresses of the other one");
  if ((await countAddresses(tx, domain.id)) >= domainLimits.addressesPerDomainMax)
    throw new Failure("over_quota", "domains.address_limit", "the limit of addresses of this domain is reached");
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
    if (isViolation(cause, "domains_addresses_tenant_id_domain_id_local_part_key"))
      throw new Failure("conflict", "domains.address_taken", "this address exists already", { cause });
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
