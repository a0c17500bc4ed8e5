import { spawnSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMemoryVault } from "@casaforte/vault/memory";
import { systemClock, systemRandom } from "../apps/agent/src/outside.ts";
import { strictCheckFile } from "../formats/vbk/src/strict-check.test-support.ts";
import { compareTrees } from "../tests/interop/compare-trees.ts";
import { Agent } from "../tests/sim/agent.test-support.ts";
import { makeTree } from "../tests/sim/tree.test-support.ts";
import { SimRandom } from "../tests/support/seed.test-support.ts";

/**
 * `npm run interop:vbk`: what `casaforte-agent export --format vbk` writes of a tree and of a disk, taken apart by readers
 * that are not the product's: the second, strict one of the tests, and `vbk-extract` of dissect.archive, a program of its
 * own with a licence of its own, which is fetched into a directory that goes away again and never comes into the product.
 * `VBK_EXTRACT=PROGRAM` names one that is installed. Without it that half is left out, and said so. Ends with 1 at a difference.
 */
const top = mkdtempSync(join(tmpdir(), "cf-interop-vbk-"));
const findings: string[] = [];
try {
  const tree = join(top, "tree");
  makeTree(tree, { smallFiles: 2_000, largeFiles: 4, largeBytes: 9_000_000 }, new SimRandom(1));
  const disk = join(top, "disk.img");
  makeDisk(disk);
  const vbks = await exported(tree, disk);
  await readStrictly(vbks.tree, tree, "tree");
  await readStrictly(vbks.disk, disk, "disk");
  const extract = foreignReader();
  if (typeof extract === "string") {
    readForeign(extract, vbks.tree, (image) => compareUnpacked(image, tree));
    readForeign(extract, vbks.disk, (image) => compareBytes(image, disk));
  } else console.log(`SKIPPED dissect.archive: ${extract.why}`);
} finally {
  rmSync(top, { recursive: true, force: true });
}
for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;

/** Half of it holes, the rest noise and text, its length no multiple of a block's. */
function makeDisk(path: string): void {
  const fd = openSync(path, "w");
  const random = new SimRandom(2);
  for (let piece = 0; piece < 24; piece++) {
    const bytes = Buffer.alloc(700_000, `sector ${piece}\n`);
    for (let at = 0; piece % 2 === 0 && at < bytes.length; at += 4) bytes.writeUInt32LE(random.next(), at);
    writeSync(fd, bytes, 0, bytes.length, piece * 3_000_000);
  }
  ftruncateSync(fd, 80_000_512);
  closeSync(fd);
}

async function exported(tree: string, disk: string): Promise<{ readonly tree: string; readonly disk: string }> {
  await using vault = await startMemoryVault({ clock: systemClock, random: systemRandom });
  const agent = new Agent(join(top, "home"));
  const token = vault.enrolmentToken(vault.addSpace());
  await agent.json("enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Interop");
  await agent.json("backup", tree, disk);
  const paths = { tree: join(top, "tree.vbk"), disk: join(top, "disk.vbk") };
  await agent.json("export", "latest", "--format", "vbk", "--path", tree, "-o", paths.tree);
  await agent.json("export", "latest", "--format", "vbk", "--as-disk", "--path", disk, "-o", paths.disk);
  return paths;
}

async function readStrictly(vbk: string, original: string, what: "tree" | "disk"): Promise<void> {
  const image = join(top, `${what}.image`);
  const fd = openSync(image, "w");
  const { imageBytes, storedBlocks } = await strictCheckFile(vbk, (index, plain) => {
    if (plain !== null) writeSync(fd, plain, 0, plain.length, index * 0x10_0000);
  });
  ftruncateSync(fd, imageBytes);
  closeSync(fd);
  console.log(`strict reader, ${what}: ${storedBlocks} stored blocks, image of ${imageBytes} bytes`);
  if (what === "tree") compareUnpacked(image, original);
  else compareBytes(image, original);
}

/** A path, or why there is none. */
function foreignReader(): string | { readonly why: string } {
  const named = process.env["VBK_EXTRACT"];
  if (named !== undefined) return named;
  const venv = join(top, "venv");
  const made = spawnSync("python3", ["-m", "venv", venv], { encoding: "utf8" });
  if (made.status !== 0) return { why: `no virtual environment of Python: ${made.error?.message ?? made.stderr}` };
  const args = ["install", "--quiet", "--retries", "1", "--timeout", "30", "dissect.archive", "lz4"];
  const installed = spawnSync(join(venv, "bin", "pip"), args, { encoding: "utf8", timeout: 300_000 });
  if (installed.status === 0) return join(venv, "bin", "vbk-extract");
  return { why: `pip could not fetch it: ${installed.stderr.trim().split("\n").at(-1) ?? "no reason given"}` };
}

/** Extracts everything; the image is the largest file that comes out. */
function readForeign(program: string, vbk: string, compare: (image: string) => void): void {
  const out = join(top, "extracted");
  mkdirSync(out);
  const run = spawnSync(program, ["-o", out, vbk], { encoding: "utf8", timeout: 600_000 });
  const files = readdirSync(out, { recursive: true, encoding: "utf8" })
    .map((name) => ({ name, path: join(out, name), stats: statSync(join(out, name)) }))
    .filter(({ stats }) => stats.isFile())
    .sort((a, b) => b.stats.size - a.stats.size);
  console.log(`${program}: ${files.map(({ name, stats }) => `${name} (${stats.size} bytes)`).join(", ")}`);
  const [image] = files;
  if (run.status !== 0 || image === undefined) findings.push(`${program} ended with ${run.status}: ${run.stderr}`);
  else compare(image.path);
  rmSync(out, { recursive: true });
}

function compareUnpacked(tar: string, tree: string): void {
  const out = join(top, "unpacked");
  mkdirSync(out);
  const args = ["--xattrs", "--xattrs-include=*", "--acls", "-xpf", tar, "-C", out];
  const run = spawnSync("tar", args, { encoding: "utf8" });
  if (run.status !== 0) findings.push(`tar ended with ${run.status}: ${run.stderr}`);
  else findings.push(...compareTrees(tree, join(out, tree)));
  rmSync(out, { recursive: true });
}

/** An image is whole blocks: behind the disk it has zeros. */
function compareBytes(image: string, disk: string): void {
  const bytes = statSync(disk).size;
  const run = spawnSync("cmp", ["-n", String(bytes), image, disk], { encoding: "utf8" });
  if (run.status !== 0) findings.push(`the disk came out as another one: ${run.stdout}${run.stderr}`);
}
