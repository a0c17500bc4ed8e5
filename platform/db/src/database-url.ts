import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { Failure } from "@casaforte/kernel";

/** One URL for each role that signs in. */
export interface DatabaseUrlSet {
  readonly appUrl: string;
  readonly operatorUrl: string;
  readonly ownerUrl: string;
}

export interface DatabaseTls {
  /** What the certificate must be made out to. */
  readonly host: string;
  readonly servername?: string;
  /** PEM of the authority; the system's authorities without. */
  readonly ca?: string;
  readonly rejectUnauthorized: true;
  readonly minVersion: "TLSv1.2";
}

export interface DatabaseAddress {
  /** A socket's folder, or a host and port. */
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Null: in clear, as over a Unix socket. */
  readonly tls: DatabaseTls | null;
}

/**
 * Reads `postgres://role:password@host:port/name?sslmode=verify-full&sslrootcert=FILE`, and the socket form
 * `postgres://role:password@/name?host=/folder`. Any sslmode but `disable` verifies the certificate and its name: a
 * connection that is encrypted to a stranger protects nothing. @throws precondition `db.url`.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const text = url.replace(/^postgres(ql)?:\/\/([^@/]*)@\//, "postgres://$2@localhost/");
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text))
    throw new Failure("precondition", "db.url", "a database URL looks like postgres://role:password@host/name");
  const parsed = new URL(text);
  const folder = parsed.searchParams.get("host");
  const port = Number(parsed.port || "5432");
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  const isLocal = folder?.startsWith("/") === true;
  const mode = parsed.searchParams.get("sslmode") ?? "disable";
  return {
    at: isLocal ? { path: `${folder}/.s.PGSQL.${port}` } : { host, port },
    database: decodeURIComponent(parsed.pathname.slice(1)) || "postgres",
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    tls: isLocal || mode === "disable" ? null : tlsOf(host, parsed.searchParams.get("sslrootcert")),
  };
}

function tlsOf(host: string, authorityFile: string | null): DatabaseTls {
  const verified = { rejectUnauthorized: true, minVersion: "TLSv1.2" } as const;
  return {
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(authorityFile && authorityFile !== "system" ? { ca: readAuthority(authorityFile) } : {}),
    ...verified,
  };
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Failure("precondition", "db.url", `sslrootcert: ${file} cannot be read`, { cause });
  }
}

/** The same server, role and settings, for another database. */
export function withDatabase(url: string, database: string): string {
  const { user, password } = parseDatabaseUrl(url);
  return withRole(url, user, password, database);
}

/** The same server and settings, for another role and database. */
export function withRole(url: string, role: string, password: string, database: string): string {
  const { at } = parseDatabaseUrl(url);
  const made = new URL(url.replace(/^postgres(ql)?:\/\/([^@/]*@)?\//, "postgres://localhost/"));
  made.username = role;
  made.password = encodeURIComponent(password);
  made.pathname = `/${database}`;
  if ("path" in at) made.hostname = "localhost";
  return made.toString();
}
