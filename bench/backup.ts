import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Endpoints, repository, run } from "../tests/support/product.ts";
import { makeLargeFiles, makeSmallFiles } from "./data.ts";
import type { Figure } from "./figures.ts";

export interface BackupSizes {
  readonly largeMebibytes: number;
  readonly smallFiles: number;
  readonly repeat: number;
}

interface DataSet {
  readonly name: string;
  readonly source: string;
  readonly bytes: number;
}

/** Seconds of the three runs of one round. */
interface Round {
  readonly first: number;
  readonly unchanged: number;
  readonly restore: number;
}

const agentProgram = join(repository, "apps/agent/bin/casaforte-agent.mjs");

async function seconds(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const result = await run(command, args, { env });
  if (result.code !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${result.code}\n${result.stdout}${result.stderr}`);
  return (performance.now() - started) / 1000;
}

const emptied = (path: string): string => {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
};

/** A restore that wrote less than was saved is no restore. */
function checkRestored(target: string, expectedBytes: number): void {
  let bytes = 0;
  for (const entry of readdirSync(target, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  if (bytes !== expectedBytes) throw new Error(`restored ${bytes} of ${expectedBytes} bytes`);
}

async function ourRound(vault: string, token: string, work: string, set: DataSet): Promise<Round> {
  const env = { CASAFORTE_AGENT_HOME: emptied(join(work, "agent-home")) };
  const passwordFile = join(work, "password");
  writeFileSync(passwordFile, "a bench password of no worth\n", { mode: 0o600 });
  const agent = (...args: string[]) => seconds(process.execPath, [agentProgram, ...args], env);
  const secret = ["--password-file", passwordFile];
  await agent("enroll", "--vault", vault, "--token", token, "--name", "bench");
  const first = await agent("backup", set.source, ...secret);
  const unchanged = await agent("backup", set.source, ...secret);
  const target = emptied(join(work, "restored"));
  const restore = await agent("restore", "latest", "--to", target, ...secret);
  checkRestored(target, set.bytes);
  rmSync(target, { recursive: true });
  return { first, unchanged, restore };
}

async function resticRound(work: string, set: DataSet): Promise<Round> {
  const env = {
    RESTIC_PASSWORD: "a bench password of no worth",
    RESTIC_REPOSITORY: emptied(join(work, "restic")),
    RESTIC_CACHE_DIR: emptied(join(work, "restic-cache")),
  };
  const restic = (...args: string[]) => seconds("restic", ["-q", ...args], env);
  await restic("init");
  const first = await restic("backup", set.source);
  const unchanged = await restic("backup", set.source);
  const target = emptied(join(work, "restored"));
  const restore = await restic("restore", "latest", "--target", target);
  checkRestored(target, set.bytes);
  rmSync(target, { recursive: true });
  return { first, unchanged, restore };
}

function figuresOf(set: DataSet, ours: readonly Round[], theirs: readonly Round[]): Figure[] {
  const peerName = "restic";
  const speed = (rounds: readonly Round[], key: keyof Round) => rounds.map((round) => set.bytes / 1e6 / round[key]);
  const rate = (work: string, key: keyof Round): Figure => ({
    work: `${work}, ${set.name}`,
    unit: "MB/s",
    ours: speed(ours, key),
    peer: speed(theirs, key),
    peerName,
    better: "more",
  });
  return [
    rate("first backup", "first"),
    {
      work: `backup of nothing new, ${set.name}`,
      unit: "s",
      ours: ours.map((round) => round.unchanged),
      peer: theirs.map((round) => round.unchanged),
      peerName,
      better: "less",
    },
    rate("full restore", "restore"),
  ];
}

/**
 * Our agent against the running vault over HTTP, and restic against a local directory, on the same trees in turn. Each
 * run is a process of its own, so the start of the program and the stretching of the password are inside the figures.
 */
export async function benchBackup(
  endpoints: Endpoints,
  enrol: (name: string) => Promise<string>,
  work: string,
  sizes: BackupSizes,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const sets = [
    {
      name: `${sizes.largeMebibytes} MiB in 4 files`,
      make: (folder: string) => makeLargeFiles(folder, sizes.largeMebibytes),
    },
    { name: `${sizes.smallFiles} small files`, make: (folder: string) => makeSmallFiles(folder, sizes.smallFiles) },
  ];
  for (const { name, make } of sets) {
    const source = join(work, "source");
    const set: DataSet = { name, source, bytes: make(source) };
    const ours: Round[] = [];
    const theirs: Round[] = [];
    for (let round = 0; round < sizes.repeat; round++) {
      console.error(`  ${name}, round ${round + 1} of ${sizes.repeat}`);
      ours.push(await ourRound(endpoints.vault, await enrol(`bench ${round}, ${name}`), work, set));
      theirs.push(await resticRound(work, set));
    }
    figures.push(...figuresOf(set, ours, theirs));
    rmSync(source, { recursive: true });
  }
  return figures;
}
