import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { formatMailAddress, type MailAddress, withoutPlus } from "./address.ts";
import { domainLimits } from "./limits.ts";
import { selectAddress } from "./store.ts";
import { replaceSendRights, selectSenderAddresses, selectSendRights } from "./store-addresses.ts";
import type { AddressId, DomainServices, GivenSendRight, SenderAddress } from "./types.ts";

/** Every address an account may write in From, and by what right; its own first; only in domains that are active. */
export const listSenderAddresses = (tx: TenantTx, mailAccountId: MailAccountId): Promise<readonly SenderAddress[]> =>
  selectSenderAddresses(tx, mailAccountId);

/** By what right an account may send as an address that it was told it has; plus part ignored; null: not at all. */
export function senderRightIn(own: readonly SenderAddress[], address: MailAddress): SenderAddress["right"] | null {
  const wanted = formatMailAddress(withoutPlus(address));
  return own.find((one) => one.address === wanted)?.right ?? null;
}

/** True when the account may send as that address, of an active domain: its own, or by a right given to it; plus part ignored. */
export async function maySendAs(tx: TenantTx, mailAccountId: MailAccountId, address: MailAddress): Promise<boolean> {
  const right = senderRightIn(await selectSenderAddresses(tx, mailAccountId), address);
  return right === "own" || right === "as";
}

/** Who besides its owner may send as an address, or on its behalf. @throws not_found `domains.address_missing`. */
export async function listSendRights(tx: TenantTx, addressId: AddressId): Promise<readonly GivenSendRight[]> {
  if (!(await selectAddress(tx, addressId))) throw noSuchAddress();
  return selectSendRights(tx, addressId);
}

export interface SetSendRightsInput {
  readonly addressId: AddressId;
  /** Who may send as the address. */
  readonly mailAccountIds: readonly MailAccountId[];
  /**
   * Who may send on behalf of its owner; who is named in both lists may send as the address. Absent, as from who knows
   * nothing of this right: those who have it keep it, and it alone, named in the other list or not.
   */
  readonly onBehalfIds?: readonly MailAccountId[];
}

/**
 * Says who besides its owner may send as an address, or on its behalf; whoever is not named loses the right at once
 * (but see `onBehalfIds`).
 * @throws not_found `domains.address_missing`, invalid `domains.catch_all_sender`, too_large `domains.target`.
 */
export async function setSendRights(
  tx: TenantTx,
  actor: Actor,
  input: SetSendRightsInput,
  services: Pick<DomainServices, "clock">,
): Promise<void> {
  const address = await selectAddress(tx, input.addressId);
  if (!address) throw noSuchAddress();
  if (address.kind === "catch_all")
    throw new Failure("invalid", "domains.catch_all_sender", "a catch-all is no address to send as");
  const before = await selectSendRights(tx, address.id);
  const modes = new Map<MailAccountId, GivenSendRight["mode"]>();
  for (const id of input.onBehalfIds ?? []) modes.set(id, "on_behalf");
  for (const id of input.mailAccountIds) modes.set(id, "as");
  if (input.onBehalfIds === undefined) for (const id of idsOf(before, "on_behalf")) modes.set(id, "on_behalf");
  if (modes.size > domainLimits.sendRightsMax)
    throw new Failure("too_large", "domains.target", "too many mail accounts");
  const rights = [...modes].map(([mailAccountId, mode]) => ({ mailAccountId, mode }));
  await replaceSendRights(tx, address.id, rights, new Date(services.clock.nowMs()));
  await recordAudit(tx, actor, {
    action: "domains.send_rights_set",
    object: { kind: "address", id: address.id },
    details: {
      address: `${address.localPart}@${address.domainName}`,
      before: idsOf(before, "as"),
      after: idsOf(rights, "as"),
      onBehalfBefore: idsOf(before, "on_behalf"),
      onBehalfAfter: idsOf(rights, "on_behalf"),
    },
  });
}

const idsOf = (rights: readonly GivenSendRight[], wanted: GivenSendRight["mode"]): MailAccountId[] =>
  rights.filter(({ mode }) => mode === wanted).map(({ mailAccountId }) => mailAccountId);

const noSuchAddress = () => new Failure("not_found", "domains.address_missing", "no such address");
