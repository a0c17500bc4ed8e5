import { createSocket } from "node:dgram";
import { access, constants, readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { type Config, httpListenerNames, streamListenerNames } from "./schema.ts";

/** Words that no real secret contains. */
const weakSecret = /^(password|postgres|secret|changeme|change-me|admin|casaforte|test|demo|)$/i;

const isLoopback = (host: string) => host === "localhost" || host === "::1" || host.startsWith("127.");

/**
 * What makes a configuration unfit for production (security.md, check 44), each in a plain sentence: weak database
 * passwords, missing TLS on a public listener, the demo's sink, debug logging, keys that are absent or that others can
 * read, and addresses for outgoing mail that are not this host's. An empty list lets `serve` start.
 */
export async function productionFindings(config: Config): Promise<string[]> {
  return [
    ...databaseFindings(config),
    ...faceFindings(config),
    ...mailFindings(config),
    ...(config.log.level === "debug" ? ["log.level is debug: it would write customers' data into the log"] : []),
    ...(await fileFindings(config)),
    ...(await outgoingFindings(config)),
  ];
}

function databaseFindings({ database }: Config): string[] {
  const findings: string[] = [];
  for (const [name, variable] of [
    ["url", "DATABASE_URL"],
    ["operatorUrl", "DATABASE_OPERATOR_URL"],
  ] as const) {
    const url = database[name];
    if (!url) {
      findings.push(`database.${name} is missing: set it in the file or as ${variable}`);
      continue;
    }
    // The socket form has no host; the URL parser wants one.
    const whole = url.replace(/^postgres(ql)?:\/\/([^@/]*)@\//, "postgres://$2@localhost/");
    if (!URL.canParse(whole)) {
      findings.push(`database.${name} is not a URL`);
      continue;
    }
    const { username, password, hostname, searchParams } = new URL(whole);
    if (weakSecret.test(decodeURIComponent(password)))
      findings.push(`database.${name} has a default or empty password`);
    if (username === "postgres") findings.push(`database.${name} signs in as the superuser; use cf_app and cf_ops`);
    const isSocket = searchParams.get("host")?.startsWith("/") === true;
    if (!isSocket && !isLoopback(hostname) && (searchParams.get("sslmode") ?? "disable") === "disable")
      findings.push(`database.${name} goes over the network without TLS: add sslmode=verify-full`);
  }
  return findings;
}

function faceFindings({ http, trustedProxies }: Config): string[] {
  const findings: string[] = [];
  for (const name of httpListenerNames) {
    const listener = http[name];
    if (!listener) continue;
    const isPublic = !isLoopback(listener.host);
    if (isPublic && !listener.tls && trustedProxies.length === 0)
      findings.push(`http.${name} listens on ${listener.host} without TLS and no trusted proxy is named`);
    if (isPublic && !listener.publicUrl)
      findings.push(`http.${name}.publicUrl is missing: say under which https address others reach it`);
    if (listener.publicUrl && !/^https:\/\/|^http:\/\/(localhost|127\.|\[::1\])/.test(listener.publicUrl))
      findings.push(`http.${name}.publicUrl is not https: ${listener.publicUrl}`);
  }
  return findings;
}

function mailFindings({ mail }: Config): string[] {
  const isPublic = streamListenerNames.some((name) => mail[name] && !isLoopback(mail[name].host));
  return [
    ...(isPublic && !mail.tls ? ["mail.tls is missing: mail programs must be able to sign in under TLS"] : []),
    ...(mail.outbound.mode === "sink" ? ["mail.outbound is the demo's sink: mail would never leave"] : []),
  ];
}

/** Only workers send: on a host without one the addresses may be another's. */
async function outgoingFindings({ sites, roles, mail }: Config): Promise<string[]> {
  const [site] = sites;
  if (!site?.outgoingMail || !roles.includes("worker")) return [];
  const outgoing = site.outgoingMail;
  const findings: string[] = [];
  for (const name of ["ipv4", "ipv6"] as const) {
    const address = outgoing[name];
    const trouble = address === undefined ? null : await troubleOfAddress(address, name);
    if (trouble !== null)
      findings.push(
        `sites, ${site.id}, outgoingMail.${name}: ${address} is not an address of this host (${trouble}); mail would wait in the queue`,
      );
  }
  const { outbound } = mail;
  const family = outbound.mode === "smarthost" ? isIP(outbound.host) : 0;
  if (family !== 0 && (family === 4 ? outgoing.ipv4 : outgoing.ipv6) === undefined)
    findings.push(`mail.outbound.host is an IPv${family} address, and outgoingMail names none to reach it from`);
  return findings;
}

/** What the system says to a socket that would have that address; null when it may. It is closed at once. */
function troubleOfAddress(address: string, family: "ipv4" | "ipv6"): Promise<string | null> {
  const socket = createSocket({ type: family === "ipv4" ? "udp4" : "udp6", ipv6Only: family === "ipv6" });
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? error.message);
    });
    socket.bind({ address, port: 0, exclusive: true }, () => socket.close(() => resolve(null)));
  });
}

async function fileFindings(config: Config): Promise<string[]> {
  const findings: string[] = [];
  for (const { id, file } of config.masterKeys) findings.push(...(await masterKeyFindings(id, file)));
  const { outbound } = config.mail;
  const certificates = new Map<string, Config["mail"]["tls"]>([
    ["mail.tls", config.mail.tls],
    ...httpListenerNames.map((name) => [`http.${name}.tls`, config.http[name]?.tls] as const),
  ]);
  for (const [where, tls] of certificates) {
    if (!tls) continue;
    if (tls === "acme") {
      if (!config.acme) findings.push(`${where} is acme, but no authority is named: add acme.directory`);
      continue;
    }
    if (!(await isReadable(tls.cert))) findings.push(`${where}.cert: ${tls.cert} cannot be read`);
    findings.push(...(await secretFindings(`${where}.key`, tls.key)));
  }
  const { externalAccount, caFile } = config.acme ?? {};
  if (caFile && !(await isReadable(caFile))) findings.push(`acme.caFile: ${caFile} cannot be read`);
  if (externalAccount)
    findings.push(...(await secretFindings("acme.externalAccount.hmacKeyFile", externalAccount.hmacKeyFile)));
  if (outbound.mode === "smarthost") {
    if (outbound.auth)
      findings.push(...(await secretFindings("mail.outbound.auth.passwordFile", outbound.auth.passwordFile)));
    if (outbound.caFile && !(await isReadable(outbound.caFile)))
      findings.push(`mail.outbound.caFile: ${outbound.caFile} cannot be read`);
  }
  return findings;
}

const isReadable = (file: string) =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  );

/** A secret in a file: there, ours to read, and nobody else's. A group may read it: that is how certificates are shared. */
async function secretFindings(where: string, file: string): Promise<string[]> {
  const found = await stat(file).catch(() => null);
  if (!found || !(await isReadable(file))) return [`${where}: ${file} cannot be read`];
  return (found.mode & 0o007) === 0 ? [] : [`${where}: ${file} can be read by everybody; chmod 640 or 600`];
}

async function masterKeyFindings(id: number, file: string): Promise<string[]> {
  const found = await stat(file).catch(() => null);
  if (!found) return [`master key ${id}: ${file} does not exist; make it with: casaforte make-key ${file}`];
  if ((found.mode & 0o077) !== 0) return [`master key ${id}: ${file} can be read by others; chmod 600`];
  if (found.size !== 32) return [`master key ${id}: ${file} must be 32 random bytes`];
  const key = await readFile(file).catch(() => null);
  if (!key) return [`master key ${id}: ${file} cannot be read by this user; it must belong to the one that runs serve`];
  return key.every((byte) => byte === key[0]) ? [`master key ${id}: ${file} is not random`] : [];
}
