import type { Authority, CertificateServices } from "@casaforte/modules/certificates";
import type { Config } from "@casaforte/platform/config";
import { dnsAddresses } from "@casaforte/platform/net";
import { readConfigured, readSecretLine } from "./configured-file.ts";
import type { Core } from "./core.ts";
import { ownListeners } from "./own-names.ts";

function authorityOf({ acme }: Config): Authority | null {
  if (acme === undefined) return null;
  const { directory, contact, externalAccount, caFile } = acme;
  return {
    ...{ directory, contact },
    ...(caFile ? { ca: readConfigured(caFile) } : {}),
    ...(externalAccount
      ? { externalAccount: { keyId: externalAccount.keyId, hmacKey: readSecretLine(externalAccount.hmacKeyFile) } }
      : {}),
  };
}

/** The module on the ports of everything else. */
export function certificateDesk(core: Core): CertificateServices {
  const { db, clock, random, logger, jobs, bus, config, certificates } = core;
  const listeners = ownListeners(config);
  return {
    ...{ db, clock, random, jobs, bus },
    logger: logger.with({ component: "certificates" }),
    secretKey: core.secret("certificates"),
    authority: authorityOf(config),
    ownNames: new Set(listeners.map(({ name }) => name)),
    orderedNames: new Set(listeners.filter(({ tls }) => tls === "acme").map(({ name }) => name)),
    hostname: config.provider.hostname,
    isFiled: (name) => certificates.isFiled(name),
    findAddresses: dnsAddresses(config.acme?.nameServers),
  };
}
