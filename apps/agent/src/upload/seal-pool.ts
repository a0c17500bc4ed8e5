import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { assert } from "@casaforte/kernel";
import { blockBytes } from "@casaforte/vbk";
import type { BlockKeys, SealOptions } from "@casaforte/vbk/seal";
import { blocksInFlightMax, partBytes, partsInFlightMax, sealWorkersMax } from "../limits.ts";
import { startThread } from "../thread.ts";
import type { FromSealWorker, SealedPart, SealWorkerData, ToSealWorker } from "./seal-messages.ts";
import { SharedSlots } from "./shared-slots.ts";

export interface SealPoolOptions {
  readonly keys: BlockKeys;
  readonly compression?: SealOptions["compression"];
  /** Of the spool. */
  readonly directory: string;
  readonly workers?: number;
}

/** Who is told. `bytes` of a part are valid until `release` is called. */
export interface SealPoolListener {
  readonly nextPart: () => number;
  readonly onPart: (part: SealedPart, bytes: Uint8Array, release: () => void) => void;
  /** Something moved: a block was sealed, room came free. */
  readonly onTurn: () => void;
  readonly onError: (error: unknown) => void;
}

/** Blocks a thread has before it at one time: one in work, one behind it. */
const blocksPerWorker = 2;

interface Member {
  readonly worker: Worker;
  blocks: number;
  hasRoom: boolean;
}

/**
 * Seals blocks into parts in worker threads, over shared memory. Blocks are borrowed with `takeBlock`, filled, and
 * handed over with `seal`; each thread fills a part of its own, so the order of blocks in the file is that of their
 * parts' completion.
 */
export class SealPool implements AsyncDisposable {
  readonly #members: Member[] = [];
  readonly #workersMax: number;
  readonly #workerData: SealWorkerData;
  readonly #blocks = new SharedSlots(blocksInFlightMax + blocksOverMax, blockBytes);
  readonly #parts: SharedSlots;
  readonly #waiting: { imageBlock: number; slot: number }[] = [];
  #listener: SealPoolListener | null = null;
  #flushing: { left: number; sent: boolean; readonly done: () => void } | null = null;
  #closing = false;
  #sealedSinceStart = 0;

  constructor(options: SealPoolOptions) {
    this.#workersMax = options.workers ?? Math.min(availableParallelism(), sealWorkersMax);
    this.#parts = new SharedSlots(this.#workersMax + partsInFlightMax, partBytes);
    this.#workerData = {
      keys: options.keys,
      compression: options.compression,
      blocks: this.#blocks.memory,
      parts: this.#parts.memory,
      partBytes,
      directory: options.directory,
    };
  }

  /** Before the first block. */
  listen(listener: SealPoolListener): void {
    this.#listener = listener;
  }

  /** Whether whoever fills blocks must wait: only a chunk's worth of them is left. */
  get isFull(): boolean {
    return this.#blocks.inUse >= blocksInFlightMax;
  }

  /** A block of 1 MiB with anything in it. */
  takeBlock(): Uint8Array {
    const slot = this.#blocks.take();
    assert(slot !== null, "whoever fills blocks waits while the pool is full");
    return this.#blocks.bytes(slot);
  }

  /** Takes back a block that need not be sealed. */
  giveBlock(bytes: Uint8Array): void {
    const slot = this.#blocks.slotOf(bytes);
    if (slot !== null) this.#blocks.give(slot);
  }

  /** Room for a part that is made elsewhere once all blocks have left; until `release` is called. */
  takePart(): { readonly bytes: Uint8Array; readonly release: () => void } {
    const slot = this.#parts.take();
    assert(slot !== null, "whoever makes parts waits until one is on its way");
    return { bytes: this.#parts.bytes(slot), release: () => this.#parts.give(slot) };
  }

  /** A block out of `takeBlock`; it must not be touched afterwards. */
  seal(imageBlock: number, bytes: Uint8Array): void {
    const slot = this.#blocks.slotOf(bytes);
    assert(slot !== null && !this.#closing, "the block is the pool's, and the pool is open");
    this.#waiting.push({ imageBlock, slot });
    this.#distribute();
  }

  /**
   * Resolves when every block has left in a part; the last ones are not full. Gives back, to be sealed by the caller,
   * what was too little to start a thread for; `giveBlock` takes each when it is done.
   */
  async flush(): Promise<readonly { readonly imageBlock: number; readonly bytes: Uint8Array }[]> {
    if (this.#members.length === 0) {
      return this.#waiting.splice(0).map(({ imageBlock, slot }) => ({ imageBlock, bytes: this.#blocks.bytes(slot) }));
    }
    await new Promise<void>((done) => {
      this.#flushing = { left: this.#members.length, sent: false, done };
      this.#distribute();
    });
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#members.splice(0).map(({ worker }) => worker.terminate()));
  }

  #heard(member: Member, message: FromSealWorker): void {
    if (message.kind === "sealed") {
      member.blocks--;
      this.#sealedSinceStart++;
      this.#blocks.give(message.slot);
    } else if (message.kind === "part") {
      const { part } = message;
      member.hasRoom = false;
      this.#listener?.onPart(part, this.#parts.bytes(part.slot).subarray(0, part.lengthBytes), () => {
        this.#parts.give(part.slot);
        this.#distribute();
      });
    } else if (this.#flushing !== null && --this.#flushing.left === 0) {
      const { done } = this.#flushing;
      this.#flushing = null;
      done();
    }
    this.#distribute();
    this.#listener?.onTurn();
  }

  /** Threads cost time to start: a run with nothing new to say never has one. */
  #start(): void {
    const worker = startThread("seal", this.#workerData);
    const member: Member = { worker, blocks: 0, hasRoom: false };
    worker.on("message", (message: FromSealWorker) => this.#heard(member, message));
    worker.on("error", (error) => this.#listener?.onError(error));
    worker.on("exit", () => {
      if (!this.#closing) this.#listener?.onError(new Error("a sealing thread ended by itself"));
    });
    this.#members.push(member);
    this.#sealedSinceStart = 0;
  }

  #distribute(): void {
    // A thread started now would be nobody's to end, and keep the program from ending.
    if (this.#closing) return;
    // What waited for the first thread to wake says nothing about a second one.
    const isKnown = this.#members.length === 0 || this.#sealedSinceStart >= blocksBeforeNextThread;
    const isBusy = isKnown && this.#waiting.length > blocksWithoutThread;
    // Who is counted on to flush is there already.
    if (isBusy && this.#flushing === null && this.#members.length < this.#workersMax) this.#start();
    for (let block = this.#waiting[0]; block !== undefined; block = this.#waiting[0]) {
      const member = this.#members.find(({ blocks }) => blocks < 1) ?? this.#leastBusy();
      if (member === null) break;
      this.#waiting.shift();
      member.blocks++;
      tell(member, { kind: "block", ...block });
    }
    for (const member of this.#members) if (member.blocks > 0) this.#giveRoom(member);
    if (this.#flushing === null || this.#flushing.sent || this.#waiting.length > 0) return;
    this.#flushing.sent = true;
    for (const member of this.#members) tell(member, { kind: "flush" });
  }

  #leastBusy(): Member | null {
    return this.#members.find(({ blocks }) => blocks < blocksPerWorker) ?? null;
  }

  /** A part to fill, as long as there is room. */
  #giveRoom(member: Member): void {
    if (member.hasRoom || this.#listener === null) return;
    const slot = this.#parts.take();
    if (slot === null) return;
    member.hasRoom = true;
    tell(member, { kind: "room", slot, n: this.#listener.nextPart() });
  }
}

/** So many blocks wait for company before a thread, or one more, is started. */
const blocksWithoutThread = 3;
/** So many are sealed by the threads there are, before it is asked whether one more would be of use. */
const blocksBeforeNextThread = 3 * blocksInFlightMax;
/** What one slice of a file can add beyond the limit before its reader is told to wait: a chunk, and the catalogue. */
const blocksOverMax = 10;

const tell = ({ worker }: Member, message: ToSealWorker): void => worker.postMessage(message);
