import type { BigIntStats } from "node:fs";
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { wholeFileBytesMax } from "@casaforte/arena";
import { assert } from "@casaforte/kernel";
import { filesBeforeReadAhead, filesPerReadMax, readAheadSlotBytes, readAheadSlots } from "../limits.ts";
import type { RawPath } from "../posix.ts";
import { startThread } from "../thread.ts";
import { SharedSlots } from "../upload/shared-slots.ts";
import { type FromReadWorker, idBytes, type ReadWorkerData, type ToReadWorker } from "./read-messages.ts";

export interface FilesAheadOptions {
  readonly chunkKey: Uint8Array;
  /** Small files that are not taken on before a thread is started. */
  readonly filesBefore?: number;
}

/** A file's bytes with the id of its one chunk; good until the file is done. */
export interface ReadFile {
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
}

/** Files of one slot, on their way together. */
interface Batch {
  readonly slot: number;
  readonly paths: string[];
  readonly seen: bigint[];
  lengthBytes: number;
  /** Files that are not done. */
  left: number;
  isSent: boolean;
  answer: Extract<FromReadWorker, { kind: "read" }> | null;
  readonly answered: PromiseWithResolvers<void>;
}

/** A file that is being read ahead. */
export interface FileAhead {
  /** Resolves when the file was looked at; undefined when it was already. @throws what ended the thread. */
  readonly arrival: () => Promise<void> | undefined;
  /** Once, after it arrived: the file as the walk saw it, or null where it is to be read in its turn. */
  readonly read: () => ReadFile | null;
  /** Once: its bytes are needed no more. */
  readonly done: () => void;
}

/**
 * Has a thread read and hash small files while the walk goes on to the next ones. It starts when there were many of
 * them, and takes none on before it runs: until then the walk is faster alone.
 */
export class FilesAhead implements AsyncDisposable {
  readonly #chunkKey: Uint8Array;
  readonly #slots = new SharedSlots(readAheadSlots, readAheadSlotBytes);
  readonly #sent = new Map<number, Batch>();
  #worker: Worker | null = null;
  readonly #begun = Promise.withResolvers<void>();
  #isRunning = false;
  #filesLeft: number;
  #open: Batch | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor({ chunkKey, filesBefore = filesBeforeReadAhead }: FilesAheadOptions) {
    this.#chunkKey = chunkKey;
    this.#filesLeft = availableParallelism() > 1 ? filesBefore : Number.POSITIVE_INFINITY;
  }

  /** Whether a file may be given to `add`: small, with one name and no holes, once the thread runs. */
  isFor({ size, blocks, nlink }: BigIntStats): boolean {
    if (size === 0n || size > BigInt(wholeFileBytesMax) || nlink !== 1n || blocks * 512n < size) return false;
    if (this.#filesLeft > 0) this.#filesLeft--;
    else void this.start();
    return this.#isRunning;
  }

  /** Starts the thread, once; resolves when it runs or never will. */
  start(): Promise<void> {
    if (this.#worker === null && this.#failure === null) this.#worker = this.#newWorker();
    return this.#begun.promise;
  }

  /** Takes a file on; null where files before it must be done first. */
  add(path: RawPath, { dev, ino, size, mtimeNs }: BigIntStats): FileAhead | null {
    const lengthBytes = Number(size);
    const isFull =
      this.#open !== null &&
      (this.#open.paths.length === filesPerReadMax || this.#open.lengthBytes + lengthBytes > readAheadSlotBytes);
    if (isFull) this.#send();
    this.#open ??= this.#newBatch();
    const batch = this.#open;
    if (batch === null) return null;
    const index = batch.paths.length;
    const at = batch.lengthBytes;
    batch.paths.push(path.toString("latin1"));
    batch.seen.push(dev, ino, size, mtimeNs);
    batch.lengthBytes += lengthBytes;
    batch.left++;
    return {
      arrival: () => this.#arrival(batch),
      read: () => this.#read(batch, { index, at, lengthBytes }),
      done: () => this.#done(batch),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new Error("reading ahead was ended"));
    await this.#worker?.terminate();
  }

  #newWorker(): Worker {
    const worker = startThread("read", { chunkKey: this.#chunkKey, room: this.#slots.memory } satisfies ReadWorkerData);
    worker.on("message", (message: FromReadWorker) => this.#heard(message));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(new Error("the reading thread ended by itself")));
    return worker;
  }

  #heard(message: FromReadWorker): void {
    if (message.kind === "begun") {
      this.#isRunning = true;
      this.#begun.resolve();
      return;
    }
    // An answer may still be on its way when reading ahead is ended: nobody waits for it.
    if (this.#failure !== null) return;
    const batch = this.#sent.get(message.slot);
    assert(batch !== undefined, "a thread answers what it was asked");
    this.#sent.delete(message.slot);
    batch.answer = message;
    batch.answered.resolve();
  }

  #newBatch(): Batch | null {
    const slot = this.#slots.take();
    if (slot === null) return null;
    const answered = Promise.withResolvers<void>();
    // The end of the thread is told to whoever waits for a file.
    answered.promise.catch(() => undefined);
    return { slot, paths: [], seen: [], lengthBytes: 0, left: 0, isSent: false, answer: null, answered };
  }

  #send(): void {
    const batch = this.#open;
    this.#open = null;
    if (batch === null) return;
    batch.isSent = true;
    if (this.#failure !== null) {
      batch.answered.reject(this.#failure.error);
      return;
    }
    this.#sent.set(batch.slot, batch);
    const { slot, paths, seen } = batch;
    this.#worker?.postMessage({ slot, paths, seen: new BigInt64Array(seen) } satisfies ToReadWorker);
  }

  #arrival(batch: Batch): Promise<void> | undefined {
    if (batch.answer !== null) return undefined;
    if (!batch.isSent) this.#send();
    return batch.answered.promise;
  }

  #read(batch: Batch, file: { index: number; at: number; lengthBytes: number }): ReadFile | null {
    const { answer, slot } = batch;
    assert(answer !== null, "a file is read after it arrived");
    if (answer.whole[file.index] !== 1) return null;
    const id = answer.ids.slice(file.index * idBytes, (file.index + 1) * idBytes);
    return { bytes: this.#slots.bytes(slot).subarray(file.at, file.at + file.lengthBytes), id };
  }

  #done(batch: Batch): void {
    if (--batch.left === 0) this.#slots.give(batch.slot);
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#begun.resolve();
    for (const batch of this.#sent.values()) batch.answered.reject(error);
    this.#sent.clear();
  }
}
