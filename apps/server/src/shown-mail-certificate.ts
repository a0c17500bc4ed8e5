import type { Logger } from "@casaforte/kernel";
import { readIssued } from "@casaforte/modules/certificates";
import type { Config } from "@casaforte/platform/config";
import type { Db } from "@casaforte/platform/db";
import type { CertificatePair } from "@casaforte/platform/net";
import { CertificateFiles, certificateSources } from "./certificate-files.ts";
import { ownNameOf } from "./own-names.ts";
import type { Stores } from "./stores.ts";

export interface ShownCertificate extends Pick<CertificatePair, "cert"> {
  /** Host name of the mail servers. */
  readonly name: string;
}

/** What other mail servers are shown on port 25, from a file or the authority; null while there is nothing of either. */
export async function shownMailCertificate(
  config: Config,
  { db, stores, logger }: { readonly db: Db; readonly stores: Pick<Stores, "secret">; readonly logger: Logger },
): Promise<ShownCertificate | null> {
  if (config.mail.tls === undefined) return null;
  const name = ownNameOf(config, "mail");
  const certificates = await CertificateFiles.open(certificateSources(config), logger);
  const secretKey = stores.secret("certificates");
  certificates.showIssued(await readIssued({ db, logger, secretKey }, new Map()));
  const shown =
    certificates.shownFor(name) ??
    (config.mail.tls === "acme" ? undefined : certificates.of(config.mail.tls, name)?.main);
  return shown === undefined ? null : { name, cert: shown.cert };
}
