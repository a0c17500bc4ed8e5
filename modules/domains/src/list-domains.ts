import { type DomainId, Failure, type MailAccountId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { domainLimits } from "./limits.ts";
import { selectAddress, selectAddresses, selectAllDomains, selectDomain, selectDomains } from "./store.ts";
import { selectAddressPage } from "./store-addresses.ts";
import type { Address, AddressId, AddressKind, Domain } from "./types.ts";

/** The tenant's domains by name. */
export const listDomains = (tx: TenantTx): Promise<Domain[]> => selectDomains(tx);

/** One page of all tenants' domains by name, for the operator. */
export const listAllDomains = (tx: OperatorTx, page: { after: string; limit: number }): Promise<Domain[]> =>
  selectAllDomains(tx, page.after, page.limit);

/** @throws not_found `domains.missing`. */
export async function getDomain(tx: TenantTx, domainId: DomainId): Promise<Domain> {
  const domain = await selectDomain(tx, domainId);
  if (!domain) throw new Failure("not_found", "domains.missing", "no such domain");
  return domain;
}

/** @throws not_found `domains.address_missing`. */
export async function getAddress(tx: TenantTx, id: AddressId): Promise<Address> {
  const address = await selectAddress(tx, id);
  if (!address) throw new Failure("not_found", "domains.address_missing", "no such address");
  return address;
}

/** Addresses by domain and local part; of one domain or one account when asked. */
export const listAddresses = (
  tx: TenantTx,
  filter: { readonly domainId?: DomainId; readonly mailAccountId?: MailAccountId } = {},
): Promise<Address[]> => selectAddresses(tx, filter);

export interface AddressPage {
  readonly addresses: readonly Address[];
  /** The last address of a full page; null at the end. */
  readonly next: string | null;
}

/** Addresses by domain and local part, a page at a time. `after` is `next` of the page before. */
export async function pageAddresses(
  tx: TenantTx,
  filter: {
    readonly domainId?: DomainId;
    readonly mailAccountId?: MailAccountId;
    readonly kinds?: readonly AddressKind[];
    readonly search?: string;
    readonly after?: string;
    readonly limit?: number;
  },
): Promise<AddressPage> {
  const { addressPageMax } = domainLimits;
  const limit = Math.min(Math.max(filter.limit ?? addressPageMax, 1), addressPageMax);
  const after = filter.after ?? "@";
  const at = after.lastIndexOf("@");
  const rows = await selectAddressPage(tx, {
    domainId: filter.domainId ?? null,
    mailAccountId: filter.mailAccountId ?? null,
    kinds: filter.kinds ?? ["mailbox", "alias", "forward", "catch_all", "group"],
    search: (filter.search ?? "").trim().toLowerCase(),
    after: [after.slice(at + 1), at < 0 ? "" : after.slice(0, at)],
    limit: limit + 1,
  });
  const addresses = rows.slice(0, limit);
  const last = addresses.at(-1);
  return { addresses, next: rows.length > limit && last ? `${last.localPart}@${last.domainName}` : null };
}
