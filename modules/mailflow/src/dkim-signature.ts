import { Readable } from "node:stream";
import type { TenantId } from "@casaforte/kernel";
import { type DkimSigner, dkimSignersOf } from "@casaforte/modules/domains";
import { loadMailLibrary } from "./mail-library.ts";
import type { MailflowServices } from "./services.ts";
import type { Spooled } from "./spool.ts";

/**
 * What a signature covers where it is there: RFC 6376 §5.4.1, and List-Unsubscribe-Post, without which a mail program
 * offers no unsubscribing by one press (RFC 8058 §4), and what a TLS report says of itself (RFC 8460 §5.3).
 */
const signedFields = [
  ...["From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "To", "Cc", "In-Reply-To", "References"],
  ...["MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID", "Content-Description"],
  ...["Resent-Date", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID"],
  ...["List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post"],
  ...["List-Owner", "List-Archive", "TLS-Report-Domain", "TLS-Report-Submitter"],
].join(":");

/** The DKIM-Signature field of the sending domain, or nothing when it has no key here or signing fails: mail still goes. */
export async function signatureOf(
  services: MailflowServices,
  tenantId: TenantId,
  domain: string,
  spooled: Pick<Spooled, "read">,
): Promise<string> {
  const signers = await services.db.tenant(tenantId, (tx) => dkimSignersOf(tx, domain, services), { readOnly: true });
  return sign(services, signers, () => Readable.from(spooled.read()));
}

/** The fields themselves, one for each key (RFC 6376, RFC 8463); nothing without a key. A key that fails is left out. */
export async function sign(
  services: Pick<MailflowServices, "clock" | "logger">,
  signers: readonly DkimSigner[],
  read: () => Readable,
): Promise<string> {
  const keys = signers.map(({ domain, selector, privateKeyPem }) => ({
    signingDomain: domain,
    selector,
    privateKey: privateKeyPem,
    headerList: signedFields,
  }));
  const [first] = keys;
  if (first === undefined) return "";
  const { dkimSign } = await loadMailLibrary();
  const signTime = new Date(services.clock.nowMs());
  // The library signs by `signatureData` alone; what stands beside it only fills gaps.
  const result = await dkimSign(read(), { ...first, signTime, signatureData: keys });
  for (const { err } of result.errors)
    services.logger.error("mailflow.dkim_failed", err, { domain: first.signingDomain });
  return result.signatures;
}
