import { createHash } from "node:crypto";
import { blockSizeBytes, type ChunkRef } from "@casaforte/arena";
import { concatBytes } from "@casaforte/kernel";
import { encodeBlockMap, type PartInput, type VaultClient } from "@casaforte/vault";
import type { BlockReceipt, FinishedContainer, PackedBlock, VbkBuilder } from "@casaforte/vbk";
import { type BlockKeys, sealBlock } from "@casaforte/vbk/seal";
import { blocksInFlightMax, connectionsMax, partBytes, partsInFlightMax } from "../limits.ts";
import type { JournalBlock, JournalContent, JournalEnd, JournalPart, UploadJournal } from "./journal.ts";
import type { SealPool } from "./seal-pool.ts";

export interface ContainerUploadOptions {
  readonly vault: VaultClient;
  readonly uploadId: string;
  readonly builder: VbkBuilder;
  readonly journal: UploadJournal;
  readonly pool: SealPool;
  readonly keys: BlockKeys;
  readonly signal?: AbortSignal | undefined;
  /** Bytes the vault has confirmed, as they come. */
  readonly onSent?: (lengthBytes: number) => void;
}

const zeroBlock = Buffer.alloc(blockSizeBytes);
const summaryBlock = -1;

/** Seals blocks as the arena emits them, gathers them into parts, and keeps four parts on their way to the vault. */
export class ContainerUpload {
  readonly #options: ContainerUploadOptions;
  #blocksInFlight = 0;
  #partsInFlight = 0;
  #connections = 0;
  readonly #waiting: PartInput[] = [];
  #pieces: Uint8Array[] = [];
  #blocks: JournalBlock[] = [];
  #partOffset = 0;
  #partLength = 0;
  #nextPart = 1;
  #chunks: ChunkRef[] = [];
  #superblock: Uint8Array<ArrayBuffer> | null = null;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void)[] = [];

  constructor(options: ContainerUploadOptions) {
    this.#options = options;
  }

  /** Goes on with a former run: its blocks keep their places, and `missing` parts are sent from the spool. */
  resume(content: JournalContent, missing: readonly { part: JournalPart; body: Uint8Array<ArrayBuffer> }[]): void {
    const { builder } = this.#options;
    for (const part of content.parts) {
      for (const { imageBlock, receipt } of part.blocks) {
        if (imageBlock === summaryBlock) builder.placeSummary(receipt);
        else builder.placeBlock(imageBlock, receipt);
      }
      this.#nextPart = Math.max(this.#nextPart, part.n + 1);
    }
    for (const { part, body } of missing) this.#send(part.n, part.offset, part.sha256, body);
  }

  /** For `ArenaWriter.onChunk`. */
  onChunk(ref: ChunkRef): void {
    this.#chunks.push(ref);
  }

  /** For `ArenaWriter.onBlock`. Zeros are a hole; block 0 waits, because a file is complete only with all the others. */
  onBlock(imageBlock: number, plain: Uint8Array<ArrayBuffer>): void {
    if (imageBlock === 0) {
      this.#superblock = plain;
      return;
    }
    if (zeroBlock.equals(plain)) return;
    this.#blocksInFlight++;
    this.#options.pool.seal(plain).then(
      (packed) => {
        this.#blocksInFlight--;
        this.#guard(() => this.#add(imageBlock, packed));
        this.#wakeAll();
      },
      (error) => this.#fail(error),
    );
  }

  /** A promise when the producer must wait; it rejects when the upload has failed. */
  room(): Promise<void> | undefined {
    if (this.#failure === null && !this.#isFull()) return undefined;
    return this.#until(() => !this.#isFull());
  }

  /** Closes the image: the last blocks, the summary, and the mark that only metadata is left. */
  async finishImage(end: JournalEnd, summary: Uint8Array): Promise<void> {
    await this.#until(() => this.#blocksInFlight === 0);
    if (this.#superblock !== null) this.#add(0, sealBlock(this.#superblock, this.#options.keys));
    this.#add(summaryBlock, sealBlock(summary, this.#options.keys));
    this.#closePart(end);
  }

  /** Sends metadata, block map and, last, the head. Afterwards the file can be committed. */
  async finishFile(
    container: FinishedContainer,
  ): Promise<{ readonly blockMapSha256: string; readonly headSha256: string }> {
    await this.#until(() => this.#partsInFlight === 0);
    const { vault, uploadId, signal } = this.#options;
    const metadata = concatBytes(container.metadata.map((piece) => piece.bytes));
    const start = container.metadata[0]?.offset ?? 0;
    for (let at = 0; at < metadata.length; at += partBytes) {
      const body = metadata.slice(at, at + partBytes);
      this.#send(this.#nextPart++, start + at, sha256Of(body), body);
      await this.room();
    }
    await this.#until(() => this.#partsInFlight === 0);
    const call = signal === undefined ? {} : { signal };
    const { sha256: blockMapSha256 } = await vault.putBlockMap(uploadId, encodeBlockMap(container.blockMap), call);
    const head = new Uint8Array(container.head);
    const headSha256 = sha256Of(head);
    await vault.putPart(uploadId, { n: 0, offset: 0, sha256: headSha256, body: head }, call);
    this.#options.onSent?.(head.length);
    return { blockMapSha256, headSha256 };
  }

  #add(imageBlock: number, packed: PackedBlock): void {
    const { stored, ...receipt } = packed;
    if (this.#partLength + stored.length > partBytes) this.#closePart(null);
    const placed = this.#place(imageBlock, receipt);
    if (this.#pieces.length === 0) this.#partOffset = placed;
    this.#pieces.push(stored);
    this.#partLength += stored.length;
    this.#blocks.push({ imageBlock, receipt });
  }

  #place(imageBlock: number, receipt: BlockReceipt): number {
    const { builder } = this.#options;
    return (imageBlock === summaryBlock ? builder.placeSummary(receipt) : builder.placeBlock(imageBlock, receipt))
      .offset;
  }

  #closePart(end: JournalEnd | null): void {
    if (this.#pieces.length === 0) return;
    const body = concatBytes(this.#pieces);
    const sha256 = sha256Of(body);
    const n = this.#nextPart++;
    const part = { n, offset: this.#partOffset, length: body.length, sha256, blocks: this.#blocks };
    this.#options.journal.add(part, body, this.#chunks, end);
    this.#pieces = [];
    this.#blocks = [];
    this.#chunks = [];
    this.#partLength = 0;
    this.#send(n, part.offset, sha256, body);
  }

  /** Four parts travel at a time, as the vault allows; blocks that were being sealed may make one or two more wait. */
  #send(n: number, offset: number, sha256: string, body: Uint8Array<ArrayBuffer>): void {
    this.#partsInFlight++;
    this.#waiting.push({ n, offset, sha256, body });
    this.#sendNext();
  }

  #sendNext(): void {
    if (this.#connections >= connectionsMax || this.#failure !== null) return;
    const part = this.#waiting.shift();
    if (part === undefined) return;
    this.#connections++;
    const { n, body } = part;
    const { vault, uploadId, signal } = this.#options;
    vault.putPart(uploadId, part, signal === undefined ? {} : { signal }).then(
      () => {
        this.#connections--;
        this.#sendNext();
        this.#partsInFlight--;
        this.#guard(() => this.#options.journal.confirmed(n));
        this.#options.onSent?.(body.length);
        this.#wakeAll();
      },
      (error) => this.#fail(error),
    );
  }

  #isFull(): boolean {
    return this.#blocksInFlight >= blocksInFlightMax || this.#partsInFlight >= partsInFlightMax;
  }

  async #until(isReached: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure.error;
      if (isReached()) return;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
