import { type Config, httpListenerNames } from "@casaforte/platform/config";

/** The host name under which others reach a listener. */
export function ownNameOf(config: Config, listener: (typeof httpListenerNames)[number] | "mail"): string {
  const url = listener === "mail" ? undefined : config.http[listener]?.publicUrl;
  return (url === undefined ? config.provider.hostname : new URL(url).hostname).toLowerCase();
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
