import { isIP } from "node:net";
import type { ReportsOut } from "@casaforte/modules/mailflow";
import type { Config } from "@casaforte/platform/config";
import { postPublic } from "@casaforte/platform/net";
import { publicStsSource } from "./sts-source.ts";

const postMsMax = 60_000;

/** Reports go to servers of the public internet only: anybody may write any address into his DNS. */
export const publicReportsOut: ReportsOut = {
  resolveTxt: publicStsSource.resolveTxt,
  post: async (url, { type, body }, signal) =>
    postPublic(url, {
      headers: { "content-type": type, "user-agent": "Casaforte-Reports/1" },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(postMsMax)]),
    }),
};

interface ReportingConfig {
  readonly provider: Pick<Config["provider"], "hostname">;
  readonly mail: Pick<Config["mail"], "dns" | "domainReports"> & {
    readonly outbound: Pick<Config["mail"]["outbound"], "mode">;
  };
}

/** Whether other domains are told: as configured, else where our own name can be found on the internet. Needs the DNS. */
export function isReporting({ provider, mail }: ReportingConfig): boolean {
  if (!mail.dns || mail.outbound.mode === "sink") return false;
  const { hostname } = provider;
  const isPublic =
    hostname.includes(".") && isIP(hostname) === 0 && !/\.(localhost|local|internal|test)$/i.test(hostname);
  return mail.domainReports ?? isPublic;
}
