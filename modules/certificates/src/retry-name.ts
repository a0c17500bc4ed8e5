import { type Actor, type DomainId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { certificateLimits } from "./limits.ts";
import { selectName, updateLookAt } from "./store.ts";
import type { CertificateName, CertificateServices } from "./types.ts";

export const orderTask = "certificates.order";

/** When a customer may ask for the next trial, in milliseconds; never before the time that the authority named. */
export function retryFromMs({ trouble, triedAt, lookAt }: CertificateName): number {
  if (trouble === "rate_limited") return lookAt.getTime();
  const { retryMs, retryRefusedMs } = certificateLimits;
  return triedAt === null ? 0 : triedAt.getTime() + (trouble === "refused" ? retryRefusedMs : retryMs);
}

/**
 * Gives a name of that domain its turn now; one that has a turn keeps it. @throws not_found `certificates.missing`, conflict `certificates.not_needed`
 * while its certificate is good, rate_limited `certificates.too_soon` with `retryAfterMs`.
 */
export async function retryName(
  tx: TenantTx,
  actor: Actor,
  input: { readonly domainId: DomainId; readonly name: string },
  { clock, jobs }: Pick<CertificateServices, "clock" | "jobs">,
): Promise<void> {
  const nowMs = clock.nowMs();
  const found = await selectName(tx, input.name);
  if (found === null || found.domainId !== input.domainId)
    throw new Failure("not_found", "certificates.missing", "no such host name of this domain");
  if (found.issued !== null && found.trouble === null && found.issued.renewAt.getTime() > nowMs)
    throw new Failure("conflict", "certificates.not_needed", "the certificate of this name is good");
  const waitMs = retryFromMs(found) - nowMs;
  if (waitMs > 0)
    throw new Failure("rate_limited", "certificates.too_soon", "it was tried a moment ago", {
      details: { retryAfterMs: waitMs },
    });
  await updateLookAt(tx, found.name, new Date(nowMs));
  await jobs.enqueue(tx, orderTask, { name: found.name }, { key: found.name, runAtMs: nowMs });
  await recordAudit(tx, actor, {
    action: "certificates.retried",
    object: { kind: "certificate", id: found.name },
    details: { name: found.name },
  });
}
