import { type Actor, type DomainId, Failure, newId, toHex } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { parseDomainName } from "./address.ts";
import { type DkimKeyPair, generateEd25519Key } from "./dkim-key.ts";
import { addDkimKey } from "./dkim-keys.ts";
import { domainLimits } from "./limits.ts";
import { countDomains, insertDomain, isHosted } from "./store.ts";
import type { Domain, DomainServices } from "./types.ts";

export interface AddDomainInput {
  /** Unicode or A-labels. */
  readonly name: string;
  /** RSA, from `generateDkimKey`, made before the transaction. */
  readonly dkimKey: DkimKeyPair;
}

/**
 * Adds a pending domain with its verification token and DKIM key. No mail comes by it before `activateDomain` (R93).
 * @throws invalid `domains.name`, conflict `domains.taken` (another customer's, or added before), over_quota
 * `domains.limit`.
 */
export async function addDomain(
  tx: TenantTx,
  actor: Actor,
  input: AddDomainInput,
  services: DomainServices,
): Promise<Domain> {
  const { clock, random } = services;
  const name = parseDomainName(input.name);
  if ((await countDomains(tx)) >= domainLimits.domainsPerTenantMax)
    throw new Failure("over_quota", "domains.limit", "the limit of domains is reached");
  if (await isHosted(tx, name)) throw new Failure("conflict", "domains.taken", "this domain is in use already");
  const id = newId<DomainId>(clock, random);
  const domain: Domain = {
    tenantId: tx.tenantId,
    id,
    name,
    state: "pending",
    verificationToken: toHex(random.bytes(16)),
    createdAt: new Date(clock.nowMs()),
    verifiedAt: null,
    checkedAt: null,
    aliasOf: null,
    stsMode: "testing",
    stsModeFrom: null,
    closedAt: null,
  };
  try {
    await insertDomain(tx, domain);
  } catch (cause) {
    if (isViolation(cause)) throw new Failure("conflict", "domains.taken", "this domain is added already", { cause });
    throw cause;
  }
  await addDkimKey(tx, domain, { algorithm: "rsa", pair: input.dkimKey }, services);
  await addDkimKey(tx, domain, { algorithm: "ed25519", pair: generateEd25519Key() }, services);
  await recordAudit(tx, actor, { action: "domains.added", object: { kind: "domain", id: id }, details: { name } });
  return domain;
}
