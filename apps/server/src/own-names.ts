import type { BearerOffer } from "@casaforte/kernel";
import type { MailHosts } from "@casaforte/modules/domains";
import { type Config, httpListenerNames } from "@casaforte/platform/config";

/** The host name under which others reach a listener. */
export function ownNameOf(config: Config, listener: (typeof httpListenerNames)[number] | "mail"): string {
  const url = listener === "mail" ? undefined : config.http[listener]?.publicUrl;
  return (url === undefined ? config.provider.hostname : new URL(url).hostname).toLowerCase();
}

/** The URL under which browsers, agents and mail programs reach a face. */
export function publicUrl(config: Config, name: (typeof httpListenerNames)[number]): string {
  const listener = config.http[name];
  if (!listener) return "";
  if (listener.publicUrl) return listener.publicUrl.replace(/\/$/, "");
  const scheme = listener.tls ? "https" : "http";
  const host = listener.host === "127.0.0.1" || listener.host === "0.0.0.0" ? "localhost" : listener.host;
  return `${scheme}://${host}:${listener.port}`;
}

export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

interface OwnListener {
  readonly where: (typeof httpListenerNames)[number] | "mail";
  readonly name: string;
  /** Undefined: somebody in front has the certificate. */
  readonly tls: TlsFiles | "acme" | undefined;
}

/** Every listener of the configuration, also those that other processes open. */
export function ownListeners(config: Config): readonly OwnListener[] {
  const faces = httpListenerNames.filter((where) => config.http[where] !== undefined);
  return [
    { where: "mail", name: ownNameOf(config, "mail"), tls: config.mail.tls },
    ...faces.map((where) => ({ where, name: ownNameOf(config, where), tls: config.http[where]?.tls })),
  ];
}

/** What customers' DNS points to (R94). */
export function mailHosts(config: Config, providerDomain: string): MailHosts {
  const { hostname } = config.provider;
  return {
    mx: hostname,
    spfInclude: `spf.${hostname}`,
    mail: hostname,
    dmarcReports: `dmarc-reports@${providerDomain}`,
    tlsReports: `tls-reports@${providerDomain}`,
    offers: (["pop3s", "sieve"] as const).filter((service) => config.mail[service] !== undefined),
    jmap: jmapPlace(config),
  };
}

function jmapPlace(config: Config): MailHosts["jmap"] {
  const url = publicUrl(config, "jmap");
  if (url === "") return null;
  const { protocol, hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || (protocol === "https:" ? 443 : 80)) };
}

/** Where programs find JMAP's session; null where it is not offered. */
export function jmapSession(config: Config): string | null {
  const url = publicUrl(config, "jmap");
  return url === "" ? null : `${url}/.well-known/jmap`;
}

/** Who gives out access tokens for a mail server; null where there is no webmail for a person to say yes in. */
export function bearerOffer(config: Config, scope: "imap" | "pop3" | "smtp"): BearerOffer | null {
  const issuer = publicUrl(config, "webmail");
  return issuer === "" ? null : { metadataUrl: `${issuer}/.well-known/oauth-authorization-server`, scope };
}
