import { type DomainId, Failure, type MailAccountId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { formatMailAddress, type MailAddress, withoutPlus } from "./address.ts";
import { openPrivateKey } from "./dkim-key.ts";
import { selectAddresses, selectAllDomains, selectDomain, selectDomains, selectSealedKey } from "./store.ts";
import type { Address, Domain, DomainServices } from "./types.ts";

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

/** Addresses by domain and local part; of one domain or one account when asked. */
export const listAddresses = (
  tx: TenantTx,
  filter: { readonly domainId?: DomainId; readonly mailAccountId?: MailAccountId } = {},
): Promise<Address[]> => selectAddresses(tx, filter);

/** True when the account may send as that address: one of its own mailbox or alias addresses, plus part ignored. */
export async function maySendAs(tx: TenantTx, mailAccountId: MailAccountId, address: MailAddress): Promise<boolean> {
  const wanted = formatMailAddress(withoutPlus(address));
  const own = await selectAddresses(tx, { mailAccountId });
  return own.some(
    (a) =>
      (a.kind === "mailbox" || a.kind === "alias") &&
      formatMailAddress({ local: a.localPart, domain: a.domainName }) === wanted,
  );
}

export interface DkimSigner {
  readonly domain: string;
  readonly selector: string;
  readonly privateKeyPem: string;
}

/** The key to sign mail of that domain with, or null when it is not an active domain of the tenant. */
export async function dkimSignerOf(
  tx: TenantTx,
  domain: string,
  services: Pick<DomainServices, "secretKey">,
): Promise<DkimSigner | null> {
  const found = await selectSealedKey(tx, domain);
  if (!found) return null;
  return {
    domain,
    selector: found.selector,
    privateKeyPem: openPrivateKey(services.secretKey, found.id, found.sealed),
  };
}
