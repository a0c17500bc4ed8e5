import { assert, Failure, utf8 } from "@casaforte/kernel";
import { BlockTable } from "./block-table.ts";
import { closeContainer } from "./close-container.ts";
import { ImageMap } from "./image-map.ts";
import { alignUp, blockBytes, headBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import { writeMetadata } from "./metadata-writer.ts";
import type {
  BlockReceipt,
  ChainPosition,
  ContainerKind,
  FinishedContainer,
  FinishInput,
  MetadataSealer,
  PlacedBlock,
} from "./types.ts";

export interface BuilderOptions {
  readonly kind: ContainerKind;
  readonly position: ChainPosition;
  /** Present for sealed files. */
  readonly sealer?: MetadataSealer;
}

/**
 * The bookkeeping of one VBK or VIB while its blocks are uploaded one by one; no I/O, no keys. Blocks get ascending
 * 4096-aligned places after the head; `finish` gives the metadata and, to be uploaded last, the head.
 */
export class VbkBuilder {
  readonly #kind: ContainerKind;
  readonly #position: ChainPosition;
  readonly #sealer: MetadataSealer | undefined;
  readonly #table = new BlockTable();
  readonly #map = new ImageMap();
  #summary: number | null = null;
  #nextOffset = headBytes;
  #finished = false;

  constructor(options: BuilderOptions) {
    assert((options.kind === "increment") === (options.position.parentRoot !== null), "increments alone have a parent");
    assert(options.kind === "full" || !options.position.standsFor, "fulls alone take another file's place");
    this.#kind = options.kind;
    this.#position = options.position;
    this.#sealer = options.sealer;
  }

  /** Where the next block will go, and how long the file is so far. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get storedBlocks(): number {
    return this.#table.count;
  }

  /** Gives a full-size block its place in the file and in the image. Each image block is set once. */
  placeBlock(imageBlock: number, receipt: BlockReceipt): PlacedBlock {
    assert(receipt.sourceSize === blockBytes, "image blocks are 1 MiB");
    assert(this.#map.isAbsent(imageBlock), "each image block is set once");
    const placed = this.#store(receipt);
    this.#use(imageBlock, placed.storeIndex);
    return placed;
  }

  /** Lets another image block show a block stored before. The caller vouches for the contents by a strong hash. */
  reuseBlock(imageBlock: number, storeIndex: number): void {
    assert(this.#map.isAbsent(imageBlock), "each image block is set once");
    this.#use(imageBlock, storeIndex);
  }

  /** Says that an image block is zeros from this point on. In a full, blocks never placed are holes anyway. */
  placeHole(imageBlock: number): void {
    assert(this.#map.isAbsent(imageBlock), "each image block is set once");
    this.#map.setHole(imageBlock);
  }

  /** Places summary.xml, packed like any other block; at most 1 MiB of it. Required once. */
  placeSummary(receipt: BlockReceipt): PlacedBlock {
    assert(this.#summary === null, "the summary is placed once");
    const placed = this.#store(receipt);
    this.#summary = placed.storeIndex;
    this.#table.use(placed.storeIndex);
    return placed;
  }

  /** Closes the file. @throws invalid `vbk.name`, invalid `vbk.empty_image`. */
  finish(input: FinishInput): FinishedContainer {
    assert(!this.#finished, "a file is finished once");
    assert(this.#map.end <= input.imageBlocks, "the image covers each placed block");
    checkName(input.imageName);
    checkName(input.folderName);
    if (input.imageBlocks < 1) throw new Failure("invalid", "vbk.empty_image", "an image has at least one block");
    assert(this.#summary !== null, "the summary was placed");
    this.#finished = true;
    const sealer = this.#sealer;
    const contents = { kind: this.#kind, table: this.#table, map: this.#map, summary: this.#summary, sealer };
    const metadata = writeMetadata(contents, input);
    const { leaveOutFreePages = false } = input;
    const place = { position: this.#position, offset: this.#nextOffset };
    return closeContainer({ ...metadata, ...contents, ...place, leaveOutFreePages });
  }

  #store(receipt: BlockReceipt): PlacedBlock {
    assert(!this.#finished, "the file is still open");
    assert(receipt.allocatedSize === alignUp(receipt.storedSize), "blocks are padded to 4096");
    assert(receipt.hmac.length === (this.#sealer === undefined ? 0 : 32), "sealed files hold sealed blocks only");
    const offset = this.#nextOffset;
    this.#nextOffset += receipt.allocatedSize;
    return { offset, storeIndex: this.#table.add(receipt, offset) };
  }

  #use(imageBlock: number, storeIndex: number): void {
    this.#table.use(storeIndex);
    this.#map.setStored(imageBlock, storeIndex);
  }
}

/** Other readers drop a page of entries for one name they dislike: printable ASCII only. @throws invalid `vbk.name`. */
function checkName(name: string): void {
  if (!/^[\x20-\x7e]+$/.test(name) || utf8(name).length > limits.nameBytesMax) {
    throw new Failure("invalid", "vbk.name", "names are 1 to 128 printable ASCII characters");
  }
}
