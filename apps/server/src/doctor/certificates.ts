import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Config, httpListenerNames } from "@casaforte/platform/config";
import type { DoctorFinding } from "./finding.ts";

const dayMs = 86_400_000;
const warnDays = 14;

/** Certificates that end soon or have ended, or that cannot be read. */
export async function certificateFindings(config: Config, nowMs: number): Promise<DoctorFinding[]> {
  const files = new Map<string, string>();
  if (config.mail.tls && config.mail.tls !== "acme") files.set(config.mail.tls.cert, "mail.tls");
  for (const name of httpListenerNames) {
    const tls = config.http[name]?.tls;
    if (tls && tls !== "acme") files.set(tls.cert, `http.${name}.tls`);
  }
  const findings: DoctorFinding[] = [];
  for (const [file, where] of files) {
    try {
      const days = Math.floor((new X509Certificate(await readFile(file)).validToDate.getTime() - nowMs) / dayMs);
      if (days < warnDays)
        findings.push({
          where: `${where}, ${file}`,
          what: days < 0 ? `the certificate ended ${-days} days ago` : `the certificate ends in ${days} days`,
          todo: "Renew it in place: the program reads changed files within a minute.",
        });
    } catch (error) {
      const what = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      findings.push({ where: `${where}, ${file}`, what, todo: "Put a PEM certificate there." });
    }
  }
  return findings;
}
