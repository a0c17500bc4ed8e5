import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Endpoints, repository, run } from "../tests/support/product.ts";
import { makeLargeFiles, makeSmallFiles } from "./data.ts";
import type { Figure } from "./figures.ts";

export interface BackupSizes {
  readonly largeMebibytes: number;
  readonly smallFiles: number;
  readonly repeat: number;
}

const agentProgram = join(repository, "apps/agent/bin/casaforte-agent.mjs");

async function timed(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const result = await run(command, args, { env });
  if (result.code !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${result.code}\n${result.stdout}${result.stderr}`);
  return (performance.now() - started) / 1000;
}

/** Our agent against the running vault over HTTP, and restic against a local directory, on the same trees in turn. */
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
      source: join(work, "A"),
      make: (folder: string) => makeLargeFiles(folder, sizes.largeMebibytes),
    },
    {
      name: `${sizes.smallFiles} small files`,
      source: join(work, "B"),
      make: (folder: string) => makeSmallFiles(folder, sizes.smallFiles),
    },
  ];
  const password = join(work, "password");
  writeFileSync(password, "a bench password of no worth\n", { mode: 0o600 });
  for (const set of sets) {
    const megabytes = set.make(set.source) / 1e6;
    const ours = { backup: [] as number[], restore: [] as number[] };
    const theirs = { backup: [] as number[], restore: [] as number[] };
    for (let round = 0; round < sizes.repeat; round++) {
      const home = join(work, "agent-home");
      const env = { CASAFORTE_AGENT_HOME: home };
      rmSync(home, { recursive: true, force: true });
      await timed(
        "node",
        [
          agentProgram,
          "enroll",
          "--vault",
          endpoints.vault,
          "--token",
          await enrol(`bench-${set.name}-${round}`),
          "--name",
          `bench ${round} ${set.name}`,
        ],
        env,
      );
      ours.backup.push(
        megabytes / (await timed("node", [agentProgram, "backup", set.source, "--password-file", password], env)),
      );
      const target = join(work, "restored");
      rmSync(target, { recursive: true, force: true });
      ours.restore.push(
        megabytes /
          (await timed("node", [agentProgram, "restore", "latest", "--to", target, "--password-file", password], env)),
      );

      const restic = {
        RESTIC_PASSWORD: "bench",
        RESTIC_REPOSITORY: join(work, "restic"),
        XDG_CACHE_HOME: join(work, "restic-cache"),
      };
      for (const folder of ["restic", "restic-cache"]) rmSync(join(work, folder), { recursive: true, force: true });
      mkdirSync(join(work, "restic-cache"), { recursive: true });
      await timed("restic", ["-q", "init"], restic);
      theirs.backup.push(megabytes / (await timed("restic", ["-q", "backup", set.source], restic)));
      rmSync(target, { recursive: true, force: true });
      theirs.restore.push(megabytes / (await timed("restic", ["-q", "restore", "latest", "--target", target], restic)));
      rmSync(target, { recursive: true, force: true });
    }
    figures.push({
      work: `first backup, ${set.name}`,
      unit: "MB/s",
      ours: ours.backup,
      peer: theirs.backup,
      peerName: "restic, local directory",
      better: "more",
    });
    figures.push({
      work: `full restore, ${set.name}`,
      unit: "MB/s",
      ours: ours.restore,
      peer: theirs.restore,
      peerName: "restic, local directory",
      better: "more",
    });
    rmSync(set.source, { recursive: true, force: true });
  }
  return figures;
}
