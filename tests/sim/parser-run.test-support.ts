import { readdir, readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { Failure } from "@casaforte/kernel";
import type { SimRandom } from "../support/seed.test-support.ts";
import { mutate } from "./mutate.test-support.ts";

/** A file of a corpus. */
export interface Seed {
  /** Without `.gz`: what is large and mostly zeros is kept packed. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Parser {
  /** Takes an input that was made of a seed, or refuses it with an error of its own. */
  readonly read: (input: Buffer, seed: Seed) => unknown;
  /** Where its files lie; its own name when absent. */
  readonly folder?: string;
  /** In place of `mutate`, where a change anywhere would never come past the first check. */
  readonly mutate?: (random: SimRandom, bytes: Buffer, other: Buffer) => Buffer;
}

export interface ParserRun {
  readonly findings: readonly string[];
  readonly inputs: number;
  readonly parsers: number;
}

export interface ParserRunInput {
  /** Folder of the corpus, with a slash at its end. */
  readonly corpus: URL;
  readonly parsers: Readonly<Record<string, Parser>>;
  /** Whether an error is a parser's way to say no; a Failure always is. */
  readonly isRefusal?: (error: unknown) => boolean;
  /** Whether a file may be refused so as it lies there: a parser that takes nothing finds nothing. Any may when absent. */
  readonly maySeedFail?: (name: string, error: Failure) => boolean;
  readonly random: SimRandom;
  /** Asked before each mutation with the number of inputs so far. */
  readonly goesOn: (inputs: number) => boolean;
}

/** What one input may take of time and processor, and by how much the program may have grown at the end of a run. */
export const parserLimits = { inputMsMax: 60_000, inputCpuMsMax: 5_000, growthBytesMax: 1024 ** 3 } as const;

/**
 * Reads every file of the corpus, then mutations of them until `goesOn` says no. A finding names the parser, the file and
 * the input in base64, ready to be kept.
 */
export async function runParsers(run: ParserRunInput): Promise<ParserRun> {
  const { corpus, parsers, random, goesOn } = run;
  const files: (Seed & { readonly parser: string; readonly how: Parser })[] = [];
  for (const [parser, how] of Object.entries(parsers)) {
    const folder = new URL(`${how.folder ?? parser}/`, corpus);
    for (const name of (await readdir(folder)).toSorted()) {
      const bytes = await readFile(new URL(name, folder));
      const isPacked = name.endsWith(".gz");
      files.push({ parser, how, name: name.replace(/\.gz$/, ""), bytes: isPacked ? gunzipSync(bytes) : bytes });
    }
  }
  const findings: string[] = [];
  const mayRefuse = (error: unknown, seedName: string | null): boolean =>
    error instanceof Failure
      ? seedName === null || (run.maySeedFail?.(seedName, error) ?? true)
      : run.isRefusal?.(error) === true;
  const grownFromKiB = process.resourceUsage().maxRSS;
  const read = async (file: (typeof files)[number], input: Buffer): Promise<void> => {
    const tell = (what: string) =>
      findings.push(`${file.parser}/${file.name}: ${what} ${input.toString("base64").slice(0, 4_000)}`);
    const before = process.cpuUsage();
    try {
      await inTime(file.how.read(input, file));
    } catch (error) {
      if (!mayRefuse(error, input === file.bytes ? file.name : null)) tell(`${(error as Error).stack ?? error}`);
    }
    const { user, system } = process.cpuUsage(before);
    if (user + system > parserLimits.inputCpuMsMax * 1_000) tell(`took ${(user + system) / 1e6} s`);
  };
  for (const file of files) await read(file, file.bytes);
  let inputs = files.length;
  for (; goesOn(inputs) && findings.length < 10; inputs++) {
    const file = files[random.between(0, files.length - 1)];
    const other = files[random.between(0, files.length - 1)];
    if (!file || !other) break;
    await read(file, (file.how.mutate ?? mutate)(random, file.bytes, other.bytes));
  }
  const grownBytes = (process.resourceUsage().maxRSS - grownFromKiB) * 1024;
  if (grownBytes > parserLimits.growthBytesMax) findings.push(`the program grew by ${grownBytes} bytes`);
  return { findings, inputs, parsers: Object.keys(parsers).length };
}

/** @throws Error when an answer does not come within `inputMsMax`. */
async function inTime(answer: unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error("no answer")), parserLimits.inputMsMax);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
