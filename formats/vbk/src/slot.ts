import { crc32c } from "./crc32c.ts";
import { formatVersion, headBytes, headerBytes, pageBytes, slotBytes, slotFormat } from "./layout.ts";
import { limits } from "./limits.ts";
import { getPageId, getU64, noPage, type PageId, pageId, putPageId, putU64, viewOf } from "./page.ts";

/** Places of the roots, the same in each file. FORMAT.md §3. */
export const roots = {
  directory: pageId(0, 0),
  blockStore: pageId(0, 1),
  freeIndex: pageId(0, 2),
  dedupIndex: pageId(1, 0),
};

/** One bank as a slot lists it. */
export interface BankRow {
  readonly crc: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface SlotFields {
  readonly version: number;
  readonly storageEof: number;
  readonly directoryRoot: PageId;
  readonly directoryCount: number;
  readonly storeRoot: PageId;
  readonly storeCount: number;
  readonly cryptoRoot: PageId;
  readonly banks: readonly BankRow[];
}

/** What of a slot is read first: the rows of so many banks as nearly every file has. */
export const slotStartBytes = 4096;
const bankTableAt = 0x7c;
const bankRowBytes = 16;
/** The slot's CRC covers the whole bank table, used or not. */
const coveredEnd = bankTableAt + limits.banksMax * bankRowBytes;
/** The fields both slots share: what the file root covers. */
export const slotFieldsOf = (slot: Uint8Array): Uint8Array => slot.subarray(4, bankTableAt);

/** Bytes of a slot that its CRC leaves out; zero. */
export const slotTail = (slot: Uint8Array): Uint8Array => slot.subarray(coveredEnd);

export const slotOffset = (slot: 0 | 1): number => headerBytes + slot * slotBytes;

/** Writes a slot into its zeroed place and puts the CRC over it. */
export function writeSlot(slot: Uint8Array, fields: SlotFields): void {
  const view = viewOf(slot);
  view.setUint32(0x04, 1, true);
  putU64(view, 0x08, fields.version);
  putU64(view, 0x10, fields.storageEof);
  view.setUint32(0x18, fields.banks.length, true);
  putPageId(view, 0x1c, fields.directoryRoot);
  putU64(view, 0x24, fields.directoryCount);
  putPageId(view, 0x2c, fields.storeRoot);
  putU64(view, 0x34, fields.storeCount);
  putPageId(view, 0x3c, roots.freeIndex);
  putPageId(view, 0x44, roots.dedupIndex);
  putPageId(view, 0x4c, noPage);
  putPageId(view, 0x54, noPage);
  putPageId(view, 0x5c, fields.cryptoRoot);
  putPageId(view, 0x64, noPage);
  view.setUint32(0x74, limits.banksMax, true);
  view.setUint32(0x78, fields.banks.length, true);
  fields.banks.forEach((bank, index) => {
    const at = bankTableAt + index * bankRowBytes;
    view.setUint32(at, bank.crc, true);
    putU64(view, at + 4, bank.offset);
    view.setUint32(at + 12, bank.sizeBytes, true);
  });
  view.setUint32(0, crc32c(slot.subarray(4, coveredEnd)), true);
}

/** A slot of which only the start was read, its rest zero, as its CRC then proves; null when that is not so. */
export function readSlotStart(start: Uint8Array): { readonly fields: SlotFields; readonly bytes: Uint8Array } | null {
  if (viewOf(start).getUint32(0x78, true) * bankRowBytes > start.length - bankTableAt) return null;
  const whole = new Uint8Array(slotBytes);
  whole.set(start);
  const fields = readSlot(whole);
  return fields === null ? null : { fields, bytes: slotFieldsOf(start) };
}

/** Reads a slot; null when it is empty, damaged or beyond the limits. */
export function readSlot(slot: Uint8Array): SlotFields | null {
  const view = viewOf(slot);
  const stored = view.getUint32(0x78, true);
  if (view.getUint32(0x04, true) !== 1) return null;
  if (view.getUint32(0x74, true) !== limits.banksMax || stored > limits.banksMax) return null;
  if (view.getUint32(0, true) !== crc32c(slot.subarray(4, coveredEnd))) return null;
  const banks: BankRow[] = [];
  for (let index = 0; index < stored; index++) {
    const at = bankTableAt + index * bankRowBytes;
    banks.push({
      crc: view.getUint32(at, true),
      offset: getU64(view, at + 4),
      sizeBytes: view.getUint32(at + 12, true),
    });
  }
  return {
    version: getU64(view, 0x08),
    storageEof: getU64(view, 0x10),
    directoryRoot: getPageId(view, 0x1c),
    directoryCount: getU64(view, 0x24),
    storeRoot: getPageId(view, 0x2c),
    storeCount: getU64(view, 0x34),
    cryptoRoot: getPageId(view, 0x5c),
    banks,
  };
}

/** The first 1,052,672 bytes of a file: header and two slots that differ only in the places of their bank copies. */
export function writeHead(
  fields: Omit<SlotFields, "banks">,
  copies: readonly [readonly BankRow[], readonly BankRow[]],
) {
  const head = new Uint8Array(headBytes);
  writeHeader(head.subarray(0, headerBytes));
  for (const slot of [0, 1] as const) {
    writeSlot(head.subarray(slotOffset(slot), slotOffset(slot) + slotBytes), { ...fields, banks: copies[slot] });
  }
  return head;
}

function writeHeader(page: Uint8Array): void {
  const view = viewOf(page);
  view.setUint32(0x000, formatVersion, true);
  view.setUint32(0x004, 1, true);
  view.setUint32(0x008, 3, true);
  page.set([0x6d, 0x64, 0x35], 0x00c);
  view.setUint32(0x107, slotFormat, true);
  view.setUint32(0x10b, 0x100000, true);
  view.setUint8(0x10f, 3);
}

/** What is wrong with a header page for this reader; null when nothing is. */
export function headerTrouble(page: Uint8Array): string | null {
  const view = viewOf(page);
  if (page.length !== pageBytes || view.getUint32(0x004, true) !== 1) return "not an initialised container";
  if (view.getUint32(0x000, true) !== formatVersion) return "format version";
  if (view.getUint32(0x008, true) !== 3 || page[0xc] !== 0x6d || page[0xd] !== 0x64 || page[0xe] !== 0x35)
    return "digest";
  if (view.getUint32(0x107, true) !== slotFormat) return "slot format";
  if (view.getUint32(0x10b, true) !== 0x100000) return "block size";
  return page[0x10f] === 3 ? null : "alignment";
}
