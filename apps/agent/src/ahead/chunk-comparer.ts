import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { chunkBytesMax } from "@casaforte/arena";
import { comparedBytesBefore } from "../limits.ts";
import { startThread } from "../thread.ts";
import type { CompareWorkerData, FromCompareWorker, ToCompareWorker } from "./compare-messages.ts";
import { idBytes } from "./read-messages.ts";
import { type ExpectedChunk, isSameChunk } from "./same-chunk.ts";

export interface ChunkComparerOptions {
  readonly chunkKey: Uint8Array;
  /** Bytes that are compared before a thread is started. */
  readonly bytesBefore?: number;
}

/**
 * Looks which chunks of a file are what they were, half of them in another thread. It starts when there was so much to compare
 * that it is worth its start; until it runs all is compared here.
 */
export class ChunkComparer implements AsyncDisposable {
  readonly #chunkKey: Uint8Array;
  #bytesLeft: number;
  #worker: Worker | null = null;
  readonly #begun = Promise.withResolvers<void>();
  #isRunning = false;
  #asked: PromiseWithResolvers<Uint8Array> | null = null;
  #failure: { readonly error: unknown } | null = null;
  #room: Uint8Array | null = null;

  constructor({ chunkKey, bytesBefore = comparedBytesBefore }: ChunkComparerOptions) {
    this.#chunkKey = chunkKey;
    this.#bytesLeft = availableParallelism() > 1 ? bytesBefore : Number.POSITIVE_INFINITY;
  }

  /** Starts the thread, once; resolves when it runs or never will. */
  start(): Promise<void> {
    if (this.#worker === null && this.#failure === null) this.#worker = this.#newWorker();
    return this.#begun.promise;
  }

  /** Which of the chunks an open file has; it stays open until then. @throws what ended the thread. */
  async compare(fd: number, chunks: readonly ExpectedChunk[]): Promise<readonly boolean[]> {
    for (const { lengthBytes } of chunks) this.#bytesLeft -= lengthBytes;
    if (this.#bytesLeft < 0) void this.start();
    const here = this.#isRunning ? Math.ceil(chunks.length / 2) : chunks.length;
    const elsewhere = here < chunks.length ? this.#ask(fd, chunks.slice(here)) : null;
    this.#room ??= new Uint8Array(chunkBytesMax);
    const terms = { fd, chunkKey: this.#chunkKey, room: this.#room };
    const same = chunks.slice(0, here).map((chunk) => isSameChunk(terms, chunk));
    if (elsewhere !== null) for (const one of await elsewhere) same.push(one === 1);
    return same;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new Error("comparing was ended"));
    await this.#worker?.terminate();
  }

  #ask(fd: number, chunks: readonly ExpectedChunk[]): Promise<Uint8Array> {
    const asked = Promise.withResolvers<Uint8Array>();
    // The end of the thread is told to whoever awaits this.
    asked.promise.catch(() => undefined);
    if (this.#failure !== null) asked.reject(this.#failure.error);
    this.#asked = asked;
    const ids = new Uint8Array(chunks.length * idBytes);
    for (const [index, { id }] of chunks.entries()) ids.set(id, index * idBytes);
    const offsets = chunks.map(({ offsetBytes }) => offsetBytes);
    const lengths = chunks.map(({ lengthBytes }) => lengthBytes);
    this.#worker?.postMessage({ fd, offsets, lengths, ids } satisfies ToCompareWorker);
    return asked.promise;
  }

  #newWorker(): Worker {
    const worker = startThread("compare", { chunkKey: this.#chunkKey } satisfies CompareWorkerData);
    worker.on("message", (message: FromCompareWorker) => {
      if (message.kind === "compared") return this.#asked?.resolve(message.same);
      this.#isRunning = true;
      this.#begun.resolve();
    });
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(new Error("the comparing thread ended by itself")));
    return worker;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#begun.resolve();
    this.#asked?.reject(error);
  }
}
