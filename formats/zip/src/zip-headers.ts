import { concatBytes } from "@casaforte/kernel";
import { isUtf8 } from "./zip-name.ts";

/** What an entry is called and carries. */
export interface ZipEntry {
  /** With slashes between folders, none at the ends; UTF-8 where it is flagged so, else as the device had it. */
  readonly name: Uint8Array;
  /** Permission bits, 07777. */
  readonly mode: number;
  readonly modifiedMs: number;
}

const signature = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  central: 0x02014b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  end: 0x06054b50,
};
/** Bits of an entry. */
export const flag = { descriptor: 0x0008, utf8: 0x0800 };
/** The upper bits of st_mode. */
export const kind = { file: 0o100000, directory: 0o040000, symlink: 0o120000 };
/** What no field of 32 bits can say. */
export const max32 = 0xffff_ffff;
const max16 = 0xffff;
/** How bytes lie: as they are, or as raw deflate (RFC 1951). */
export const method = { stored: 0, deflated: 8 };
/** ZIP64. */
const versionNeeded = 45;
/** Made on Unix, so that modes and links count. */
const versionMadeBy = (3 << 8) | versionNeeded;

/** An entry's bytes, as its headers tell of them. */
export interface Content {
  readonly method: number;
  readonly crc: number;
  readonly sizeBytes: number;
  /** As they lie in the archive. */
  readonly packedBytes: number;
  /** Its lengths take eight bytes. */
  readonly isWide: boolean;
}

/** What stands before an entry's bytes. */
export function localHeader(entry: ZipEntry, flags: number, content: Content): Uint8Array {
  const { crc, sizeBytes, packedBytes, isWide } = content;
  const extra = concatBytes([
    isWide ? extraField(0x0001, [sizeBytes, packedBytes]) : none,
    timeField(entry.modifiedMs),
  ]);
  const view = new DataView(new ArrayBuffer(30));
  view.setUint32(0, signature.local, true);
  view.setUint16(4, versionNeeded, true);
  view.setUint16(6, flags, true);
  view.setUint16(8, content.method, true);
  putDosTime(view, 10, entry.modifiedMs);
  view.setUint32(14, crc, true);
  view.setUint32(18, isWide ? max32 : packedBytes, true);
  view.setUint32(22, isWide ? max32 : sizeBytes, true);
  view.setUint16(26, entry.name.length, true);
  view.setUint16(28, extra.length, true);
  return concatBytes([bytesOf(view), entry.name, extra]);
}

/** Where in the archive, and as what. */
export interface Placed extends Content {
  readonly flags: number;
  readonly offset: number;
  readonly type: number;
}

/** An entry in the directory. */
export function centralHeader(entry: ZipEntry, placed: Placed): Uint8Array {
  const { crc, sizeBytes, packedBytes, offset, type, flags } = placed;
  const isLarge = sizeBytes >= max32 || packedBytes >= max32;
  const isFar = offset >= max32;
  const numbers = [...(isLarge ? [sizeBytes, packedBytes] : []), ...(isFar ? [offset] : [])];
  const extra = concatBytes([numbers.length > 0 ? extraField(0x0001, numbers) : none, timeField(entry.modifiedMs)]);
  const view = new DataView(new ArrayBuffer(46));
  view.setUint32(0, signature.central, true);
  view.setUint16(4, versionMadeBy, true);
  view.setUint16(6, versionNeeded, true);
  view.setUint16(8, flags, true);
  view.setUint16(10, placed.method, true);
  putDosTime(view, 12, entry.modifiedMs);
  view.setUint32(16, crc, true);
  view.setUint32(20, isLarge ? max32 : packedBytes, true);
  view.setUint32(24, isLarge ? max32 : sizeBytes, true);
  view.setUint16(28, entry.name.length, true);
  view.setUint16(30, extra.length, true);
  // The upper half is the mode as Unix has it; the lower one DOS's bit for a directory.
  view.setUint32(38, (((type | (entry.mode & 0o7777)) << 16) | (type === kind.directory ? 0x10 : 0)) >>> 0, true);
  view.setUint32(42, isFar ? max32 : offset, true);
  return concatBytes([bytesOf(view), entry.name, extra]);
}

/** What stands behind the bytes of a streamed entry. */
export function descriptor({ crc, sizeBytes, packedBytes, isWide }: Content): Uint8Array {
  const view = new DataView(new ArrayBuffer(isWide ? 24 : 16));
  view.setUint32(0, signature.descriptor, true);
  view.setUint32(4, crc, true);
  for (const [index, bytes] of [packedBytes, sizeBytes].entries()) {
    if (isWide) view.setBigUint64(8 + index * 8, BigInt(bytes), true);
    else view.setUint32(8 + index * 4, bytes, true);
  }
  return bytesOf(view);
}

/** Where the directory lies. */
export interface Directory {
  readonly count: number;
  readonly sizeBytes: number;
  readonly offset: number;
}

/** What stands behind the directory. */
export function endRecords({ count, sizeBytes, offset }: Directory): Uint8Array {
  const isWide = count >= max16 || sizeBytes >= max32 || offset >= max32;
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, signature.end, true);
  end.setUint16(8, Math.min(count, max16), true);
  end.setUint16(10, Math.min(count, max16), true);
  end.setUint32(12, Math.min(sizeBytes, max32), true);
  end.setUint32(16, Math.min(offset, max32), true);
  return concatBytes([isWide ? end64({ count, sizeBytes, offset }) : none, bytesOf(end)]);
}

function end64(input: Directory): Uint8Array {
  const view = new DataView(new ArrayBuffer(56 + 20));
  view.setUint32(0, signature.end64, true);
  view.setBigUint64(4, 44n, true);
  view.setUint16(12, versionMadeBy, true);
  view.setUint16(14, versionNeeded, true);
  view.setBigUint64(24, BigInt(input.count), true);
  view.setBigUint64(32, BigInt(input.count), true);
  view.setBigUint64(40, BigInt(input.sizeBytes), true);
  view.setBigUint64(48, BigInt(input.offset), true);
  view.setUint32(56, signature.locator64, true);
  view.setBigUint64(64, BigInt(input.offset + input.sizeBytes), true);
  view.setUint32(72, 1, true);
  return bytesOf(view);
}

function extraField(id: number, numbers: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + numbers.length * 8));
  view.setUint16(0, id, true);
  view.setUint16(2, numbers.length * 8, true);
  numbers.forEach((value, index) => {
    view.setBigUint64(4 + index * 8, BigInt(value), true);
  });
  return bytesOf(view);
}

/** The time in UTC, beside the one of DOS that is local and even; only for what 32 bits can say. */
function timeField(modifiedMs: number): Uint8Array {
  const seconds = Math.floor(modifiedMs / 1000);
  if (seconds < -(2 ** 31) || seconds >= 2 ** 31) return none;
  const view = new DataView(new ArrayBuffer(9));
  view.setUint16(0, 0x5455, true);
  view.setUint16(2, 5, true);
  view.setUint8(4, 1);
  view.setInt32(5, seconds, true);
  return bytesOf(view);
}

/** 1980 to 2107; what lies outside is put at the border. */
function putDosTime(view: DataView, at: number, modifiedMs: number): void {
  const time = new Date(Math.min(Math.max(modifiedMs, Date.UTC(1980, 0, 2)), Date.UTC(2107, 11, 30)));
  view.setUint16(at, (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1), true);
  view.setUint16(at + 2, ((time.getFullYear() - 1980) << 9) | ((time.getMonth() + 1) << 5) | time.getDate(), true);
}

/** Names that are no UTF-8 are not flagged as it: they come out as the bytes they were. */
export const nameFlag = (name: Uint8Array): number => (isUtf8(name) ? flag.utf8 : 0);

const none = new Uint8Array(0);
const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer);
