import { fromUtf8 } from "@casaforte/kernel";
import type { ImageMap } from "./image-map.ts";
import { blockBytes } from "./layout.ts";
import type { Metadata } from "./metadata.ts";
import { summaryName } from "./metadata-writer.ts";
import { type FoundFile, findImage, readDirectory } from "./read-directory.ts";
import type { HeadParts } from "./read-head.ts";
import { readFileMap, readPatchMap } from "./read-image.ts";
import { itemType, recordBytes } from "./records.ts";
import { StoreReader } from "./store-reader.ts";
import type {
  ChainPosition,
  Container,
  ContainerKind,
  DirectoryItem,
  FileUnsealer,
  ImageBlock,
  KeySetRecord,
  RandomAccessSource,
  StoredBlock,
  ThreadKeys,
} from "./types.ts";
import { unpackBlock } from "./unpack-block.ts";

export interface OpenedInput {
  readonly source: RandomAccessSource;
  readonly head: HeadParts;
  readonly metadata: Metadata;
  readonly file: FileUnsealer | null;
  readonly keySets: readonly KeySetRecord[];
  readonly warnings: readonly string[];
}

/** A container whose metadata has been authenticated and read. */
export class OpenedContainer implements Container {
  readonly kind: ContainerKind;
  readonly sealed: boolean;
  readonly sizeBytes: number;
  readonly position: ChainPosition | null;
  readonly root: Uint8Array | null;
  readonly directory: readonly DirectoryItem[];
  readonly image: Container["image"];
  readonly keySets: readonly KeySetRecord[];
  readonly warnings: readonly string[];
  readonly #source: RandomAccessSource;
  readonly #file: FileUnsealer | null;
  readonly #store: StoreReader;
  readonly #map: ImageMap;
  readonly #summary: { readonly map: ImageMap } | null;

  constructor(input: OpenedInput) {
    const { head, metadata, file } = input;
    const { trailer, slot } = head;
    this.#source = input.source;
    this.#file = file;
    this.keySets = input.keySets;
    this.warnings = input.warnings;
    this.sealed = file !== null;
    this.sizeBytes = input.source.size;
    this.position = trailer?.position ?? null;
    this.root = trailer?.root ?? null;
    this.#store = new StoreReader({
      entries: metadata.vector(slot.storeRoot, recordBytes.store, slot.storeCount),
      fileBytes: input.source.size,
      tags: trailer !== null && file !== null ? { table: trailer.table, bankRows: trailer.bankRows } : null,
    });
    const { folders, files } = readDirectory(metadata, slot.directoryRoot, slot.directoryCount);
    this.directory = [
      ...folders.map((found) => ({ type: "folder" as const, sizeBytes: 0, ...found })),
      ...files.map(item),
    ];
    const image = findImage(files);
    this.kind = image.type === itemType.increment ? "increment" : "full";
    this.#map = (this.kind === "full" ? readFileMap : readPatchMap)(metadata, image, this.#store);
    const { name, folder, sizeBytes } = image;
    this.image = { name, folder, sizeBytes, blocks: Math.ceil(sizeBytes / blockBytes) };
    const summary = files.find((found) => found.name === summaryName && found.type === itemType.file);
    this.#summary = summary === undefined ? null : { map: readFileMap(metadata, summary, this.#store) };
  }

  get storeCount(): number {
    return this.#store.count;
  }

  storedBlock(storeIndex: number): StoredBlock {
    return this.#store.block(storeIndex);
  }

  threadKeys(keySetId: Uint8Array): ThreadKeys | null {
    return this.#file?.threadKeys(keySetId) ?? null;
  }

  imageBlock(index: number): ImageBlock {
    const block = this.#map.get(index);
    return block.state === "absent" && this.kind === "full" ? { state: "hole" } : block;
  }

  changedBlocks(): Iterable<number> {
    return this.#map.indices();
  }

  async readStored(storeIndex: number): Promise<Uint8Array> {
    const block = this.#store.block(storeIndex);
    return unpackBlock(block, await this.#source.read(block.offset, block.storedSize), this.#file);
  }

  async readBlock(index: number): Promise<Uint8Array | null> {
    const block = this.imageBlock(index);
    if (block.state === "stored") return this.readStored(block.storeIndex);
    return block.state === "hole" ? new Uint8Array(blockBytes) : null;
  }

  async readSummary(): Promise<string | null> {
    const first = this.#summary?.map.get(0);
    return first?.state === "stored" ? fromUtf8(await this.readStored(first.storeIndex)) : null;
  }

  close(): void {
    this.#file?.destroy();
  }
}

const item = (found: FoundFile): DirectoryItem => ({
  type: found.type === itemType.increment ? "increment" : "file",
  name: found.name,
  folder: found.folder,
  sizeBytes: found.sizeBytes,
});
