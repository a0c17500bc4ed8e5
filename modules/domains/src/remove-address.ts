import { type Actor, Failure, type MailAccountId, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { deleteAddress, deleteAddressesOfAccount, insertAddress, selectAddress, selectDomain } from "./store.ts";
import { deleteSendRightsOf, keepAddresses, lockAddresses, takeKeptAddresses } from "./store-addresses.ts";
import type { Address, AddressId, DomainServices } from "./types.ts";

/** Removes one address; mail to it is refused from the next RCPT on. @throws not_found `domains.address_missing`. */
export async function removeAddress(
  tx: TenantTx,
  actor: Actor,
  input: { readonly addressId: AddressId },
): Promise<void> {
  const address = await selectAddress(tx, input.addressId);
  if (!address) throw new Failure("not_found", "domains.address_missing", "no such address");
  await deleteAddress(tx, address.id);
  await recordAudit(tx, actor, {
    action: "domains.address_removed",
    object: { kind: "address", id: address.id },
    details: { address: `${address.localPart}@${address.domainName}`, kind: address.kind },
  });
}

/**
 * Removes every address that leads to a mail account, and its rights to send as others, when the account goes. Its aliases
 * are noted for `restoreAddressesOfAccount`. Returns how many went.
 */
export async function removeAddressesOfAccount(
  tx: TenantTx,
  actor: Actor,
  input: { readonly mailAccountId: MailAccountId },
  services: Pick<DomainServices, "clock">,
): Promise<number> {
  await keepAddresses(tx, input.mailAccountId, new Date(services.clock.nowMs()));
  const removed = await deleteAddressesOfAccount(tx, input.mailAccountId);
  await deleteSendRightsOf(tx, input.mailAccountId);
  await recordAudit(tx, actor, {
    action: "domains.addresses_removed",
    object: { kind: "mail_account", id: input.mailAccountId },
    details: { removed },
  });
  return removed;
}

/**
 * Gives an account that was called back its aliases again, but for those that somebody took meanwhile. Rights to send as
 * others are given anew. Returns how many came back.
 */
export async function restoreAddressesOfAccount(
  tx: TenantTx,
  actor: Actor,
  input: { readonly mailAccountId: MailAccountId },
  services: Pick<DomainServices, "clock" | "random">,
): Promise<number> {
  const { mailAccountId } = input;
  const { clock, random } = services;
  await lockAddresses(tx);
  const restored: string[] = [];
  for (const { domainId, localPart, kind } of await takeKeptAddresses(tx, mailAccountId)) {
    const domain = await selectDomain(tx, domainId);
    // Of a domain that is being deleted nothing comes back.
    if (!domain || domain.closedAt !== null) continue;
    const address: Address = {
      id: newId<AddressId>(clock, random),
      domainId,
      localPart,
      domainName: domain.name,
      kind,
      mailAccountId,
      forwardTo: [],
    };
    await insertAddress(tx, address, new Date(clock.nowMs()));
    restored.push(`${localPart}@${domain.name}`);
  }
  if (restored.length > 0)
    await recordAudit(tx, actor, {
      action: "domains.addresses_restored",
      object: { kind: "mail_account", id: mailAccountId },
      details: { restored },
    });
  return restored.length;
}

/** The account is gone for good: nothing of it is noted any more. */
export async function forgetAddressesOfAccount(
  tx: TenantTx,
  input: { readonly mailAccountId: MailAccountId },
): Promise<void> {
  await takeKeptAddresses(tx, input.mailAccountId);
}
