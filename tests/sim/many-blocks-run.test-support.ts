import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { strictCheckFile } from "../../formats/vbk/src/strict-check.test-support.ts";
import { Product } from "../support/product.ts";
import { Agent } from "./agent.test-support.ts";
import { createBlockStream, streamBlockBytes } from "./block-stream.test-support.ts";

const image = "disk.img";
const printer = fileURLToPath(new URL("./print-blocks.ts", import.meta.url));

/**
 * A disk of more blocks than simple readers of the layout can count (138,720), each another one: saved by the agent in
 * one sealed file, exported as a plain VBK that the second, strict reader checks from end to end, and restored through a
 * pipe. Both are compared with the disk, byte for byte.
 */
export async function runManyBlocks(plan: {
  readonly blocks: number;
  say(line: string): void;
}): Promise<{ readonly findings: readonly string[]; readonly figures: string }> {
  const { blocks, say } = plan;
  const product = await Product.prepare();
  const top = mkdtempSync(join(tmpdir(), "cf-many-blocks-"));
  const findings: string[] = [];
  try {
    const { vault, demo } = await product.start();
    const agent = new Agent(join(top, "home"));
    await agent.json("enroll", "--vault", vault, "--token", demo.enrolmentToken, "--name", "Many");
    const command = [process.execPath, printer, String(blocks)];
    const backup = await agent.run("backup", "--from-command", image, "--json", "--", ...command);
    if (backup.code !== 0) return { findings: [`backup: ${backup.stdout}${backup.stderr}`], figures: "" };
    const done = JSON.parse(backup.stdout) as { readonly sizeBytes: number };
    say(`saved: a file of ${megabytes(done.sizeBytes)}; agent at most ${backup.peakMib.toFixed(0)} MiB`);

    const file = join(top, "disk.vbk");
    const chosen = ["--path", `/@commands/${image}`];
    const exported = await agent.run("export", "latest", "--format", "vbk", "--as-disk", ...chosen, "-o", file);
    if (exported.code !== 0) return { findings: [`export: ${exported.stdout}${exported.stderr}`], figures: "" };
    say(`exported: ${megabytes(statSync(file).size)}; agent at most ${exported.peakMib.toFixed(0)} MiB`);

    const comparison = new BlockComparison(blocks, "plain VBK");
    const checked = await strictCheckFile(file, (index, plain) => comparison.block(index, plain));
    findings.push(...comparison.end());
    if (checked.storedBlocks !== blocks + 1) findings.push(`${checked.storedBlocks} stored blocks, not ${blocks + 1}`);
    say(`checked by the strict reader: ${checked.storedBlocks} stored blocks`);
    rmSync(file);

    const restored = await agent.stream("export", "latest", "--format", "raw", ...chosen, "-o", "-");
    findings.push(...(await compareStream(restored, blocks)));
    say("restored through a pipe and compared");
    findings.push(...(await product.findings()));
    return { findings, figures: `${blocks} distinct blocks, ${megabytes(done.sizeBytes)} stored` };
  } finally {
    await product.dispose();
    rmSync(top, { recursive: true, force: true });
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

async function compareStream(child: ChildProcess, blocks: number): Promise<readonly string[]> {
  const comparison = new BlockComparison(blocks, "restored disk");
  const ended = once(child, "close") as Promise<[number | null]>;
  const block = Buffer.alloc(streamBlockBytes);
  let filled = 0;
  let index = 0;
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    for (let at = 0; at < piece.length; ) {
      const taken = piece.copy(block, filled, at);
      at += taken;
      filled += taken;
      if (filled < block.length) continue;
      comparison.block(index++, block);
      filled = 0;
    }
  }
  const [code] = await ended;
  const findings = [...comparison.end()];
  if (filled > 0) findings.push(`restored disk: ${filled} bytes too many`);
  if (code !== 0) findings.push(`restored disk: the agent ended with ${code}`);
  return findings;
}

/** Blocks in their order, each compared with what it was. */
class BlockComparison {
  readonly #blocks: number;
  readonly #what: string;
  readonly #expected = createBlockStream();
  readonly #findings: string[] = [];
  #next = 0;

  constructor(blocks: number, what: string) {
    this.#blocks = blocks;
    this.#what = what;
  }

  block(index: number, bytes: Buffer | null): void {
    const isExpected = index === this.#next++ && bytes?.equals(this.#expected(index));
    if (!isExpected && this.#findings.length < 20) this.#findings.push(`${this.#what}: block ${index} is another one`);
  }

  end(): readonly string[] {
    if (this.#next === this.#blocks) return this.#findings;
    return [...this.#findings, `${this.#what}: ${this.#next} blocks, not ${this.#blocks}`];
  }
}
