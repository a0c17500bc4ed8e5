import { type Config, httpListenerNames } from "@casaforte/platform/config";

/** The host name under which others reach a listener. */
export function ownNameOf(config: Config, listener: (typeof httpListenerNames)[number] | "mail"): string {
  const url = listener === "mail" ? undefined : config.http[listener]?.publicUrl;
  return (url === undefined ? config.provider.hostname : new URL(url).hostname).toLowerCase();
}

/** The host names of every listener whose certificate the authority issues. */
export function ownNames(config: Config): readonly string[] {
  const names = [
    ...(config.mail.tls === "acme" ? [ownNameOf(config, "mail")] : []),
    ...httpListenerNames.filter((name) => config.http[name]?.tls === "acme").map((name) => ownNameOf(config, name)),
  ];
  return [...new Set(names)];
}
