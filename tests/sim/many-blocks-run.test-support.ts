import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { agentBundle } from "../../apps/agent/build/bundle.mjs";
import { strictCheckFile } from "../../formats/vbk/src/strict-check.test-support.ts";
import { Product } from "../support/product.ts";
import { Agent, type AgentEnd, type AgentRun, peakOf } from "./agent.test-support.ts";
import { createBlockStream, streamBlockBytes } from "./block-stream.test-support.ts";

const image = "disk.img";
const chosen = ["--path", `/@commands/${image}`];
const printer = fileURLToPath(new URL("./print-blocks.ts", import.meta.url));
/** What the program promises of a first backup and of a restore, whatever they are of. */
const agentMibMax = 300;

export interface ManyBlocksPlan {
  readonly blocks: number;
  say(line: string): void;
  /** Where everything stays. A run that is given it again goes on behind the last stage that came to its end. */
  readonly directory?: string | undefined;
}

interface Stage {
  readonly name: string;
  run(): Promise<readonly string[]>;
}

/**
 * A disk of more blocks than simple readers of the layout can count (138,720), each another one: saved by the agent in
 * one sealed file, verified, exported as a plain VBK that the second, strict reader checks from end to end, and restored
 * through a pipe. Both are compared with the disk, byte for byte. The agent never takes more than 300 MiB.
 */
export async function runManyBlocks(
  plan: ManyBlocksPlan,
): Promise<{ readonly findings: readonly string[]; readonly figures: string }> {
  const { blocks, say, directory } = plan;
  const top = directory ?? mkdtempSync(join(tmpdir(), "cf-many-blocks-"));
  mkdirSync(top, { recursive: true });
  const marks = join(top, "stages-done");
  const of = `${blocks} blocks, ${createHash("sha256")
    .update(readFileSync(await agentBundle()))
    .digest("hex")}`;
  const [madeOf, ...before] = existsSync(marks) ? readFileSync(marks, "utf8").split("\n") : [];
  if (madeOf === undefined) writeFileSync(marks, `${of}\n`);
  else if (madeOf !== of) throw new Error(`${top} is of a run of ${madeOf}, not of ${of}`);
  const product = await Product.prepare({ parent: top });
  try {
    const { vault, demo } = await product.start();
    const agent = new Agent(join(top, "home"));
    const file = join(top, "disk.vbk");
    const stages = stagesOf({ blocks, say, agent, file });
    if (existsSync(join(top, "home", "enrolment.json"))) enrolledAt(join(top, "home"), vault);
    else await agent.json("enroll", "--vault", vault, "--token", demo.enrolmentToken, "--name", "Many");
    const findings: string[] = [];
    for (const { name, run } of stages) {
      if (before.includes(name)) continue;
      const startedMs = performance.now();
      findings.push(...(await run()));
      // A stage that found something is done again by the next run, and those behind it build on nothing.
      if (findings.length > 0) break;
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
      say(`${name}: ${seconds} s; the product at most ${peakOf(product.pid).toFixed(0)} MiB since its start`);
      appendFileSync(marks, `${name}\n`);
    }
    findings.push(...(await product.findings()));
    return { findings, figures: `${blocks} distinct blocks` };
  } finally {
    await product.stop();
    if (directory === undefined) rmSync(top, { recursive: true, force: true });
  }
}

interface StageInput extends Omit<ManyBlocksPlan, "directory"> {
  readonly agent: Agent;
  readonly file: string;
}

function stagesOf({ blocks, say, agent, file }: StageInput): readonly Stage[] {
  const ended = (what: string, { code, stdout, stderr, peakMib }: AgentEnd): readonly string[] => {
    if (code !== 0) throw new Error(`${what} ended with ${code}: ${stdout}${stderr}`);
    say(`${what}: the agent at most ${peakMib.toFixed(0)} MiB`);
    if (peakMib === 0) return [`${what}: what the agent took is not known`];
    return peakMib > agentMibMax ? [`${what}: the agent took ${peakMib.toFixed(0)} MiB`] : [];
  };
  return [
    {
      name: "backup",
      run: async () => {
        const command = [process.execPath, printer, String(blocks)];
        const end = await agent.run("backup", "--from-command", image, "--json", "--", ...command);
        if (end.code === 0) say(`a file of ${megabytes((JSON.parse(end.stdout) as SavedFile).sizeBytes)}`);
        return ended("backup", end);
      },
    },
    { name: "verify", run: async () => ended("verify", await agent.run("verify", "--json")) },
    {
      name: "export",
      run: async () => {
        const wanted = ["export", "latest", "--format", "vbk", "--as-disk", ...chosen, "-o", file];
        return ended("export", await agent.run(...wanted));
      },
    },
    {
      name: "strict check",
      run: async () => {
        const comparison = new BlockComparison(blocks, "plain VBK");
        const checked = await strictCheckFile(file, (index, plain) => comparison.block(index, plain));
        const { storedBlocks } = checked;
        const isWhole = storedBlocks === blocks + 1;
        return [...comparison.end(), ...(isWhole ? [] : [`${storedBlocks} stored blocks, not ${blocks + 1}`])];
      },
    },
    {
      name: "restore through a pipe",
      run: async () => {
        rmSync(file, { force: true });
        const restored = await agent.stream("export", "latest", "--format", "raw", ...chosen, "-o", "-");
        const differences = await compareStream(restored, blocks);
        return [...differences, ...ended("restore through a pipe", await restored.end)];
      },
    },
  ];
}

interface SavedFile {
  readonly sizeBytes: number;
}

/** The product has other ports after each start; who runs one keeps its own. */
function enrolledAt(home: string, vaultUrl: string): void {
  const file = join(home, "enrolment.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), vaultUrl }));
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

async function compareStream({ child }: AgentRun, blocks: number): Promise<readonly string[]> {
  const comparison = new BlockComparison(blocks, "restored disk");
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
  const findings = [...comparison.end()];
  if (filled > 0) findings.push(`restored disk: ${filled} bytes too many`);
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
