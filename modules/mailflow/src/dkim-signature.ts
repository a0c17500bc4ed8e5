import { Readable } from "node:stream";
import type { TenantId } from "@casaforte/kernel";
import { dkimSignerOf } from "@casaforte/modules/domains";
import { dkimSign } from "mailauth";
import type { MailflowServices } from "./services.ts";
import type { Spooled } from "./spool.ts";

/** The DKIM-Signature field of the sending domain, or nothing when it has no key here or signing fails: mail still goes. */
export async function signatureOf(
  services: MailflowServices,
  tenantId: TenantId,
  domain: string,
  spooled: Pick<Spooled, "read">,
): Promise<string> {
  const signer = await services.db.tenant(tenantId, (tx) => dkimSignerOf(tx, domain, services), { readOnly: true });
  if (signer === null) return "";
  const key = { signingDomain: signer.domain, selector: signer.selector, privateKey: signer.privateKeyPem };
  const signTime = new Date(services.clock.nowMs());
  // The library signs by `signatureData` alone; what stands beside it only fills gaps.
  const result = await dkimSign(Readable.from(spooled.read()), { ...key, signTime, signatureData: [key] });
  for (const { err } of result.errors) services.logger.error("mailflow.dkim_failed", err, { domain });
  return result.signatures;
}
