// Prints how fast the agent saves and restores, and what memory it takes: node apps/agent/src/testing/measure.ts [MiB] [files]
// The vault is a memory vault in this process, on the same machine; figures are for this machine and this load.
import { type ChildProcess, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMemoryVault } from "@casaforte/vault/memory";
import { systemClock, systemRandom } from "../outside.ts";
import { runAgent } from "./agent-process.ts";
import { noise } from "./nasty-tree.ts";

const [mebibytes = 1024, files = 20_000] = process.argv.slice(2).map(Number);
const top = mkdtempSync(join(tmpdir(), "agent-measure-"));
const tree = join(top, "tree");
try {
  makeTree();
  await using vault = await startMemoryVault({ clock: systemClock, random: systemRandom });
  const token = vault.enrolmentToken(vault.addSpace());
  await measured(["enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Measured"]);
  await measured(["backup", tree]);
  await measured(["backup", tree]);
  await measured(["restore", "latest", "--to", join(top, "out")]);
  await measured(["verify"]);
} finally {
  spawnSync("rm", ["-rf", top]);
}

/** Half of it does not compress, half is text; and many small files. */
function makeTree(): void {
  mkdirSync(tree);
  const line = "2026-11-22T12:00:00Z host daemon[123]: request served in 17 ms, status 200, id ";
  for (let index = 0; index < mebibytes / 32; index++) {
    writeFileSync(join(tree, `noise-${index}`), noise(index + 1, 16 << 20));
    const lines: string[] = [];
    for (let row = 0; row < 180_000; row++) lines.push(`${line}${index * 1_000_003 + row * 7919}\n`);
    writeFileSync(join(tree, `text-${index}`), lines.join("").slice(0, 16 << 20));
  }
  for (let index = 0; index < files; index++) {
    if (index % 100 === 0) mkdirSync(join(tree, `d${index / 100}`));
    writeFileSync(join(tree, `d${Math.floor(index / 100)}`, `f${index}`), `small file ${index}\n`.repeat(index % 300));
  }
}

async function measured(args: readonly string[]): Promise<void> {
  let peakKiB = 0;
  let cpuTicks = 0;
  let timer: NodeJS.Timeout | undefined;
  const watch = (child: ChildProcess) => {
    timer = setInterval(() => {
      try {
        const peak = readFileSync(`/proc/${child.pid}/status`, "utf8").match(/VmHWM:\s+(\d+)/)?.[1];
        // A process that has ended has no memory any more.
        if (peak === undefined) return;
        peakKiB = Number(peak);
        const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
        cpuTicks = Number(stat[11]) + Number(stat[12]);
      } catch {
        // It has ended between two looks.
      }
    }, 20);
  };
  const run = await runAgent(args, { home: join(top, "home"), password: "correct horse", onSpawn: watch });
  clearInterval(timer);
  const figures = `${(run.ms / 1000).toFixed(1)} s, CPU ${(cpuTicks / 100).toFixed(1)} s, peak ${Math.round(peakKiB / 1024)} MiB`;
  process.stdout.write(`${args[0]} (exit ${run.code}): ${figures}\n  ${run.stdout.trim()}${run.stderr}\n`);
}
