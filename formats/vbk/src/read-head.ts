import { equalBytes, Failure } from "@casaforte/kernel";
import { tableBytesFor } from "./authentication-table.ts";
import { headBytes, headerBytes, pageBytes, slotBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import { isZero, noPage } from "./page.ts";
import {
  headerTrouble,
  readSlot,
  readSlotStart,
  type SlotFields,
  slotFieldsOf,
  slotOffset,
  slotStartBytes,
  slotTail,
} from "./slot.ts";
import { readTrailer, type Trailer, trailerRoot } from "./trailer.ts";
import type { RandomAccessSource } from "./types.ts";

/** Header, commit slots and trailer as read and checked against each other; nothing is authenticated yet. */
export interface HeadParts {
  readonly headerPage: Uint8Array;
  /** Bytes 0x04 to 0x7C of the active slot. */
  readonly slotFields: Uint8Array;
  readonly slot: SlotFields;
  /** The second valid slot of the same commit: places of the other bank copies. */
  readonly otherSlot: SlotFields | null;
  readonly isSealed: boolean;
  readonly trailer:
    | (Trailer & { readonly page: Uint8Array; readonly root: Uint8Array; readonly table: Uint8Array })
    | null;
}

/**
 * Header, first slot and trailer of a file, from 8 KiB of its head: enough for nearly every file. Null when the slot is
 * longer or damaged: then `readHead` must say what is true. Nothing that it leaves out is believed by anybody.
 * @throws corrupt as `readHead` does.
 */
export async function readHeadStart(source: RandomAccessSource): Promise<HeadParts | null> {
  if (source.size < headBytes + pageBytes) return null;
  const [start, tail] = await Promise.all([source.read(0, headerBytes + slotStartBytes), readEnd(source)]);
  const headerPage = start.subarray(0, headerBytes);
  const slot = readSlotStart(start.subarray(headerBytes));
  if (slot === null || headerTrouble(headerPage) !== null || slot.fields.storageEof !== source.size) return null;
  const trailer = await readTail(source, slot.fields, tail);
  const isSealed = slot.fields.cryptoRoot !== noPage;
  return { headerPage, slotFields: slot.bytes, slot: slot.fields, otherSlot: null, isSealed, trailer };
}

/**
 * Reads everything that is not in a bank. A damaged slot is healed by the other one and told to `warn`.
 * @throws corrupt `vbk.truncated`, `vbk.header`, `vbk.slot_crc`, `vbk.trailer`.
 */
export async function readHead(source: RandomAccessSource, warn: (code: string) => void): Promise<HeadParts> {
  if (source.size < headBytes + pageBytes) throw corrupt("vbk.truncated", "the file ends within its head");
  const head = await source.read(0, headBytes);
  const headerPage = head.subarray(0, headerBytes);
  const trouble = headerTrouble(headerPage);
  if (trouble !== null) throw corrupt("vbk.header", `header: ${trouble}`);
  const slots = ([0, 1] as const).map((number) => {
    const bytes = head.subarray(slotOffset(number), slotOffset(number) + slotBytes);
    if (!isZero(slotTail(bytes))) warn("vbk.slot_tail");
    const fields = readSlot(bytes);
    if (fields === null) warn("vbk.slot_crc");
    return fields === null ? null : { fields, bytes: slotFieldsOf(bytes) };
  });
  const [first, second] = slots.filter((slot) => slot !== null).sort((a, b) => b.fields.version - a.fields.version);
  if (first === undefined) throw corrupt("vbk.slot_crc", "neither commit slot is whole");
  const isTwin = second !== undefined && equalBytes(first.bytes, second.bytes);
  if (second !== undefined && !isTwin) warn("vbk.slot_mismatch");
  const slot = first.fields;
  if (slot.storageEof !== source.size) throw corrupt("vbk.truncated", "the file is not as long as its slot says");
  if (slot.banks.length > limits.banksReadMax) throw corrupt("vbk.bank", "more banks than a reader takes");
  return {
    headerPage,
    slotFields: first.bytes,
    slot,
    otherSlot: isTwin ? second.fields : null,
    isSealed: slot.cryptoRoot !== noPage,
    trailer: await readTail(source, slot, await readEnd(source)),
  };
}

/** The trailer and, but in large files, the table before it, in one read. */
const readEnd = (source: RandomAccessSource): Promise<Uint8Array> => {
  const length = Math.min(tailStartBytes, source.size - headBytes);
  return source.read(source.size - length, length);
};

const tailStartBytes = 0x8000;

async function readTail(source: RandomAccessSource, slot: SlotFields, end: Uint8Array): Promise<HeadParts["trailer"]> {
  const page = end.subarray(end.length - pageBytes);
  const trailer = readTrailer(page);
  if (trailer === null) return null;
  const { tableOffset, tableBytes, bankRows, blockRows } = trailer;
  const isSealed = slot.cryptoRoot !== noPage;
  const fits =
    trailer.sealed === isSealed &&
    bankRows === slot.banks.length &&
    blockRows === (isSealed ? slot.storeCount : 0) &&
    tableBytes === tableBytesFor(bankRows, blockRows) &&
    tableOffset + tableBytes + pageBytes === source.size &&
    tableOffset >= headBytes;
  if (!fits) throw corrupt("vbk.trailer", "the trailer does not fit the slot");
  const before = end.length - pageBytes - tableBytes;
  const table = before >= 0 ? end.subarray(before, before + tableBytes) : await source.read(tableOffset, tableBytes);
  return { ...trailer, page, root: trailerRoot(page), table };
}

const corrupt = (code: string, message: string): Failure => new Failure("corrupt", code, message);
