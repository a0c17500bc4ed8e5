import { readFile } from "node:fs/promises";
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
  const absoluteTls = (tls: NonNullable<Config["mail"]["tls"]>) =>
    tls === "acme" ? tls : { key: absolute(tls.key), cert: absolute(tls.cert) };
  const face = (listener: Config["http"]["console"]) =>
    listener?.tls ? { ...listener, tls: absoluteTls(listener.tls) } : listener;
  const { console, operator, webmail, vault, jmap } = config.http;
  return {
    ...config,
    data: absolute(config.data),
    ...(config.hostCertificates ? { hostCertificates: absolute(config.hostCertificates) } : {}),
    http: {
      console: face(console),
      operator: face(operator),
      webmail: face(webmail),
      vault: face(vault),
      jmap: face(jmap),
    },
    ...(config.acme ? { acme: absoluteAcme(config.acme, absolute) } : {}),
    mail: {
      ...config.mail,
      ...(config.mail.tls ? { tls: absoluteTls(config.mail.tls) } : {}),
      outbound: absoluteOutbound(config.mail.outbound, absolute),
    },
    log: { ...config.log, ...(config.log.file ? { file: absolute(config.log.file) } : {}) },
    database: { ...(url ? { url } : {}), ...(operatorUrl ? { operatorUrl } : {}), ...(ownerUrl ? { ownerUrl } : {}) },
    masterKeys: config.masterKeys.map((key) => ({ ...key, file: absolute(key.file) })),
    ...(config.metrics ? { metrics: { tokenFile: absolute(config.metrics.tokenFile) } } : {}),
    sites: config.sites.map((site) => ({
      ...site,
      blobs: absolute(site.blobs),
      ...(site.replica ? { replica: { ...site.replica, blobs: absolute(site.replica.blobs) } } : {}),
    })),
  };
}

function absoluteAcme(acme: NonNullable<Config["acme"]>, absolute: (path: string) => string): Config["acme"] {
  const { externalAccount, caFile } = acme;
  return {
    ...acme,
    ...(caFile ? { caFile: absolute(caFile) } : {}),
    ...(externalAccount
      ? { externalAccount: { ...externalAccount, hmacKeyFile: absolute(externalAccount.hmacKeyFile) } }
      : {}),
  };
}

function absoluteOutbound(
  outbound: Config["mail"]["outbound"],
  absolute: (path: string) => string,
): Config["mail"]["outbound"] {
  if (outbound.mode !== "smarthost") return outbound;
  const { auth, caFile } = outbound;
  return {
    ...outbound,
    ...(auth ? { auth: { ...auth, passwordFile: absolute(auth.passwordFile) } } : {}),
    ...(caFile ? { caFile: absolute(caFile) } : {}),
  };
}
