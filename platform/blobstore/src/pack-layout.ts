import { type BlobId, type Bytes, Failure, type Random, type TenantId, toHex } from "@casaforte/kernel";
import { type SegmentContext, saltBytes, segmentBytes, segmentContext, tagBytes } from "./segments.ts";
import { unwrapKey, wrapKey } from "./tenant-keys.ts";

/**
 * Small blobs lie one after the other in pack files `<tenant>/packs/<24 hex>`. A record, on a multiple of 16:
 *
 * `CFR1` ‖ state (1: 1 kept, 0 deleted) ‖ 3 zero bytes ‖ created, ms (8) ‖ plain size (4) ‖ salt (7) ‖ 1 zero byte ‖
 * wrapped blob key (65) ‖ one segment (segments.ts), numbers big-endian. Deleting clears state and key: the bytes cannot
 * be opened any more, their room is freed by `reclaim`. A run of deleted records may then be one gap: `CFR0` ‖ 12 zero
 * bytes ‖ length of the run (4) ‖ anything.
 *
 * A blob's id says where it lies: 12 bytes name the pack, 4 bytes give the offset; version 8 of RFC 9562 tells it from
 * the random ids (version 7) of blobs that have a file of their own.
 */
export const recordMagic = 0x43465231;
export const gapMagic = 0x43465230;
export const recordAlignment = 16;
export const recordHeaderBytes = 93;
/** The largest blob that goes into a pack: one segment. */
export const packedBytesMax = segmentBytes;

const stateAt = 4;
const createdAt = 8;
const sizeAt = 16;
const saltAt = 20;
const keyAt = 28;

export const recordBytes = (plainSize: number): number =>
  Math.ceil((recordHeaderBytes + plainSize + tagBytes) / recordAlignment) * recordAlignment;

/** A pack's name: when it was begun (6 bytes, ms) and chance, as the first 12 bytes of its blobs' ids. */
export function newPackName(nowMs: number, random: Random): string {
  const bytes = random.bytes(12);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  view.setUint32(0, Math.floor(nowMs / 0x10000));
  view.setUint16(4, nowMs % 0x10000);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x80);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return toHex(bytes);
}

/** When a pack was begun, milliseconds since 1970. */
export const packBegunMs = (name: string): number => Number.parseInt(name.slice(0, 12), 16);

export const isPackName = (name: string): boolean => /^[\da-f]{12}8[\da-f]{3}[89ab][\da-f]{7}$/.test(name);

export function packedBlobId(pack: string, offset: number): BlobId {
  const hex = pack + offset.toString(16).padStart(8, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as BlobId;
}

/** Where a blob lies, or null when it has a file of its own. */
export function placeOf(id: BlobId): { readonly pack: string; readonly offset: number } | null {
  if (id[14] !== "8") return null;
  const hex = id.replaceAll("-", "");
  const pack = hex.slice(0, 24);
  return hex.length === 32 && isPackName(pack) ? { pack, offset: Number.parseInt(hex.slice(24), 16) } : null;
}

export interface RecordHead {
  readonly kept: boolean;
  readonly createdMs: number;
  readonly sizeBytes: number;
}

/** Null when these bytes begin no record. */
export function readHead(bytes: Buffer): RecordHead | null {
  if (bytes.length < recordHeaderBytes || bytes.readUInt32BE(0) !== recordMagic) return null;
  const state = bytes.readUInt8(stateAt);
  const sizeBytes = bytes.readUInt32BE(sizeAt);
  if (state > 1 || bytes.readUIntBE(stateAt + 1, 3) !== 0 || bytes[saltAt + saltBytes] !== 0) return null;
  // No master wraps a blob's key: it is the tenant's that does.
  if (sizeBytes > packedBytesMax || bytes.readUInt32BE(keyAt + 1) !== 0) return null;
  return { kept: state === 1, createdMs: Number(bytes.readBigUInt64BE(createdAt)), sizeBytes };
}

/** Length of the gap that begins here, or 0. */
export function readGap(bytes: Buffer): number {
  return bytes.length >= 20 && bytes.readUInt32BE(0) === gapMagic ? bytes.readUInt32BE(sizeAt) : 0;
}

export function gapHead(lengthBytes: number): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32BE(gapMagic, 0);
  head.writeUInt32BE(lengthBytes, sizeAt);
  return head;
}

/** What the wrapped key is bound to: the blob's name, its age and its size. */
const wrapName = (name: string, head: Bytes): string => `${name}/${toHex(head.subarray(createdAt, saltAt))}`;

export interface NewRecord {
  readonly tenantId: TenantId;
  readonly id: BlobId;
  readonly tenantKey: Bytes;
  readonly createdMs: number;
  readonly sizeBytes: number;
}

/** A header with a fresh key, and what seals the segment behind it. */
export function makeHead(
  record: NewRecord,
  random: Random,
): { readonly head: Buffer; readonly context: SegmentContext } {
  const head = Buffer.alloc(recordHeaderBytes);
  const name = `${record.tenantId}/${record.id}`;
  const [key, salt] = [random.bytes(32), random.bytes(saltBytes)];
  head.writeUInt32BE(recordMagic, 0);
  head.writeUInt8(1, stateAt);
  head.writeBigUInt64BE(BigInt(record.createdMs), createdAt);
  head.writeUInt32BE(record.sizeBytes, sizeAt);
  head.set(salt, saltAt);
  head.set(wrapKey({ id: 0, key: record.tenantKey }, wrapName(name, head), key, random), keyAt);
  return { head, context: segmentContext(key, salt, name) };
}

/** What opens the segment behind a header. @throws corrupt `blob.key_corrupt`. */
export function openHead(tenantId: TenantId, id: BlobId, head: Buffer, tenantKey: Bytes): SegmentContext {
  const name = `${tenantId}/${id}`;
  const key = unwrapKey([{ id: 0, key: tenantKey }], wrapName(name, head), head.subarray(keyAt, recordHeaderBytes));
  return segmentContext(key, Uint8Array.from(head.subarray(saltAt, saltAt + saltBytes)), name);
}

/** What deleting writes over a header, and where. */
export const erasure = { at: stateAt, bytes: Buffer.alloc(createdAt - stateAt), keyAt, key: Buffer.alloc(65) } as const;

export const packMissing = (cause?: unknown): Failure =>
  new Failure("not_found", "blob.missing", "no such blob", { cause });
