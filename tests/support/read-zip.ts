import { crc32 } from "node:zlib";

/** An entry as a ZIP's central directory lists it, its bytes checked against size and CRC. */
export interface ZipItem {
  /** Hexadecimal of the raw name, so that names that are no UTF-8 compare. */
  readonly nameHex: string;
  readonly name: string;
  readonly isUtf8: boolean;
  /** st_mode. */
  readonly mode: number;
  /** From the extended timestamp; null without. */
  readonly modifiedSeconds: number | null;
  readonly bytes: Buffer;
}

const u64 = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at));

/** Reads a stored ZIP from its end, strictly, sharing no code with what wrote it. @throws Error at the first flaw. */
export function readZip(zip: Buffer): ZipItem[] {
  const end = zip.length - 22;
  if (zip.readUInt32LE(end) !== 0x06054b50) throw new Error("no end of central directory");
  let count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  const hasLocator = end >= 20 && zip.readUInt32LE(end - 20) === 0x07064b50;
  if (count === 0xffff || at === 0xffff_ffff) {
    if (!hasLocator) throw new Error("a ZIP64 directory is missing");
    const record = u64(zip, end - 20 + 8);
    if (zip.readUInt32LE(record) !== 0x06064b50) throw new Error("no ZIP64 end record");
    [count, at] = [u64(zip, record + 32), u64(zip, record + 48)];
  }
  const items: ZipItem[] = [];
  for (let index = 0; index < count; index++) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Error(`entry ${index} is no central header`);
    const [nameLength, extraLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
    const name = zip.subarray(at + 46, at + 46 + nameLength);
    const extra = zip.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    items.push(readItem(zip, { at, name, extra }));
    at += 46 + nameLength + extraLength + zip.readUInt16LE(at + 32);
  }
  return items;
}

function readItem(zip: Buffer, { at, name, extra }: { at: number; name: Buffer; extra: Buffer }): ZipItem {
  let [size, offset] = [zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 42)];
  let modifiedSeconds: number | null = null;
  for (let field = 0; field < extra.length; field += 4 + extra.readUInt16LE(field + 2)) {
    const id = extra.readUInt16LE(field);
    if (id === 0x5455) modifiedSeconds = extra.readInt32LE(field + 5);
    if (id !== 0x0001) continue;
    let next = field + 4;
    if (size === 0xffff_ffff) [size, next] = [u64(extra, next), next + 16];
    if (offset === 0xffff_ffff) offset = u64(extra, next);
  }
  if (zip.readUInt32LE(offset) !== 0x04034b50) throw new Error("no local header where the directory points");
  const localName = zip.subarray(offset + 30, offset + 30 + zip.readUInt16LE(offset + 26));
  if (!localName.equals(name)) throw new Error("local and central name differ");
  const start = offset + 30 + localName.length + zip.readUInt16LE(offset + 28);
  const bytes = zip.subarray(start, start + size);
  if (bytes.length !== size || crc32(bytes) !== zip.readUInt32LE(at + 16)) throw new Error(`${name}: CRC or size`);
  return {
    nameHex: name.toString("hex"),
    name: name.toString(),
    isUtf8: (zip.readUInt16LE(at + 8) & 0x0800) !== 0,
    mode: zip.readUInt32LE(at + 38) >>> 16,
    modifiedSeconds,
    bytes,
  };
}
