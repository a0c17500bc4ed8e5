/**
 * A second reader of plain files for tests, written from FORMAT.md alone: it shares no code with the product's reader
 * or writer, checks what lenient readers of the layout leave out, and returns the image.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { crc32c } from "@node-rs/crc32";
import { uncompressSync } from "lz4-napi";

const page = 4096;
const mebibyte = 1 << 20;
const none = 0xffffffffffffffffn;
const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const isZero = (bytes: Buffer): boolean => bytes.equals(Buffer.alloc(bytes.length));
const zeroBlockMd5 = md5(Buffer.alloc(mebibyte));

class Complaint extends Error {}

function must(condition: boolean, complaint: string): asserts condition {
  if (!condition) throw new Complaint(complaint);
}

interface Bank {
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

interface Slot {
  readonly version: bigint;
  readonly eof: number;
  readonly rootCount: number;
  readonly storeCount: number;
  readonly cryptoRoot: bigint;
  readonly banks: readonly Bank[];
}

interface StoreEntry {
  usage: number;
  readonly offset: number;
  readonly allocated: number;
  readonly digest: string;
  /** Reads and checks the block. */
  readonly plain: () => Buffer;
  isChecked: boolean;
}

/** Bytes of a file by their place. */
interface Source {
  readonly length: number;
  readonly subarray: (from: number, to: number) => Buffer;
}

export interface StrictResult {
  readonly names: readonly string[];
  readonly kind: "full" | "increment";
  readonly imageBytes: number;
  /** Block index to plain block; null is a hole. */
  readonly blocks: ReadonlyMap<number, Buffer | null>;
  readonly summary: string;
  readonly storedBlocks: number;
  readonly dedupRecords: number;
}

/** What a check of a file on the disk tells: all but its blocks, which went to whoever asked for them. */
export type StrictFigures = Omit<StrictResult, "blocks">;

/** Checks a plain file from its first byte to its last. Throws with what is wrong. */
export function strictCheck(bytes: Uint8Array): StrictResult {
  const blocks = new Map<number, Buffer | null>();
  const steps = checkSource(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  for (;;) {
    const step = steps.next();
    if (step.done) return { ...step.value, blocks };
    blocks.set(...step.value);
  }
}

/** The same of a file too large for memory: each block of its image (null is a hole) is shown in turn. */
export async function strictCheckFile(
  path: string,
  onBlock: (index: number, plain: Buffer | null) => void,
): Promise<StrictFigures> {
  const fd = openSync(path, "r");
  try {
    const steps = checkSource(sourceOf(fd));
    for (let turns = 0; ; turns++) {
      const step = steps.next();
      if (step.done) return step.value;
      onBlock(...step.value);
      // What LZ4 hands out is freed only when the loop turns.
      if (turns % 16 === 0) await setImmediate();
    }
  } finally {
    closeSync(fd);
  }
}

function sourceOf(fd: number): Source {
  return {
    length: fstatSync(fd).size,
    subarray(from, to) {
      const bytes = Buffer.alloc(to - from);
      must(readSync(fd, bytes, 0, bytes.length, from) === bytes.length, `${from} to ${to} can be read`);
      return bytes;
    },
  };
}

type Steps = Generator<[number, Buffer | null], StrictFigures>;

function* checkSource(file: Source): Steps {
  checkHeader(file.subarray(0, 0x1000));
  const slots = [readSlot(file, 0x1000), readSlot(file, 0x81000)] as const;
  must(slots[0].version === slots[1].version, "slots at rest carry the same version");
  for (const slot of slots)
    must(slot.eof === file.length && slot.cryptoRoot === none, "EOF is the size, nothing is sealed");
  const used: [number, number, string][] = [[0, 0x101000, "head"]];
  const banks = checkBanks(file, slots, used);
  const [trailer, table] = readTrailer(file, slots[0].banks.length);
  used.push([table, trailer - table, "authentication table"], [trailer, page, "trailer"]);
  const reader = new Pages(banks);
  const store = readStore(file, reader, slots[0].storeCount, used);
  used.sort((a, b) => a[0] - b[0]);
  for (const [index, [offset, , what]] of used.entries()) {
    const before = used[index - 1];
    must(before === undefined || before[0] + before[1] === offset, `${what} overlaps or leaves a gap at ${offset}`);
  }
  const last = used.at(-1);
  must(last !== undefined && last[0] + last[1] === file.length, "the last piece ends the file");
  return yield* readContents(reader, store, slots[0].rootCount);
}

function checkHeader(file: Buffer): void {
  must(file.readUInt32LE(0) === 13 && file.readUInt32LE(4) === 1, "format 13, initialised");
  must(file.readUInt32LE(8) === 3 && file.subarray(12, 15).toString() === "md5", "digest md5");
  must(
    file.readUInt32LE(0x107) === 9 && file.readUInt32LE(0x10b) === mebibyte && file[0x10f] === 3,
    "slot format, block size, alignment",
  );
  const rest = Buffer.concat([file.subarray(15, 0x107), file.subarray(0x110, 0x1000)]);
  must(isZero(rest), "the rest of the header is zero");
}

function readSlot(file: Source, at: number): Slot {
  const slot = file.subarray(at, at + 0x80000);
  must(
    crc32c(slot.subarray(4, 4 + 108 + 4 + 8 + 0x7f00 * 16)) === slot.readUInt32LE(0),
    "the slot's CRC covers its whole table",
  );
  must(slot.readUInt32LE(4) === 1, "the slot contains a snapshot");
  must(slot.readUInt32LE(0x74) === 0x7f00 && slot.readUInt32LE(0x78) === slot.readUInt32LE(0x18), "bank counts agree");
  must(slot.readBigUInt64LE(0x1c) === 0n && slot.readBigUInt64LE(0x2c) === 1n, "directory at 0:0, store at 0:1");
  must(
    slot.readBigUInt64LE(0x3c) === 2n && slot.readBigUInt64LE(0x44) === 1n << 32n,
    "free index at 0:2, dedup at 1:0",
  );
  const banks = Array.from({ length: slot.readUInt32LE(0x78) }, (_, index) => {
    const row = 0x7c + index * 16;
    return {
      crc: slot.readUInt32LE(row),
      offset: Number(slot.readBigUInt64LE(row + 4)),
      size: slot.readUInt32LE(row + 12),
    };
  });
  must(isZero(slot.subarray(0x7c + banks.length * 16)), "unused bank rows are zero");
  return {
    version: slot.readBigUInt64LE(8),
    eof: Number(slot.readBigUInt64LE(0x10)),
    rootCount: Number(slot.readBigUInt64LE(0x24)),
    storeCount: Number(slot.readBigUInt64LE(0x34)),
    cryptoRoot: slot.readBigUInt64LE(0x5c),
    banks,
  };
}

function checkBanks(file: Source, slots: readonly [Slot, Slot], used: [number, number, string][]): readonly Buffer[] {
  must(slots[0].banks.length === slots[1].banks.length && slots[0].banks.length >= 2, "both slots list the same banks");
  return slots[0].banks.map((first, index) => {
    const second = slots[1].banks[index];
    must(second !== undefined && second.crc === first.crc && second.size === first.size, "the copies are alike");
    for (const { offset, size, crc } of [first, second]) {
      must(offset % page === 0 && crc32c(file.subarray(offset, offset + size)) === crc, `bank ${index}: CRC-32C`);
      used.push([offset, size, `bank ${index}`]);
    }
    const bank = file.subarray(first.offset, first.offset + first.size);
    const pages = bank.readUInt16LE(0);
    must(pages >= 0x20 && pages <= 0x400 && first.size === (pages + 2) * page, `bank ${index}: page count`);
    must(bank[2] === (index === 1 ? 1 : 0) && bank[3] === 0, `bank ${index}: mode`);
    for (let at = 0; at < pages; at++) {
      const isFree = bank[4 + at] === 1;
      must(isFree || bank[4 + at] === 0, "a page is used or free");
      must(!isFree || isZero(bank.subarray((at + 1) * page, (at + 2) * page)), "free pages are zero");
    }
    const rest = Buffer.concat([bank.subarray(4 + pages, page), bank.subarray(first.size - page)]);
    must(isZero(rest), "header rest and tail page are zero");
    return bank;
  });
}

function readTrailer(file: Source, banks: number): readonly [number, number] {
  const at = file.length - page;
  const trailer = file.subarray(at, file.length);
  must(
    trailer.subarray(0, 16).toString("latin1") === "CASAFORTE-TRAIL\0" && trailer.readUInt32LE(0x10) === 1,
    "trailer",
  );
  const table = Number(trailer.readBigUInt64LE(0x68));
  const size = Number(trailer.readBigUInt64LE(0x70));
  must(
    table + size === at && trailer.readUInt32LE(0x78) === banks && trailer.readUInt32LE(0x7c) === 0,
    "table before trailer",
  );
  const root = createHash("sha256")
    .update("casaforte/vbk/file-root/v1\0")
    .update(trailer.subarray(0, page - 32));
  root.update(file.subarray(0, page)).update(file.subarray(0x1004, 0x107c)).update(file.subarray(table, at));
  must(root.digest("hex") === hex(trailer.subarray(page - 32)), "file root");
  return [at, table];
}

/** Pages and vectors, by the growth rule of FORMAT.md §5.1, spelt out slot by slot. */
class Pages {
  readonly #banks: readonly Buffer[];

  constructor(banks: readonly Buffer[]) {
    this.#banks = banks;
  }

  page(id: bigint): Buffer {
    const bank = this.#banks[Number(id >> 32n)];
    const at = (Number(id & 0xffffffffn) + 1) * page;
    must(bank !== undefined && at + page <= bank.length - page, "a page id points into a bank");
    must(bank[4 + at / page - 1] === 0, "the page is marked as used");
    return bank.subarray(at, at + page);
  }

  vector(root: bigint, entryBytes: number, count: number): readonly Buffer[] {
    const ids: bigint[] = [];
    for (let next = root; next !== none; next = this.page(next).readBigUInt64LE(0)) ids.push(next);
    const slots = ids.flatMap((id) =>
      Array.from({ length: 511 }, (_, at) => this.page(id).readBigUInt64LE(8 + at * 8)),
    );
    must(slots[0] === root, "slot 0 names the root");
    const skip = new Set([0]);
    for (let grown = 1; grown < ids.length; grown *= 4) {
      for (let added = 0; added < grown * 3; added++) {
        must(slots[grown * 511 + added] === ids[grown + added], "new table pages are listed first");
        skip.add(grown * 511 + added);
      }
    }
    const dataPages = slots.filter((id, slot) => !skip.has(slot) && id !== none);
    const perPage = Math.floor(page / entryBytes);
    must(dataPages.length === Math.ceil(count / perPage), "as many data pages as the entries need");
    return Array.from({ length: count }, (_, index) => {
      const at = (index % perPage) * entryBytes;
      return this.page(dataPages[Math.floor(index / perPage)] ?? -1n).subarray(at, at + entryBytes);
    });
  }
}

function readStore(file: Source, pages: Pages, count: number, used: [number, number, string][]): StoreEntry[] {
  return pages.vector(1n, 60, count).map((entry, index) => {
    const offset = Number(entry.readBigUInt64LE(5));
    const allocated = entry.readUInt32LE(13);
    const size = entry.readUInt32LE(0x24);
    must(
      entry[0] === 4 && offset % page === 0 && allocated % page === 0 && allocated >= size && size > 0,
      `store ${index}`,
    );
    must(allocated - size < page, "no more padding than needed");
    used.push([offset, allocated, `block ${index}`]);
    must(isZero(entry.subarray(0x2c)), "no key set in a plain file");
    const digest = hex(entry.subarray(18, 34));
    const plain = (): Buffer => {
      const stored = file.subarray(offset, offset + allocated);
      must(isZero(stored.subarray(size)), "padding is zero");
      const bytes = unpack(stored.subarray(0, size), entry[0x22] ?? 0);
      must(bytes.length === entry.readUInt32LE(0x28), `store ${index}: source size`);
      must(md5(bytes) === digest, `store ${index}: MD5 of the plain block`);
      return bytes;
    };
    return { usage: entry.readUInt32LE(1), offset, allocated, digest, plain, isChecked: false };
  });
}

function unpack(stored: Buffer, compression: number): Buffer {
  if (compression === 0xff) return stored;
  must(compression === 7 && stored.readUInt32LE(0) === 0xf800000f, "plain or LZ4 with its head");
  const plain = uncompressSync(stored.subarray(8));
  must(plain.length === stored.readUInt32LE(8), "LZ4: the plain length that its head says");
  must(crc32c(plain) === stored.readUInt32LE(4), "LZ4: CRC-32C of the plain bytes");
  must(stored.length < plain.length, "LZ4 only where it shrinks");
  return plain;
}

function* readContents(pages: Pages, store: StoreEntry[], rootCount: number): Steps {
  const [folder] = pages.vector(0n, 192, rootCount);
  must(folder !== undefined && folder.readUInt32LE(0) === 1 && rootCount === 1, "one folder at the top");
  const items = pages.vector(folder.readBigUInt64LE(0x94), 192, folder.readUInt32LE(0x9c));
  const names = [folder, ...items].map((item) => item.subarray(8, 8 + item.readUInt32LE(4)).toString("latin1"));
  for (const name of names) must(/^[\x20-\x7e]{1,128}$/.test(name), "names are printable ASCII");
  const [image, summary] = items;
  must(image !== undefined && summary !== undefined && items.length === 2, "an image and a summary");
  const usage = new Map<number, number>();
  const kind = image.readUInt32LE(0) === 5 ? "increment" : "full";
  yield* kind === "full" ? readFile(pages, image, store, usage) : readPatches(pages, image, store, usage);
  const text = [...readFile(pages, summary, store, usage)][0]?.[1]?.toString("utf8") ?? "";
  must(text.startsWith("<"), "the summary is XML");
  for (const [index, entry] of store.entries()) {
    must(entry.usage === (usage.get(index) ?? 0), `store ${index}: usage counter`);
    if (!entry.isChecked) entry.plain();
  }
  must(pages.page(2n).readUInt32LE(0) === 0 && pages.page(2n).readBigInt64LE(4) === -1n, "the free index is empty");
  const dedupRecords = checkDedup(pages.page(1n << 32n), store);
  const imageBytes = Number(image.readBigUInt64LE(0xa8));
  return { names, kind, imageBytes, summary: text, storedBlocks: store.length, dedupRecords };
}

function* readFile(
  pages: Pages,
  item: Buffer,
  store: StoreEntry[],
  usage: Map<number, number>,
): Generator<[number, Buffer | null]> {
  must(item.readUInt32LE(0) === 3 && item[0x97] === 1 && item.readBigInt64LE(0xb0) === -1n, "an internal file");
  const count = Number(item.readBigUInt64LE(0xa0));
  const size = Number(item.readBigUInt64LE(0xa8));
  for (const [run, table] of pages.vector(item.readBigUInt64LE(0x98), 24, Math.ceil(count / 1088)).entries()) {
    const here = Math.min(1088, count - run * 1088);
    if (table.readBigInt64LE(0) === -1n) {
      must(table.readBigUInt64LE(8) === BigInt(mebibyte) && table.readBigUInt64LE(16) === 0n, "a sparse run");
      continue;
    }
    must(Number(table.readBigUInt64LE(16)) === here, "entries of a run");
    must(
      here === 1 ? Number(table.readBigUInt64LE(8)) < mebibyte : Number(table.readBigUInt64LE(8)) === mebibyte,
      "block size of a run",
    );
    for (const [at, entry] of pages.vector(table.readBigUInt64LE(0), 46, here).entries()) {
      const index = run * 1088 + at;
      must(entry.readUInt32LE(0) === Math.min(mebibyte, size - index * mebibyte), "the descriptor's size");
      const plain = readDescriptor(entry, store, usage);
      if (plain !== null) yield [index, plain];
    }
  }
}

function* readPatches(
  pages: Pages,
  item: Buffer,
  store: StoreEntry[],
  usage: Map<number, number>,
): Generator<[number, Buffer | null]> {
  const count = Number(item.readBigUInt64LE(0xa0));
  must(item[0x97] === 0 && Number(item.readBigUInt64LE(0xb0)) === count * mebibyte, "an increment and its size");
  must(item.readBigUInt64LE(0xa8) % BigInt(mebibyte) === 0n, "the image is whole blocks");
  let last = -1;
  for (const entry of pages.vector(item.readBigUInt64LE(0x98), 53, count)) {
    const index = Number(entry.readBigUInt64LE(29));
    must(index > last && entry.readUInt32LE(0) === mebibyte, "patches ascend and are whole blocks");
    last = index;
    yield [index, readDescriptor(entry, store, usage)];
  }
}

function readDescriptor(entry: Buffer, store: StoreEntry[], usage: Map<number, number>): Buffer | null {
  if (entry[4] === 1) {
    must(hex(entry.subarray(5, 21)) === zeroBlockMd5, "a hole carries the zero block's digest");
    return null;
  }
  const index = Number(entry.readBigUInt64LE(21));
  const block = store[index];
  must(
    entry[4] === 0 && block !== undefined && hex(entry.subarray(5, 21)) === block.digest,
    "descriptor and store agree",
  );
  usage.set(index, (usage.get(index) ?? 0) + 1);
  block.isChecked = true;
  return block.plain();
}

function checkDedup(leaf: Buffer, store: StoreEntry[]): number {
  const count = leaf.readUInt32LE(0);
  must(leaf.readBigInt64LE(4) === -1n && count <= 127, "one dedup leaf");
  let last = "";
  for (let at = 0; at < count; at++) {
    const digest = hex(leaf.subarray(12 + at * 32, 28 + at * 32));
    const entry = store[Number(leaf.readBigUInt64LE(28 + at * 32))];
    must(
      digest >= last && entry?.digest === digest && leaf.readBigInt64LE(36 + at * 32) === -1n,
      "the dedup leaf is in order",
    );
    last = digest;
  }
  return count;
}
