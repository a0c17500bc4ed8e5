import type { Logger } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import type { CertificatePair } from "@casaforte/platform/net";
import { CertificateFiles, certificateSources } from "./certificate-files.ts";
import { ownNameOf } from "./own-names.ts";

export interface ShownCertificate extends Pick<CertificatePair, "cert"> {
  /** Host name of the mail servers. */
  readonly name: string;
}

/** What the authority issued, by host name. */
export type ReadIssued = () => Promise<ReadonlyMap<string, CertificatePair>>;

/**
 * What other mail servers are shown on port 25, from a file or the authority; null while there is nothing of either.
 * @throws precondition `config.file_unreadable`, `config.certificate`; what reading the folder of hosts throws.
 */
export async function shownMailCertificate(
  config: Config,
  readIssued: ReadIssued,
  logger: Logger,
): Promise<ShownCertificate | null> {
  const { tls } = config.mail;
  if (tls === undefined) return null;
  const name = ownNameOf(config, "mail");
  const certificates = await CertificateFiles.open(certificateSources(config), logger);
  certificates.showIssued(await readIssued());
  const shown = certificates.shownFor(name) ?? (tls === "acme" ? undefined : certificates.of(tls, name)?.main);
  return shown === undefined ? null : { name, cert: shown.cert };
}
