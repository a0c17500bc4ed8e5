import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { deleteAddress, deleteAddressesOfAccount, selectAddress } from "./store.ts";
import { deleteSendRightsOf } from "./store-addresses.ts";
import type { AddressId } from "./types.ts";

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

/** Removes every address that leads to a mail account, and its rights to send as others, when the account goes. Returns how many went. */
export async function removeAddressesOfAccount(
  tx: TenantTx,
  actor: Actor,
  input: { readonly mailAccountId: MailAccountId },
): Promise<number> {
  const removed = await deleteAddressesOfAccount(tx, input.mailAccountId);
  await deleteSendRightsOf(tx, input.mailAccountId);
  await recordAudit(tx, actor, {
    action: "domains.addresses_removed",
    object: { kind: "mail_account", id: input.mailAccountId },
    details: { removed },
  });
  return removed;
}
