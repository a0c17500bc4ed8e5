import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { dirname, join } from "node:path";
import { agentBundle } from "../apps/agent/build/bundle.mjs";
import { measure, type RunFigures } from "./process-figures.ts";

/** A backup program with a store of its own, as the bench drives it. */
export interface BackupTool {
  backup(source: string): Promise<RunFigures>;
  restore(target: string): Promise<RunFigures>;
  /** Bytes in its store, or null where it cannot be told apart. */
  storedBytes(): Promise<number | null>;
}

const password = "a bench password of no worth";

export const emptied = (path: string): string => {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
};

export function bytesUnder(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  return bytes;
}

export async function openRestic(work: string): Promise<BackupTool> {
  const store = emptied(join(work, "restic"));
  const env = {
    RESTIC_PASSWORD: password,
    RESTIC_REPOSITORY: store,
    RESTIC_CACHE_DIR: emptied(join(work, "restic-cache")),
  };
  const restic = (...args: string[]) => measure("restic", ["-q", ...args], { env });
  await restic("init");
  return {
    backup: (source) => restic("backup", source),
    restore: (target) => restic("restore", "latest", "--target", target),
    storedBytes: async () => bytesUnder(store),
  };
}

export async function openBorg(work: string): Promise<BackupTool> {
  const store = join(work, "borg");
  rmSync(store, { recursive: true, force: true });
  const env = { BORG_PASSPHRASE: password, BORG_BASE_DIR: emptied(join(work, "borg-base")) };
  const borg = (args: string[], cwd?: string) => measure("borg", args, cwd === undefined ? { env } : { env, cwd });
  await borg(["init", "-e", "repokey-blake2", store]);
  let count = 0;
  return {
    backup: (source) => borg(["create", "--compression", "lz4", `${store}::p${++count}`, source]),
    restore: (target) => borg(["extract", `${store}::p${count}`], target),
    storedBytes: async () => bytesUnder(store),
  };
}

export interface OurTool extends BackupTool {
  readonly agent: (...args: string[]) => Promise<RunFigures>;
}

/** Both are those of the installed launcher. */
const nodeOptions = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=8"];
const tunables = "glibc.malloc.hugetlb=1";

export async function openOurs(
  vault: string,
  token: string,
  work: string,
  backupOptions: readonly string[] = [],
): Promise<OurTool> {
  // As it is installed: the bundle and its compiled code, without the look for changed sources that a checkout needs.
  const program = await agentBundle();
  const compiled = join(dirname(program), "compiled");
  const home = emptied(join(work, "agent-home"));
  const env = { CASAFORTE_AGENT_HOME: home, NODE_COMPILE_CACHE: compiled, GLIBC_TUNABLES: tunables };
  const passwordFile = join(work, "password");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const agent = (...args: string[]) => measure(process.execPath, [...nodeOptions, program, ...args], { env });
  const secret = ["--password-file", passwordFile];
  await agent("enroll", "--vault", vault, "--token", token, "--name", "bench");
  // Others may be enrolled in the same space: what it held before is theirs.
  const usedBytes = async (): Promise<number> => {
    const status = JSON.parse((await agent("status", "--json")).stdout) as { space: { usedBytes: number } };
    return status.space.usedBytes;
  };
  const before = await usedBytes();
  return {
    agent: (...args) => agent(...args, ...secret),
    backup: (source) => agent("backup", source, ...backupOptions, ...secret),
    restore: (target) => agent("restore", "latest", "--to", target, ...secret),
    storedBytes: async () => (await usedBytes()) - before,
  };
}

/** Stands between agent and vault and counts what comes back. */
export async function openCounter(vault: string): Promise<{
  readonly url: string;
  readonly takeBytes: () => number;
  readonly close: () => Promise<void>;
}> {
  const { hostname, port } = new URL(vault);
  let bytes = 0;
  const server = createServer((client) => {
    const upstream = connectTcp(Number(port), hostname);
    client.pipe(upstream);
    upstream.on("data", (piece) => (bytes += piece.length));
    upstream.pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on("error", () => other.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeBytes: () => {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    close: () => new Promise((done) => server.close(() => done())),
  };
}
