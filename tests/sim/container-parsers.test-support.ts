import { createHash } from "node:crypto";
import { utf8 } from "@casaforte/kernel";
import { openContainer, readKeySetRecords, readSummary } from "@casaforte/vbk";
import { createUnsealer, StorageKey } from "@casaforte/vbk/seal";
import { MemorySource } from "../../formats/vbk/src/build.test-support.ts";
import { banksOf, resum } from "../../formats/vbk/src/resum.test-support.ts";
import type { SimRandom } from "../support/seed.test-support.ts";
import type { Parser, Seed } from "./parser-run.test-support.ts";

/** The key of everything sealed in the corpus. */
export const corpusStorageKey = (): StorageKey =>
  new StorageKey(new Uint8Array(16).fill(1), new Uint8Array(48).fill(2));

/** Containers: changed as a failing disk does, and plain ones as somebody does who puts every sum right again. */
export const containerParsers: Readonly<Record<string, Parser>> = {
  "container-plain": { read: (input, seed) => readsTheSame(input, seed, false), mutate: changePlaces },
  "container-sealed": { read: (input, seed) => readsTheSame(input, seed, true), mutate: changePlaces },
  "container-forged": {
    folder: "container-plain",
    read: (input) => contentOf(resummed(input), false),
    mutate: changePlaces,
  },
  "key-records": {
    folder: "container-sealed",
    read: (input) => readKeySetRecords(sourceOf(resummed(input))),
    mutate: changePlaces,
  },
};

const sourceOf = (bytes: Uint8Array) => new MemorySource(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
function resummed(input: Buffer): Buffer {
  const forged = Buffer.from(input);
  resum(forged);
  return forged;
}

const contents = new Map<Buffer, string>();

/** @throws Error when what opens is not what was written. */
async function readsTheSame(input: Buffer, { bytes }: Seed, isSealed: boolean): Promise<void> {
  const right = contents.get(bytes) ?? (await contentOf(bytes, isSealed));
  contents.set(bytes, right);
  if ((await contentOf(input, isSealed)) !== right) throw new Error("another content than was written");
}

/** Everything that a container gives, as one sum. */
async function contentOf(bytes: Uint8Array, isSealed: boolean): Promise<string> {
  const options = isSealed ? { unsealer: createUnsealer(corpusStorageKey()) } : {};
  const container = await openContainer(sourceOf(bytes), options);
  try {
    const hash = createHash("sha256");
    const { kind, position, root, directory, image } = container;
    const summary = await container.readSummary();
    if (summary !== null) readSummary(summary);
    hash.update(utf8(JSON.stringify({ kind, position, root, directory, image, summary })));
    for (const index of container.changedBlocks())
      hash.update(utf8(`${index}`)).update((await container.readBlock(index)) ?? new Uint8Array(0));
    return hash.digest("hex");
  } finally {
    container.close();
  }
}

const values = [0, 1, 0x7f, 0x80, 0xff, 0x10, 0xffff, 0x100000, 0x7fffffff, 0xffffffff] as const;

interface Region {
  readonly start: number;
  readonly sizeBytes: number;
  /** From there to the second copy; null where there is none. */
  readonly toTwin: number | null;
}

/** Where something stands in a file: header, slots, banks, table and trailer, and the blocks. */
function regionsOf(bytes: Buffer): readonly Region[] {
  const banks = banksOf(bytes);
  const metadataFrom = Math.min(...banks.map(({ copies }) => copies[0]));
  const metadataTo = Math.max(...banks.map(({ copies, sizeBytes }) => copies[1] + sizeBytes));
  return [
    { start: 0, sizeBytes: 0x110, toTwin: null },
    { start: 0x1000, sizeBytes: 0x7c + 16 * banks.length, toTwin: 0x80000 },
    ...banks.map(({ copies, sizeBytes }) => ({ start: copies[0], sizeBytes, toTwin: copies[1] - copies[0] })),
    { start: metadataTo, sizeBytes: bytes.length - metadataTo, toTwin: null },
    { start: 0x101000, sizeBytes: metadataFrom - 0x101000, toTwin: null },
  ].filter(({ sizeBytes }) => sizeBytes > 0);
}

/** One to four changes where something stands, mostly in both copies; now and then another end. */
function changePlaces(random: SimRandom, bytes: Buffer): Buffer {
  const made = Buffer.from(bytes);
  const regions = regionsOf(bytes);
  for (let change = random.between(1, 4); change > 0; change--) {
    const { start, sizeBytes, toTwin } = regions[random.between(0, regions.length - 1)] ?? { start: 0, sizeBytes: 4 };
    const anywhere = () => start + random.between(0, sizeBytes - 1);
    let at = anywhere();
    // Most of a bank is zeros that nobody reads.
    for (let tries = 0; tries < 12 && made[at] === 0; tries++) at = anywhere();
    const width = random.pick([1, 1, 4]);
    const value = random.next() % 3 === 0 ? random.next() : random.pick(values);
    const places = toTwin && random.next() % 4 > 0 ? [at, at + toTwin] : [at];
    for (const place of places)
      if (width === 1) made[place] = value & 0xff;
      else made.writeUInt32LE(value, Math.min(place, made.length - 4));
  }
  const end = random.next() % 20;
  if (end === 0) return made.subarray(0, random.between(0, made.length));
  return end === 1 ? Buffer.concat([made, made.subarray(0, random.between(1, 8192))]) : made;
}
