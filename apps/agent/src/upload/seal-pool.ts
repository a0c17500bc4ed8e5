import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { assert } from "@casaforte/kernel";
import type { PackedBlock } from "@casaforte/vbk";
import type { BlockKeys } from "@casaforte/vbk/seal";
import { sealWorkersMax } from "../limits.ts";

interface Job {
  readonly resolve: (packed: PackedBlock) => void;
  readonly reject: (error: unknown) => void;
}

/** Seals blocks in worker threads. The plain block is handed over and must not be touched afterwards. */
export class SealPool implements AsyncDisposable {
  readonly #workers: Worker[] = [];
  readonly #jobs = new Map<number, Job>();
  #nextId = 0;
  #closing = false;

  constructor(keys: BlockKeys, workers = Math.min(availableParallelism(), sealWorkersMax)) {
    for (let index = 0; index < workers; index++) {
      const worker = new Worker(new URL("./seal-worker.ts", import.meta.url), { workerData: keys, env: {} });
      worker.on("message", ({ id, packed }: { id: number; packed: PackedBlock }) => {
        this.#jobs.get(id)?.resolve(packed);
        this.#jobs.delete(id);
      });
      worker.on("error", (error) => this.#fail(error));
      worker.on("exit", () => {
        if (!this.#closing) this.#fail(new Error("a sealing thread ended by itself"));
      });
      this.#workers.push(worker);
    }
  }

  seal(plain: Uint8Array<ArrayBuffer>): Promise<PackedBlock> {
    const id = this.#nextId++;
    const worker = this.#workers[id % this.#workers.length];
    assert(worker !== undefined && !this.#closing, "the pool is open");
    return new Promise((resolve, reject) => {
      this.#jobs.set(id, { resolve, reject });
      worker.postMessage({ id, plain }, [plain.buffer]);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#fail(new Error("sealing was ended"));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #fail(error: unknown): void {
    for (const job of this.#jobs.values()) job.reject(error);
    this.#jobs.clear();
  }
}
