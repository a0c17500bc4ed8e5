import { lstatSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArenaReader, ArenaWriter, blockSizeBytes, ChunkTable, type Content, openArena } from "@casaforte/arena";
import { SeededRandom } from "@casaforte/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ChunkComparer } from "../ahead/chunk-comparer.ts";
import { chunkHash } from "../chain/chunk-hash.ts";
import { chunkKey } from "../testing/saved-tree.ts";
import { earlierContent } from "./parent-entries.ts";
import type { EarlierContent } from "./read-changed.ts";
import { readFileContent } from "./read-file.ts";

let top = "";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "read-changed-"));
});

afterEach(() => rmSync(top, { recursive: true, force: true }));

/** A point of one file. */
interface Point {
  readonly content: Content;
  readonly reader: ArenaReader;
  readonly blocks: ReadonlyMap<number, Uint8Array>;
  /** Of this point alone. */
  readonly newBytes: number;
  readonly changedWhileRead: boolean;
}

interface Next {
  readonly before?: Point;
  readonly comparer?: EarlierContent["comparer"];
  readonly isLive?: (block: number) => boolean;
  readonly pace?: () => undefined;
  /** Reads what the file was, instead of the point before. */
  readonly lists?: ArenaReader;
}

/** Saves the file upon what it was before, compared with that or cut as a new one. */
async function save(bytes: Uint8Array, next: Next = {}): Promise<Point> {
  const { before, comparer, isLive = () => true, pace, lists = before?.reader } = next;
  const path = Buffer.from(join(top, "file"));
  writeFileSync(path, bytes);
  const blocks = new Map(before?.blocks);
  const known = new ChunkTable();
  const parent = lists && { reader: lists, isLive, readIndex: async () => undefined };
  for await (const { records } of before?.reader.segments() ?? [])
    for (const ref of records) if (isLive(Math.floor(ref.address / blockSizeBytes))) known.add(ref);
  const superblock = before?.reader.superblock;
  const writer = new ArenaWriter({
    chunkKey,
    hash: chunkHash,
    known,
    firstBlock: superblock?.blocks ?? 1,
    generation: 1,
    previousSegment: superblock?.lastSegment ?? null,
    onBlock: (index, block) => blocks.set(index, block),
  });
  const earlier =
    parent === undefined || comparer === undefined
      ? undefined
      : { ...earlierContent(parent, before?.content ?? { sizeBytes: 0, depth: 0, extents: [] }), comparer };
  const stats = lstatSync(path, { bigint: true });
  const read = await readFileContent({ path, stats, writer, earlier, pace: pace ?? (() => undefined) });
  const { newBytes } = writer.stored;
  writer.finish(read.content, { entries: 0, logicalBytes: 0 });
  const reader = await openArena(async (index) => blocks.get(index) ?? new Uint8Array(blockSizeBytes), chunkHash);
  return { content: read.content, reader, blocks, newBytes, changedWhileRead: read.changedWhileRead };
}

const random = new SeededRandom(31);
const join3 = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);
const mebibytes = (count: number) => Math.round(count * 0x10_0000);
const base = join3(random.bytes(mebibytes(20)), new Uint8Array(mebibytes(6)), random.bytes(mebibytes(20)));

function overwritten(places: readonly number[]): Uint8Array {
  const bytes = Uint8Array.from(base);
  for (const place of places) bytes.set(random.bytes(1000), place);
  return bytes;
}

/** No more bytes than these are cut: the others are told to be what they were. */
const edits: readonly [name: string, bytes: Uint8Array, cutBytesMax: number][] = [
  ["nothing", base, mebibytes(17)],
  ["a few places", overwritten([0, mebibytes(5), mebibytes(30), base.length - 1000]), mebibytes(30)],
  ["a place in the zeros", overwritten([mebibytes(22)]), mebibytes(20)],
  ["bytes put in front", join3(random.bytes(1_000_003), base), mebibytes(20)],
  ["bytes put in", join3(base.subarray(0, mebibytes(9)), random.bytes(77), base.subarray(mebibytes(9))), mebibytes(20)],
  ["bytes taken out", join3(base.subarray(0, mebibytes(6)), base.subarray(mebibytes(10))), mebibytes(20)],
  ["the end cut off", base.subarray(0, mebibytes(33) + 5), mebibytes(17)],
  ["more at the end", join3(base, random.bytes(mebibytes(3))), mebibytes(20)],
  ["two halves exchanged", join3(base.subarray(mebibytes(23)), base.subarray(0, mebibytes(23))), mebibytes(33)],
  ["everything", random.bytes(mebibytes(30)), mebibytes(30)],
];

test.each(edits)(
  "R30: a large file of which %s changed has the chunks that it would have as a new one",
  async (_, bytes, cutBytesMax) => {
    const first = await save(base);
    const plain = await save(bytes, { before: first });
    let comparedBytes = 0;
    await using comparer = new ChunkComparer({ chunkKey, bytesBefore: 0 });
    await comparer.start();
    const counting: EarlierContent["comparer"] = {
      compare: async (fd, chunks) => {
        const same = await comparer.compare(fd, chunks);
        for (const [index, chunk] of chunks.entries()) if (same[index] === true) comparedBytes += chunk.lengthBytes;
        return same;
      },
    };
    const compared = await save(bytes, { before: first, comparer: counting });
    expect(compared.content).toEqual(plain.content);
    expect(compared.newBytes).toBe(plain.newBytes);
    expect(compared.changedWhileRead).toBe(false);
    expect(bytes.length - comparedBytes).toBeLessThanOrEqual(cutBytesMax);
  },
);

test("a chunk that is there as it was, and is stored no more, is stored again", async () => {
  const first = await save(base);
  await using comparer = new ChunkComparer({ chunkKey });
  const isLive = (block: number) => block > 3;
  const second = await save(base, { before: first, comparer, isLive });
  expect(second.newBytes).toBeGreaterThan(mebibytes(2));
  expect(second.newBytes).toBeLessThan(mebibytes(10));
  for await (const extent of second.reader.extents(second.content))
    if (extent.kind === "chunk") expect(extent.ref.address).toBeGreaterThanOrEqual(4 * blockSizeBytes);
});

test("of what a file was before, a damaged list costs the comparing alone", async () => {
  const first = await save(base);
  const plain = await save(overwritten([mebibytes(5)]), { before: first });
  const [list] = first.content.extents;
  const damaged = list?.kind === "chunk" ? Math.floor(list.ref.address / blockSizeBytes) : 0;
  expect(first.content.depth).toBe(1);
  const lists = await openArena(async (index) => {
    const block = first.blocks.get(index)?.slice() ?? new Uint8Array(blockSizeBytes);
    if (index === damaged) for (let at = 0; at < block.length; at += 16) block[at] = (block[at] ?? 0) ^ 1;
    return block;
  }, chunkHash);
  await using comparer = new ChunkComparer({ chunkKey });
  const { content } = await save(readFileSync(join(top, "file")), { before: first, comparer, lists });
  expect(content).toEqual(plain.content);
});

test("a file that becomes shorter while it is compared is saved as far as it is there, and said to have changed", async () => {
  const first = await save(base);
  await using comparer = new ChunkComparer({ chunkKey });
  const pace = () => truncateSync(join(top, "file"), mebibytes(30)) as undefined;
  const second = await save(base, { before: first, comparer, pace });
  expect(second.changedWhileRead).toBe(true);
  const pieces: Uint8Array[] = [];
  for await (const extent of second.reader.extents(second.content))
    pieces.push(extent.kind === "chunk" ? await second.reader.chunk(extent.ref) : Buffer.alloc(extent.lengthBytes));
  expect(Buffer.concat(pieces).equals(base.subarray(0, mebibytes(30)))).toBe(true);
});

test("whoever has chunks compared when the thread ends is told", async () => {
  const first = await save(base);
  const comparer = new ChunkComparer({ chunkKey, bytesBefore: 0 });
  await comparer.start();
  await comparer[Symbol.asyncDispose]();
  await expect(save(base, { before: first, comparer })).rejects.toThrow("comparing was ended");
});
