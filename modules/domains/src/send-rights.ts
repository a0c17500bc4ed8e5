import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { formatMailAddress, type MailAddress, withoutPlus } from "./address.ts";
import { domainLimits } from "./limits.ts";
import { selectAddress } from "./store.ts";
import { replaceSendRights, selectSenderAddresses, selectSendRights } from "./store-addresses.ts";
import type { AddressId, DomainServices } from "./types.ts";

/** Every address an account may send as, the account's own first; only in domains that are active. */
export const listSenderAddresses = (tx: TenantTx, mailAccountId: MailAccountId): Promise<readonly string[]> =>
  selectSenderAddresses(tx, mailAccountId);

/** True when the account may send as that address, of an active domain: its own, or by a right given to it; plus part ignored. */
export async function maySendAs(tx: TenantTx, mailAccountId: MailAccountId, address: MailAddress): Promise<boolean> {
  const wanted = formatMailAddress(withoutPlus(address));
  return (await selectSenderAddresses(tx, mailAccountId)).includes(wanted);
}

/** Who besides its owner may send as an address. @throws not_found `domains.address_missing`. */
export async function listSendRights(tx: TenantTx, addressId: AddressId): Promise<readonly MailAccountId[]> {
  if (!(await selectAddress(tx, addressId))) throw noSuchAddress();
  return selectSendRights(tx, addressId);
}

/**
 * Says who besides its owner may send as an address; whoever is not named loses the right at once.
 * @throws not_found `domains.address_missing`, invalid `domains.catch_all_sender`, too_large `domains.target`.
 */
export async function setSendRights(
  tx: TenantTx,
  actor: Actor,
  input: { readonly addressId: AddressId; readonly mailAccountIds: readonly MailAccountId[] },
  services: Pick<DomainServices, "clock">,
): Promise<void> {
  const address = await selectAddress(tx, input.addressId);
  if (!address) throw noSuchAddress();
  if (address.kind === "catch_all")
    throw new Failure("invalid", "domains.catch_all_sender", "a catch-all is no address to send as");
  const accounts = [...new Set(input.mailAccountIds)];
  if (accounts.length > domainLimits.sendRightsMax)
    throw new Failure("too_large", "domains.target", "too many mail accounts");
  const before = await selectSendRights(tx, address.id);
  await replaceSendRights(tx, address.id, accounts, new Date(services.clock.nowMs()));
  await recordAudit(tx, actor, {
    action: "domains.send_rights_set",
    object: { kind: "address", id: address.id },
    details: { address: `${address.localPart}@${address.domainName}`, before: [...before], after: accounts },
  });
}

const noSuchAddress = () => new Failure("not_found", "domains.address_missing", "no such address");
