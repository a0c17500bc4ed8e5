import { promises as dns } from "node:dns";
import type { Outbound } from "@casaforte/modules/mailflow";
import type { Config } from "@casaforte/platform/config";
import { readResolverAddress, ValidatingResolver } from "@casaforte/platform/net";
import { systemRandom } from "@casaforte/platform/telemetry";
import { readConfigured, readSecretLine } from "./configured-file.ts";

/** How mail leaves, as configured; `sinkPort` is where the demo's sink listens. */
export function outboundOf({ mail, sites }: Pick<Config, "mail" | "sites">, sinkPort: number | null): Outbound {
  const { outbound: wanted } = mail;
  if (wanted.mode === "sink") return { kind: "smarthost", host: "127.0.0.1", port: sinkPort ?? 0 };
  // Mail lies at the first site, and leaves from there.
  const from = sites[0]?.outgoingMail;
  if (wanted.mode === "smarthost") {
    const { host, port, requireTls, auth, caFile } = wanted;
    return {
      kind: "smarthost",
      host,
      port,
      requireTls: requireTls || auth !== undefined,
      ...(from ? { from } : {}),
      ...(auth ? { auth: { user: auth.user, password: readSecretLine(auth.passwordFile) } } : {}),
      ...(caFile ? { ca: readConfigured(caFile) } : {}),
    };
  }
  const secureResolver = secureResolverOf(mail);
  return {
    kind: "mx",
    ...(from ? { from } : {}),
    ...(secureResolver ? { secureResolver } : {}),
    resolver: {
      resolveMx: (domain) => dns.resolveMx(domain),
      async resolveAddresses(host) {
        const [four, six] = await Promise.allSettled([dns.resolve4(host), dns.resolve6(host)]);
        const found = [
          ...(four.status === "fulfilled" ? four.value : []),
          ...(six.status === "fulfilled" ? six.value : []),
        ];
        if (found.length === 0 && four.status === "rejected") throw four.reason;
        return found;
      },
    },
  };
}

/** The resolver whose proofs are believed; null without one. */
export function secureResolverOf({ outbound }: Config["mail"]): ValidatingResolver | null {
  const named = outbound.mode === "direct" ? outbound.dane?.resolver : undefined;
  const at = named === undefined ? null : readResolverAddress(named);
  return at === null ? null : new ValidatingResolver(at, systemRandom);
}
