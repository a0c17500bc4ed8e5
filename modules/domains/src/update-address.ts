import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { assertNoCircle } from "./assert-no-circle.ts";
import { assertNotClosed } from "./assert-not-closed.ts";
import { checkTargets, parseForwards } from "./check-targets.ts";
import { getDomain } from "./list-domains.ts";
import { selectAddress } from "./store.ts";
import { lockAddresses, updateAddressTargets } from "./store-addresses.ts";
import type { Address, AddressId } from "./types.ts";

export interface UpdateAddressInput {
  readonly addressId: AddressId;
  readonly mailAccountId: MailAccountId | null;
  readonly forwardTo: readonly string[];
}

/**
 * Changes where an address leads: the members of a group, the account and forwards of an alias, forward or catch-all.
 * @throws not_found `domains.address_missing`; conflict `domains.is_mailbox`, `domains.circle`, `domains.closed`; invalid `domains.target`,
 * `domains.address`; too_large `domains.target`.
 */
export async function updateAddress(tx: TenantTx, actor: Actor, input: UpdateAddressInput): Promise<Address> {
  await lockAddresses(tx);
  const before = await selectAddress(tx, input.addressId);
  if (!before) throw new Failure("not_found", "domains.address_missing", "no such address");
  if (before.kind === "mailbox")
    throw new Failure("conflict", "domains.is_mailbox", "this address goes with its mail account");
  assertNotClosed(await getDomain(tx, before.domainId));
  const after: Address = {
    ...before,
    mailAccountId: input.mailAccountId,
    forwardTo: parseForwards(input.forwardTo),
  };
  checkTargets(after);
  await updateAddressTargets(tx, after);
  await assertNoCircle(tx, after.id, after.forwardTo);
  await recordAudit(tx, actor, {
    action: "domains.address_changed",
    object: { kind: "address", id: after.id },
    details: {
      address: `${after.localPart}@${after.domainName}`,
      before: { mailAccountId: before.mailAccountId, forwardTo: [...before.forwardTo] },
      after: { mailAccountId: after.mailAccountId, forwardTo: [...after.forwardTo] },
    },
  });
  return after;
}
