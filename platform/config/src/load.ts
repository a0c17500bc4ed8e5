import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Failure } from "@casaforte/kernel";
import { parse } from "yaml";
import { type Config, configSchema } from "./schema.ts";

/** Parses and checks a configuration. @throws invalid `config.invalid`, naming each wrong key. */
export function parseConfig(text: string, file: string): Config {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    throw new Failure(
      "invalid",
      "config.invalid",
      `${file} is not YAML: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const result = configSchema.safeParse(raw);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join(".") || "(whole file)"}: ${issue.message}`);
  throw new Failure("invalid", "config.invalid", `${file} is not a valid configuration:\n${lines.join("\n")}`);
}

/** Reads a configuration file; makes paths absolute; database URLs may come from the environment instead. */
export async function loadConfig(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new Failure("not_found", "config.missing", `cannot read ${file}`, { cause });
  });
  const config = parseConfig(text, file);
  const base = dirname(resolve(file));
  const absolute = (path: string) => resolve(base, path);
  const url = config.database.url ?? environment["DATABASE_URL"];
  const operatorUrl = config.database.operatorUrl ?? environment["DATABASE_OPERATOR_URL"];
  const ownerUrl = config.database.ownerUrl ?? environment["DATABASE_OWNER_URL"];
  return {
    ...config,
    data: absolute(config.data),
    database: { ...(url ? { url } : {}), ...(operatorUrl ? { operatorUrl } : {}), ...(ownerUrl ? { ownerUrl } : {}) },
    masterKeys: config.masterKeys.map((key) => ({ ...key, file: absolute(key.file) })),
    sites: config.sites.map((site) => ({ ...site, blobs: absolute(site.blobs) })),
  };
}

/** Words that no real secret contains. */
const weakSecret = /^(password|postgres|secret|changeme|change-me|admin|casaforte|test|demo|)$/i;

const isLoopback = (host: string) => host === "localhost" || host === "::1" || host.startsWith("127.");

/**
 * What makes a configuration unfit for production (security.md, check 44): weak database passwords, missing TLS on a
 * public listener, debug logging, readable key files. An empty list lets `serve` start.
 */
export async function productionFindings(config: Config): Promise<string[]> {
  const findings: string[] = [];
  for (const [name, url] of Object.entries({ url: config.database.url, operatorUrl: config.database.operatorUrl })) {
    if (!url) {
      findings.push(
        `database.${name} is missing: set it in the file or as DATABASE_${name === "url" ? "URL" : "OPERATOR_URL"}`,
      );
      continue;
    }
    const parsed = URL.canParse(url) ? new URL(url) : null;
    if (!parsed) findings.push(`database.${name} is not a URL`);
    else {
      if (weakSecret.test(decodeURIComponent(parsed.password)))
        findings.push(`database.${name} has a default or empty password`);
      if (parsed.username === "postgres")
        findings.push(`database.${name} signs in as the superuser; use cf_app and cf_ops`);
      const socket = parsed.searchParams.get("host")?.startsWith("/");
      if (!socket && !isLoopback(parsed.hostname) && (parsed.searchParams.get("sslmode") ?? "disable") === "disable")
        findings.push(`database.${name} goes over the network without TLS: add sslmode=verify-full`);
    }
  }
  for (const [name, listener] of Object.entries(config.http)) {
    if (listener && !listener.tls && !isLoopback(listener.host) && config.trustedProxies.length === 0)
      findings.push(`http.${name} listens on ${listener.host} without TLS and no trusted proxy is named`);
  }
  const publicMail = [
    config.mail.smtp,
    config.mail.submission,
    config.mail.imap,
    config.mail.pop3,
    config.mail.smtps,
    config.mail.imaps,
    config.mail.pop3s,
  ].some((listener) => listener && !isLoopback(listener.host));
  if (publicMail && !config.mail.tls)
    findings.push("mail.tls is missing: mail programs must be able to sign in under TLS");
  if (config.mail.outbound.mode === "sink") findings.push("mail.outbound is the demo's sink: mail would never leave");
  if (config.log.level === "debug") findings.push("log.level is debug");
  for (const key of config.masterKeys) {
    const found = await stat(key.file).catch(() => null);
    if (!found)
      findings.push(`master key ${key.id}: ${key.file} does not exist; make it with: casaforte make-key ${key.file}`);
    else if ((found.mode & 0o077) !== 0)
      findings.push(`master key ${key.id}: ${key.file} can be read by others; chmod 600`);
    else if (found.size !== 32) findings.push(`master key ${key.id}: ${key.file} must be 32 random bytes`);
    else if ((await readFile(key.file)).every((byte, _index, all) => byte === all[0]))
      findings.push(`master key ${key.id}: ${key.file} is not random`);
  }
  return findings;
}
