import { type Actor, type DomainId, Failure, newId, toHex } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { parseDomainName } from "./address.ts";
import { type DkimKeyPair, sealPrivateKey } from "./dkim-key.ts";
import { domainLimits } from "./limits.ts";
import { countDomains, insertDomain, isHosted } from "./store.ts";
import type { Domain, DomainServices } from "./types.ts";

export interface AddDomainInput {
  /** Unicode or A-labels. */
  readonly name: string;
  /** From `generateDkimKey`, made before the transaction. */
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
  const { clock, random, secretKey } = services;
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
    dkimSelector: `cf${toHex(random.bytes(3))}`,
    dkimPublicKey: input.dkimKey.publicKey,
    createdAt: new Date(clock.nowMs()),
    verifiedAt: null,
    checkedAt: null,
    aliasOf: null,
  };
  try {
    await insertDomain(tx, domain, sealPrivateKey(secretKey, random, id, input.dkimKey.privateKeyPem));
  } catch (cause) {
    if (isViolation(cause)) throw new Failure("conflict", "domains.taken", "this domain is added already", { cause });
    throw cause;
  }
  await recordAudit(tx, actor, { action: "domains.added", object: { kind: "domain", id: id }, details: { name } });
  return domain;
}
