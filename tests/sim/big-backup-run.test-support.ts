import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareTrees } from "../interop/compare-trees.ts";
import { Product } from "../support/product.ts";
import { SimRandom } from "../support/seed.test-support.ts";
import { Agent } from "./agent.test-support.ts";
import { makeTree } from "./tree.test-support.ts";

/** More files than one listing holds, and one file beyond what 31 bits can count. */
const bigTree = { smallFiles: 50_000, largeFiles: 10, largeBytes: 5_000_000, hugeBytes: 2_200_000_000 } as const;

interface Figures {
  readonly figures: { readonly entries: number; readonly logicalBytes: number };
  readonly sentBytes: number;
}

/** One backup of a big tree, restored and compared byte for byte and attribute for attribute, by two judges. */
export async function runBigBackup(plan: {
  readonly seed: number;
  say(line: string): void;
}): Promise<{ readonly findings: readonly string[]; readonly figures: string }> {
  const { say } = plan;
  const product = await Product.prepare();
  const top = mkdtempSync(join(tmpdir(), "cf-big-backup-"));
  try {
    const { vault, demo } = await product.start();
    const tree = join(top, "tree");
    makeTree(tree, bigTree, new SimRandom(plan.seed));
    say("the big tree is written");
    const agent = new Agent(join(top, "home"));
    await agent.json("enroll", "--vault", vault, "--token", demo.enrolmentToken, "--name", "Big");
    const startedMs = performance.now();
    const backup = await agent.run("backup", tree, "--json");
    const backupMs = performance.now() - startedMs;
    if (backup.code !== 0)
      return { findings: [`backup ended with ${backup.code}: ${backup.stdout}${backup.stderr}`], figures: "" };
    const done = JSON.parse(backup.stdout) as Figures;
    say(`saved in ${(backupMs / 1000).toFixed(1)} s; agent at most ${backup.peakMib.toFixed(0)} MiB`);
    const to = join(top, "restored");
    const restore = await agent.run("restore", "latest", "--to", to, "--json");
    const restoreMs = performance.now() - startedMs - backupMs;
    say(`restored in ${(restoreMs / 1000).toFixed(1)} s; agent at most ${restore.peakMib.toFixed(0)} MiB`);
    const findings =
      restore.code === 0
        ? [...compareTrees(tree, join(to, tree)).slice(0, 20), ...compareByRsync(tree, join(to, tree), say)]
        : [`restore ended with ${restore.code}: ${restore.stdout}${restore.stderr}`];
    findings.push(...(await product.findings()));
    const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
    return {
      findings,
      figures: `${done.figures.entries} entries, ${mib(done.figures.logicalBytes)}, sent ${mib(done.sentBytes)}; peak of the agent ${backup.peakMib.toFixed(0)} MiB saving, ${restore.peakMib.toFixed(0)} MiB restoring`,
    };
  } finally {
    await product.dispose();
    spawnSync("rm", ["-rf", top]);
  }
}

/** rsync would change nothing: a judge that shares no line with ours. */
function compareByRsync(left: string, right: string, say: (line: string) => void): string[] {
  const run = spawnSync(
    "rsync",
    ["-aniHc", "--delete", "--numeric-ids", "--acls", "--xattrs", `${left}/`, `${right}/`],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (run.error) {
    say("rsync is not installed: compared by our own reading alone");
    return [];
  }
  if (run.status !== 0) return [`rsync ended with ${run.status}: ${run.stderr}`];
  return run.stdout
    .split("\n")
    .filter((line) => line !== "")
    .slice(0, 20)
    .map((line) => `rsync would change ${line}`);
}
