import { fromUtf8, utf8 } from "@casaforte/kernel";
import { blockBytes, type Compression, compression, compressionOf, digestBytes } from "./layout.ts";
import { getPageId, getU64, noPage, type PageId, putPageId, putU64, viewOf } from "./page.ts";

/** Sizes of the records on metadata pages. FORMAT.md §6 and §7. */
export const recordBytes = { directory: 192, table: 24, block: 46, patch: 53, store: 60 } as const;

export const itemType = { folder: 1, externalFile: 2, file: 3, patch: 4, increment: 5 } as const;
/** Where a block descriptor finds its bytes. */
export const location = { stored: 0, hole: 1 } as const;
/** Blocks that one table descriptor of an internal file stands for. */
export const blocksPerTable = 1088;
/** The first byte of each block store entry. */
const storeEntryFormat = 4;

/** MD5 of 1 MiB of zeros: what plain files carry as the digest of a hole. */
export const zeroBlockDigest = Uint8Array.from([
  0xb6, 0xd8, 0x1b, 0x36, 0x0a, 0x56, 0x72, 0xd8, 0x0c, 0x27, 0x43, 0x0f, 0x39, 0x15, 0x3e, 0x2c,
]);

export interface FolderRecord {
  readonly type: typeof itemType.folder;
  readonly name: string;
  readonly root: PageId;
  readonly children: number;
}

export interface FileRecord {
  readonly type: typeof itemType.file | typeof itemType.increment;
  readonly name: string;
  readonly root: PageId;
  /** Block descriptors: of the whole image in a full, of the patches in an increment. */
  readonly blocks: number;
  readonly sizeBytes: number;
}

export function writeFolder(view: DataView, bytes: Uint8Array, record: FolderRecord): void {
  writeItemHead(view, bytes, record.type, record.name);
  putPageId(view, 0x94, record.root);
  view.setUint32(0x9c, record.children, true);
}

export function writeFile(view: DataView, bytes: Uint8Array, record: FileRecord): void {
  writeItemHead(view, bytes, record.type, record.name);
  view.setUint8(0x97, record.type === itemType.file ? 1 : 0);
  putPageId(view, 0x98, record.root);
  putU64(view, 0xa0, record.blocks);
  putU64(view, 0xa8, record.sizeBytes);
  if (record.type === itemType.file) putPageId(view, 0xb0, noPage);
  else {
    putU64(view, 0xb0, record.blocks * blockBytes);
    putPageId(view, 0xb8, noPage);
  }
}

function writeItemHead(view: DataView, bytes: Uint8Array, type: number, name: string): void {
  const encoded = utf8(name);
  view.setUint32(0, type, true);
  view.setUint32(4, encoded.length, true);
  bytes.set(encoded, 8);
  putPageId(view, 0x88, noPage);
}

export interface ItemHead {
  readonly type: number;
  readonly nameLength: number;
  readonly name: string;
}

export function readItemHead(view: DataView, bytes: Uint8Array): ItemHead {
  const nameLength = view.getUint32(4, true);
  return {
    type: view.getUint32(0, true),
    nameLength,
    name: fromUtf8(bytes.subarray(8, 8 + Math.min(nameLength, 128))),
  };
}

export const readFolderBody = (view: DataView): { root: PageId; children: number } => ({
  root: getPageId(view, 0x94),
  children: view.getUint32(0x9c, true),
});

export const readFileBody = (view: DataView): { root: PageId; blocks: number; sizeBytes: number } => ({
  root: getPageId(view, 0x98),
  blocks: getU64(view, 0xa0),
  sizeBytes: getU64(view, 0xa8),
});

/** A block or patch descriptor. `storeIndex` means nothing in a hole. */
export interface Descriptor {
  readonly sizeBytes: number;
  readonly location: number;
  readonly digest: Uint8Array;
  readonly storeIndex: number;
  readonly keySetId: Uint8Array;
}

export function writeBlockDescriptor(view: DataView, bytes: Uint8Array, descriptor: Descriptor): void {
  writeDescriptorHead(view, bytes, descriptor);
  bytes.set(descriptor.keySetId, 30);
}

export function writePatchDescriptor(
  view: DataView,
  bytes: Uint8Array,
  descriptor: Descriptor,
  imageBlock: number,
): void {
  writeDescriptorHead(view, bytes, descriptor);
  putU64(view, 29, imageBlock);
  bytes.set(descriptor.keySetId, 37);
}

function writeDescriptorHead(view: DataView, bytes: Uint8Array, descriptor: Descriptor): void {
  view.setUint32(0, descriptor.sizeBytes, true);
  view.setUint8(4, descriptor.location);
  bytes.set(descriptor.digest, 5);
  putU64(view, 21, descriptor.storeIndex);
}

/** Reads a block descriptor (46 bytes) or, from offset 37 for the key set, a patch descriptor (53 bytes). */
export function readDescriptor(view: DataView, bytes: Uint8Array): Descriptor & { readonly imageBlock: number } {
  const isPatch = bytes.length === recordBytes.patch;
  const keySetAt = isPatch ? 37 : 30;
  return {
    sizeBytes: view.getUint32(0, true),
    location: view.getUint8(4),
    digest: bytes.subarray(5, 5 + digestBytes),
    storeIndex: getU64(view, 21),
    imageBlock: isPatch ? getU64(view, 29) : 0,
    keySetId: bytes.subarray(keySetAt, keySetAt + 16),
  };
}

export interface StoreRecord {
  readonly usage: number;
  readonly offset: number;
  readonly allocatedSize: number;
  readonly isIndexed: boolean;
  readonly digest: Uint8Array;
  readonly compression: Compression;
  readonly storedSize: number;
  readonly sourceSize: number;
  readonly keySetId: Uint8Array;
}

export function writeStoreRecord(view: DataView, bytes: Uint8Array, record: StoreRecord): void {
  view.setUint8(0, storeEntryFormat);
  view.setUint32(1, record.usage, true);
  putU64(view, 5, record.offset);
  view.setUint32(13, record.allocatedSize, true);
  view.setUint8(17, record.isIndexed ? 1 : 0);
  bytes.set(record.digest, 18);
  view.setUint8(0x22, record.compression);
  view.setUint32(0x24, record.storedSize, true);
  view.setUint32(0x28, record.sourceSize, true);
  bytes.set(record.keySetId, 0x2c);
}

/** A block store entry; null when its format or compression is none that this layout uses. */
export function readStoreRecord(bytes: Uint8Array): StoreRecord | null {
  const view = viewOf(bytes);
  const usage = view.getUint32(1, true);
  const packing = view.getUint8(0x22);
  if (view.getUint8(0) !== storeEntryFormat) return null;
  const known = compressionOf(packing);
  if (usage > 0 && known === null) return null;
  return {
    usage,
    offset: getU64(view, 5),
    allocatedSize: view.getUint32(13, true),
    isIndexed: view.getUint8(17) === 1,
    digest: bytes.subarray(18, 34),
    compression: known ?? compression.none,
    storedSize: view.getUint32(0x24, true),
    sourceSize: view.getUint32(0x28, true),
    keySetId: bytes.subarray(0x2c, 0x3c),
  };
}
