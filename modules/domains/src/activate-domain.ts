import { type Actor, type DomainId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { assertNotClosed } from "./assert-not-closed.ts";
import { listDkimKeys, settleDkimKeys } from "./dkim-keys.ts";
import { verificationValue } from "./dns-records.ts";
import { domainLimits } from "./limits.ts";
import { markChecked, markVerified, selectDomain } from "./store.ts";
import type { Domain, DomainServices } from "./types.ts";

export interface ActivateDomainInput {
  readonly domainId: DomainId;
  /** What the DNS says now at `verificationHost(domain)`; looked up by the edge, outside the transaction. */
  readonly txt: readonly (readonly string[])[];
}

/**
 * Activates a pending domain whose TXT proof is published; a domain active already stays so. From then on mail for it is
 * accepted here, and no other tenant can activate it (R93).
 * @throws not_found `domains.missing`, precondition `domains.unproved`, conflict `domains.taken`, `domains.closed`.
 */
export async function activateDomain(
  tx: TenantTx,
  actor: Actor,
  input: ActivateDomainInput,
  services: Pick<DomainServices, "clock">,
): Promise<Domain> {
  const domain = await selectDomain(tx, input.domainId);
  if (!domain) throw new Failure("not_found", "domains.missing", "no such domain");
  assertNotClosed(domain);
  const at = new Date(services.clock.nowMs());
  if (domain.state === "active") {
    await markChecked(tx, domain.id, at);
    return { ...domain, checkedAt: at };
  }
  const wanted = verificationValue(domain);
  const isProved = input.txt.slice(0, domainLimits.txtRecordsMax).some((strings) => strings.join("").trim() === wanted);
  if (!isProved) throw new Failure("precondition", "domains.unproved", "the verification record is not in the DNS yet");
  return activate(tx, actor, domain, at);
}

/**
 * Activates without a DNS proof: for the provider's own domain and for demonstrations, where no DNS can be asked.
 * Only for actors of kind `system`. @throws forbidden `domains.proof_needed`, and as `activateDomain`.
 */
export async function activateTrustedDomain(
  tx: TenantTx,
  actor: Actor,
  input: { readonly domainId: DomainId },
  services: Pick<DomainServices, "clock">,
): Promise<Domain> {
  if (actor.kind !== "system")
    throw new Failure("forbidden", "domains.proof_needed", "only a DNS proof activates a domain");
  const domain = await selectDomain(tx, input.domainId);
  if (!domain) throw new Failure("not_found", "domains.missing", "no such domain");
  assertNotClosed(domain);
  if (domain.state === "active") return domain;
  const active = await activate(tx, actor, domain, new Date(services.clock.nowMs()));
  // Where no DNS can be asked the keys are taken for published as well.
  const keys = await listDkimKeys(tx, domain.id);
  const sightings = new Map(keys.map(({ id }) => [id, true]));
  await settleDkimKeys(tx, actor, { domainId: domain.id, sightings }, services);
  return active;
}

async function activate(tx: TenantTx, actor: Actor, domain: Domain, at: Date): Promise<Domain> {
  try {
    await markVerified(tx, domain.id, at);
  } catch (cause) {
    if (isViolation(cause, "domains_active_name"))
      throw new Failure("conflict", "domains.taken", "this domain is in use by another customer", { cause });
    throw cause;
  }
  await recordAudit(tx, actor, {
    action: "domains.activated",
    object: { kind: "domain", id: domain.id },
    details: { name: domain.name },
  });
  return { ...domain, state: "active", verifiedAt: at, checkedAt: at };
}
