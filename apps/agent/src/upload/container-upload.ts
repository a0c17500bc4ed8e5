import { createHash } from "node:crypto";
import { blockSizeBytes, type ChunkRef } from "@casaforte/arena";
import { concatBytes } from "@casaforte/kernel";
import { encodeBlockMap, type PartInput, type VaultClient, withoutZeros } from "@casaforte/vault";
import type { FinishedContainer, VbkBuilder } from "@casaforte/vbk";
import { type BlockKeys, type SealOptions, sealBlock } from "@casaforte/vbk/seal";
import { connectionsMax, partBytes, partsInFlightMax } from "../limits.ts";
import { BlockRecords, type JournalBlock } from "./block-records.ts";
import { ChunkRecords } from "./chunk-records.ts";
import type { JournalContent, JournalEnd, JournalPart, UploadJournal } from "./journal.ts";
import { partsOf } from "./metadata-parts.ts";
import type { SealedPart } from "./seal-messages.ts";
import type { SealPool } from "./seal-pool.ts";

export interface ContainerUploadOptions {
  readonly vault: VaultClient;
  readonly uploadId: string;
  readonly builder: VbkBuilder;
  readonly journal: UploadJournal;
  readonly pool: SealPool;
  readonly keys: BlockKeys;
  readonly compression?: SealOptions["compression"];
  readonly signal?: AbortSignal | undefined;
  /** Holes that the vault takes in a part. */
  readonly holesMax: number;
  /** Bytes the vault has confirmed, as they come. */
  readonly onSent?: (lengthBytes: number) => void;
}

const zeroBlock = Buffer.alloc(blockSizeBytes);
const summaryBlock = -1;

interface WaitingPart extends PartInput {
  /** Called when the vault has it. */
  readonly confirmed: () => void;
}

/** Has blocks sealed into parts as the arena emits them, places them in the file, and keeps four parts on their way to the vault. */
export class ContainerUpload {
  readonly #options: ContainerUploadOptions;
  #partsInFlight = 0;
  #connections = 0;
  readonly #waiting: WaitingPart[] = [];
  #nextPart = 1;
  readonly #chunks: ChunkRecords;
  #superblock: Uint8Array | null = null;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void)[] = [];

  constructor(options: ContainerUploadOptions) {
    this.#options = options;
    // A journal that cannot be written ends the run, not the file that happened to be read.
    this.#chunks = new ChunkRecords((piece) => this.#guard(() => options.journal.addChunks(piece)));
    options.pool.listen({
      nextPart: () => this.#nextPart++,
      onPart: (part, bytes, release) => this.#guard(() => this.#take(part, bytes, release)),
      onTurn: () => this.#wakeAll(),
      onError: (error) => this.#fail(error),
    });
  }

  /** Goes on with a former run: its blocks keep their places, and `missing` parts are sent from the spool. */
  resume(content: JournalContent, missing: readonly { part: JournalPart; body: Uint8Array<ArrayBuffer> }[]): void {
    for (const part of content.parts) {
      this.#place(part.blocks);
      this.#nextPart = Math.max(this.#nextPart, part.n + 1);
    }
    for (const { part, body } of missing) this.#send(part, body, () => undefined);
  }

  /** For `ArenaWriter.onChunk`. */
  onChunk(ref: ChunkRef): void {
    this.#chunks.add(ref);
  }

  /** For `ArenaWriter.newBlock`. */
  newBlock(): Uint8Array {
    return this.#options.pool.takeBlock();
  }

  /** For `ArenaWriter.onBlock`. Zeros are a hole; block 0 waits, because a file is complete only with all the others. */
  onBlock(imageBlock: number, plain: Uint8Array): void {
    if (imageBlock === 0) this.#superblock = plain;
    else if (zeroBlock.equals(plain)) this.#options.pool.giveBlock(plain);
    else this.#options.pool.seal(imageBlock, plain);
  }

  /** A promise when the producer must wait; it rejects when the upload has failed. */
  room(): Promise<void> | undefined {
    const { pool } = this.#options;
    if (this.#failure === null && !pool.isFull) return undefined;
    return this.#until(() => !pool.isFull);
  }

  /** Closes the image: the last blocks, block 0, the summary, and the mark that only metadata is left. */
  async finishImage(end: JournalEnd, summary: Uint8Array): Promise<void> {
    const { pool, keys, journal, compression } = this.#options;
    let left: Awaited<ReturnType<SealPool["flush"]>> | null = null;
    pool.flush().then(
      (blocks) => {
        left = blocks;
        this.#wakeAll();
      },
      (error) => this.#fail(error),
    );
    await this.#until(() => left !== null);
    const options = compression ? { compression } : {};
    const pieces: Uint8Array[] = [];
    const sealed: JournalBlock[] = [];
    const add = (imageBlock: number, plain: Uint8Array): void => {
      const { stored, ...receipt } = sealBlock(plain, keys, options);
      pieces.push(stored);
      sealed.push({ imageBlock, receipt });
    };
    for (const { imageBlock, bytes } of left ?? []) {
      add(imageBlock, bytes);
      pool.giveBlock(bytes);
    }
    // Metadata need the room that the threads have.
    await pool[Symbol.asyncDispose]();
    if (this.#superblock !== null) add(0, this.#superblock);
    add(summaryBlock, summary);
    const body = concatBytes(pieces);
    const blocks = BlockRecords.of(sealed, keys.keySetId);
    const part = {
      n: this.#nextPart++,
      offset: this.#place(blocks),
      length: body.length,
      sha256: sha256Of(body),
      blocks,
    };
    journal.spool(part.n, body);
    this.#chunks.flush();
    journal.add(part, end);
    this.#send(part, body, () => undefined);
  }

  /** Sends metadata, head and block map beside the last blocks. Then the file can be committed. */
  async finishFile(
    container: FinishedContainer,
  ): Promise<{ readonly blockMapSha256: string; readonly headSha256: string }> {
    const { pool, holesMax } = this.#options;
    for (const { offset, bytes } of partsOf(container.metadata, partBytes)) {
      await this.#until(() => this.#partsInFlight < partsInFlightMax);
      const room = pool.takePart();
      const { body, holes } = withoutZeros(bytes, holesMax, room.bytes);
      const part = { n: this.#nextPart++, offset, sha256: sha256Of(body), holes };
      this.#send(part, body, room.release);
    }
    const { body, holes } = withoutZeros(container.head, holesMax);
    const headSha256 = sha256Of(body);
    this.#send({ n: 0, offset: 0, sha256: headSha256, holes }, body, () => undefined);
    const blockMapSha256 = await this.#sendBlockMap(encodeBlockMap(container.blockMap));
    await this.#until(() => this.#partsInFlight === 0);
    return { blockMapSha256, headSha256 };
  }

  /** It takes one of the connections, as a part does. */
  async #sendBlockMap(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    await this.#until(() => this.#connections < connectionsMax);
    const { vault, uploadId, signal } = this.#options;
    this.#connections++;
    try {
      return (await vault.putBlockMap(uploadId, bytes, signal === undefined ? {} : { signal })).sha256;
    } finally {
      this.#connections--;
      this.#sendNext();
    }
  }

  /** A part from a sealing thread: in the spool already, now placed in the file, journalled, and sent. */
  #take(sealed: SealedPart, bytes: Uint8Array, release: () => void): void {
    const { n, lengthBytes: length, sha256, slot } = sealed;
    const blocks = new BlockRecords(sealed.blocks, this.#options.keys.keySetId);
    const part = { n, offset: this.#place(blocks), length, sha256, blocks, spoolSlot: slot };
    this.#chunks.flush();
    this.#options.journal.add(part, null);
    this.#send(part, bytes, release);
  }

  /** Gives blocks their places, one behind the other; returns where the first is. */
  #place(blocks: BlockRecords): number {
    const { builder } = this.#options;
    const offset = builder.nextOffset;
    for (let index = 0; index < blocks.count; index++) {
      const imageBlock = blocks.imageBlock(index);
      const receipt = blocks.receipt(index);
      if (imageBlock === summaryBlock) builder.placeSummary(receipt);
      else builder.placeBlock(imageBlock, receipt);
    }
    return offset;
  }

  #send(part: Omit<PartInput, "body">, body: Uint8Array, confirmed: () => void): void {
    const { n, offset, sha256, holes = [] } = part;
    this.#partsInFlight++;
    // Our own `fetch` sends shared memory as it is; the platform's would not.
    this.#waiting.push({ n, offset, sha256, holes, body: body as Uint8Array<ArrayBuffer>, confirmed });
    this.#sendNext();
  }

  /** Four parts travel at a time, as the vault allows. */
  #sendNext(): void {
    if (this.#connections >= connectionsMax || this.#failure !== null) return;
    const part = this.#waiting.shift();
    if (part === undefined) return;
    this.#connections++;
    const { n, body, confirmed } = part;
    const { vault, uploadId, signal } = this.#options;
    vault.putPart(uploadId, part, signal === undefined ? {} : { signal }).then(
      () => {
        this.#connections--;
        this.#partsInFlight--;
        this.#guard(() => this.#options.journal.confirmed(n));
        confirmed();
        this.#sendNext();
        this.#options.onSent?.(body.length);
        this.#wakeAll();
      },
      (error) => this.#fail(error),
    );
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
