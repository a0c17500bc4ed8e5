import { type Actor, type DomainId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx, Tx } from "@casaforte/platform/db";
import { selectDomain, selectStsMode, updateStsMode } from "./store.ts";
import type { Domain, DomainServices, StsMode } from "./types.ts";

/**
 * Says what senders are told from now on; each learns it when his copy of the policy is old. Whether a domain is ready for
 * `enforce` is the caller's to know. @throws not_found `domains.missing`.
 */
export async function setStsMode(
  tx: TenantTx,
  actor: Actor,
  input: { readonly domainId: DomainId; readonly mode: StsMode },
  services: Pick<DomainServices, "clock">,
): Promise<Domain> {
  const domain = await selectDomain(tx, input.domainId);
  if (!domain) throw new Failure("not_found", "domains.missing", "no such domain");
  if (domain.stsMode === input.mode) return domain;
  const at = new Date(services.clock.nowMs());
  await updateStsMode(tx, domain.id, input.mode, at);
  await recordAudit(tx, actor, {
    action: "domains.sts_mode",
    object: { kind: "domain", id: domain.id },
    details: { name: domain.name, mode: input.mode },
  });
  return { ...domain, stsMode: input.mode, stsModeFrom: at };
}

/** The mode of an active domain of whatever tenant; null for one that is not hosted here. */
export const stsModeOf = (tx: Tx, domain: string): Promise<StsMode | null> => selectStsMode(tx, domain);
