import type { Compression } from "./layout.ts";

/** Anything that can be read at an offset: a file, or a file in the vault by range requests. */
export interface RandomAccessSource {
  readonly size: number;
  /** Exactly `length` bytes, or it rejects. The array belongs to the caller. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A full image (VBK), or the blocks that changed since the parent point (VIB). */
export type ContainerKind = "full" | "increment";

/**
 * A block as it goes into a container. Made by `packBlock` (plain files) or by `sealBlock` of `@casaforte/vbk/seal`;
 * both are pure and synchronous, so a worker thread may call them. Plain data throughout: it can be posted.
 */
export interface PackedBlock {
  /** What is uploaded: `storedSize` bytes and zeros up to `allocatedSize`. */
  readonly stored: Uint8Array;
  /** `stored.length`: a multiple of 4096. */
  readonly allocatedSize: number;
  /** Ciphertext or compressed bytes, without the padding. */
  readonly storedSize: number;
  /** Plain bytes that went in: 1 MiB for image blocks. */
  readonly sourceSize: number;
  /** 16 bytes: MD5 of the plain block, or in sealed files the head of the tag. */
  readonly digest: Uint8Array;
  readonly compression: Compression;
  /** 32 bytes that authenticate key set, length and stored bytes; empty in plain files. */
  readonly hmac: Uint8Array;
  /** SHA-256 of `stored`, for the clear block map and the upload. */
  readonly sha256: Uint8Array;
  /** 16 bytes: the key set the block is sealed with; zeros in plain files. */
  readonly keySetId: Uint8Array;
}

/** A packed block without its bytes: what the builder keeps, and what compose carries over from an older file. */
export type BlockReceipt = Omit<PackedBlock, "stored">;

/** Where a block went: the file offset to upload it at, and its number in the file's block store. */
export interface PlacedBlock {
  readonly offset: number;
  readonly storeIndex: number;
}

/** Who a file is and where it stands in its chain. Ids are lower-case UUIDs. */
export interface ChainPosition {
  readonly fileId: string;
  readonly chainId: string;
  readonly pointId: string;
  /** File root (32 bytes) of the file before it; null for a full. */
  readonly parentRoot: Uint8Array | null;
  /**
   * Of a full that took the place of another file of the same point: the root by which that file's children name it.
   * Absent or null otherwise.
   */
  readonly standsFor?: Uint8Array | null;
}

/** What `VbkBuilder.finish` needs to know about the image. */
export interface FinishInput {
  /** Printable ASCII, at most 128 bytes. The same name in every file of a chain joins an increment to its base. */
  readonly imageName: string;
  /** Name of the folder in the container; the summary's InsideDir. Printable ASCII, at most 128 bytes. */
  readonly folderName: string;
  /** The image's length in whole 1 MiB blocks, at least 1. Blocks never placed are holes (full) or unchanged (increment). */
  readonly imageBlocks: number;
  /**
   * Of a sealed file: the ciphertext of a bank ends with its used pages, so that zeros follow that need not be stored.
   * Only where every reader knows such banks (FORMAT.md §8); false by default.
   */
  readonly leaveOutFreePages?: boolean;
}

/** A piece of the file at its place. */
export interface FilePiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** One row of the clear block map: pieces tile the file; it tells the vault nothing but places and ciphertext hashes. */
export interface BlockMapEntry {
  readonly offset: number;
  readonly length: number;
  /** SHA-256 of the stored bytes, padding included. */
  readonly sha256: Uint8Array;
}

/** Rows that are made as they are read: a large file has a million of them. */
export interface BlockMapRows extends Iterable<BlockMapEntry> {
  readonly length: number;
}

export interface FinishedContainer {
  /** Bank copies, authentication table and trailer: upload in any order. Ascending and contiguous. */
  readonly metadata: readonly FilePiece[];
  /** The first 1,052,672 bytes: header and both commit slots. Written last where nothing but it makes the file whole. */
  readonly head: Uint8Array;
  readonly sizeBytes: number;
  /** 32 bytes: HMAC (sealed) or SHA-256 (plain) over identity, header, slot fields and metadata. The next point's parentRoot. */
  readonly root: Uint8Array;
  /** Ascending by offset; the head is the first row. */
  readonly blockMap: BlockMapRows;
}

/** A key set as stored in a file's crypto bank: the key itself only wrapped. FORMAT.md §8. */
export interface KeySetRecord {
  readonly id: Uint8Array;
  readonly role: "session" | "storage" | "meta";
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** Null when the wrap lives elsewhere (the storage key's, in the chain's keyring). */
  readonly wrap: KeySetWrap | null;
}

export interface KeySetWrap {
  /** Key set (or keyring record) that opens it. */
  readonly wrappedBy: Uint8Array;
  readonly wrappedKey: Uint8Array;
  /** 16 bytes for a password, empty otherwise. */
  readonly check: Uint8Array;
  /** 64 bytes for a password, empty otherwise. */
  readonly salt: Uint8Array;
}

/** Seals a file's metadata while it is finished. Made by `@casaforte/vbk/seal`; the builder never sees a key. */
export interface MetadataSealer {
  readonly metaKeySetId: Uint8Array;
  readonly keySets: readonly KeySetRecord[];
  /** AES-256-CBC with padding over the first `pagesBytes` bytes of `room`: 16 bytes longer, which is returned. */
  encryptPages(room: Uint8Array, pagesBytes: number): number;
  /** 32 bytes over the file, the bank's number and its bytes as stored. */
  bankTag(bank: number, stored: Uint8Array): Uint8Array;
  /** 32 bytes: the file root. */
  root(parts: readonly Uint8Array[]): Uint8Array;
}

/** Opens sealed files while they are read. Made by `@casaforte/vbk/seal` from a storage key; asynchronous for browsers. */
export interface ContainerUnsealer {
  /**
   * Checks the file root before anything else is believed, then unwraps the file's keys.
   * @throws unauthenticated `seal.wrong_key`, corrupt `vbk.file_root`, corrupt `seal.key_record`.
   */
  openFile(input: UnsealInput): Promise<FileUnsealer>;
}

export interface UnsealInput {
  readonly fileId: string;
  readonly keySets: readonly KeySetRecord[];
  readonly rootParts: readonly Uint8Array[];
  readonly expectedRoot: Uint8Array;
}

export interface FileUnsealer {
  /**
   * Authenticates the bank as stored, then decrypts its pages, over `ciphertext` where that can be done.
   * @throws corrupt `vbk.bank_authentication`.
   */
  openBank(input: {
    readonly keySetId: Uint8Array;
    readonly bank: number;
    readonly stored: Uint8Array;
    readonly ciphertext: Uint8Array;
    readonly tag: Uint8Array;
  }): Promise<Uint8Array>;
  /** Authenticates first, decrypts after. @throws corrupt `vbk.block_authentication`. */
  openBlock(keySetId: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array): Promise<Uint8Array>;
  /** What a thread needs to open blocks sealed under this key set; copies are the caller's to zero. */
  threadKeys(keySetId: Uint8Array): ThreadKeys;
  /** Zeroes the keys. */
  destroy(): void;
}

/** Keys of one key set as plain data, for a worker thread. */
export interface ThreadKeys {
  readonly keySetId: Uint8Array;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly macKey: Uint8Array;
}

/** An entry of the container's directory. */
export interface DirectoryItem {
  readonly type: "folder" | "file" | "increment";
  readonly name: string;
  /** Name of the folder it is in; empty at the top. */
  readonly folder: string;
  readonly sizeBytes: number;
}

/** A stored block as the container's block store lists it. */
export interface StoredBlock {
  readonly storeIndex: number;
  readonly offset: number;
  readonly allocatedSize: number;
  readonly storedSize: number;
  readonly sourceSize: number;
  readonly compression: Compression;
  readonly digest: Uint8Array;
  readonly keySetId: Uint8Array;
  /** How many descriptors use it; 0 is a free place. */
  readonly usage: number;
  /** From the authentication table; empty in plain files. */
  readonly hmac: Uint8Array;
}

/** What a container says about one image block. `absent`: an increment that leaves the parent's block as it is. */
export type ImageBlock =
  | { readonly state: "stored"; readonly storeIndex: number }
  | { readonly state: "hole" }
  | { readonly state: "absent" };

/** An opened, authenticated container. Everything but the data blocks has been read and checked. */
export interface Container {
  readonly kind: ContainerKind;
  readonly sealed: boolean;
  readonly sizeBytes: number;
  /** Null in files of other writers, which have no trailer. */
  readonly position: ChainPosition | null;
  /** The file root, 32 bytes; null without a trailer. */
  readonly root: Uint8Array | null;
  readonly directory: readonly DirectoryItem[];
  readonly image: {
    readonly name: string;
    readonly folder: string;
    readonly sizeBytes: number;
    readonly blocks: number;
  };
  readonly keySets: readonly KeySetRecord[];
  /** Codes of damage that the second copy healed; empty for a whole file. */
  readonly warnings: readonly string[];
  readonly storeCount: number;
  storedBlock(storeIndex: number): StoredBlock;
  /** Keys to open its blocks with in a thread; null in plain files. */
  threadKeys(keySetId: Uint8Array): ThreadKeys | null;
  imageBlock(index: number): ImageBlock;
  /** Image blocks this file says something about, ascending: holes of a full are left out, holes of an increment are not. */
  changedBlocks(): Iterable<number>;
  /** A stored block, authenticated, unpacked and compared with its digest. @throws corrupt `vbk.block_*`. */
  readStored(storeIndex: number): Promise<Uint8Array>;
  /** Plain bytes of an image block; zeros for a hole; null when absent. */
  readBlock(index: number): Promise<Uint8Array | null>;
  /** The embedded summary.xml as text; null if there is none. */
  readSummary(): Promise<string | null>;
  close(): void;
}
