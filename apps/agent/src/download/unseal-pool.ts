import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { assert, Failure } from "@casaforte/kernel";
import { blockBytes } from "@casaforte/vbk";
import { downloadSlotBytes, downloadsMax, plainBlocksMax, sealWorkersMax } from "../limits.ts";
import { startThread, warmThread } from "../thread.ts";
import type { FileOutcome, WorkFailure } from "../tree/file-work.ts";
import { SharedSlots } from "../upload/shared-slots.ts";
import type {
  FromUnsealWorker,
  SharedPiece,
  ToUnsealWorker,
  UnsealJob,
  UnsealOutcome,
  UnsealWorkerData,
} from "./unseal-messages.ts";

const unsealWorkers = (): number => Math.min(availableParallelism(), sealWorkersMax);

/** Starts the threads that a pool is going to need, while nothing else can be done. */
export function warmUnsealing(): void {
  for (let count = 0; count < unsealWorkers(); count++) warmThread("unseal");
}

interface Job {
  readonly done: (outcome: UnsealOutcome) => void;
  readonly fail: (error: unknown) => void;
}

type JobOf<K extends UnsealJob["kind"]> = Omit<Extract<UnsealJob, { kind: K }>, "kind">;

/**
 * Opens blocks in worker threads, over shared memory: what comes from the vault is copied once, into `stored`. The same
 * threads compare chunks and write files out of the open blocks. The end of one thread is the end of the pool.
 */
export class UnsealPool implements Disposable {
  /** Room for the answers to range requests. */
  readonly stored = new SharedSlots(downloadsMax, downloadSlotBytes);
  /** Plain blocks. */
  readonly blocks = new SharedSlots(plainBlocksMax, blockBytes);
  readonly #workers: { readonly worker: Worker; jobs: number }[] = [];
  readonly #jobs = new Map<number, Job>();
  readonly #workersMax: number;
  #nextId = 0;
  /** Why the pool takes no more jobs. */
  #ended: { readonly error: unknown } | null = null;

  constructor(workers = unsealWorkers()) {
    this.#workersMax = workers;
  }

  /** Threads cost time to start: only who reads ahead has them. */
  #start(): void {
    const workerData: UnsealWorkerData = { stored: this.stored.memory, blocks: this.blocks.memory };
    while (this.#workers.length < this.#workersMax) {
      const worker = startThread("unseal", workerData);
      const member = { worker, jobs: 0 };
      worker.on("message", ({ id, ...outcome }: FromUnsealWorker) => {
        member.jobs--;
        const job = this.#jobs.get(id);
        this.#jobs.delete(id);
        job?.done(outcome);
      });
      worker.on("error", (error) => void this.#end(error));
      worker.on("exit", () => void this.#end(new Error("an opening thread ended by itself")));
      this.#workers.push(member);
    }
  }

  /** Opens the stored bytes at an address of `stored` into a slot of `blocks`. @throws corrupt `vbk.block_*`. */
  async open(job: JobOf<"open">): Promise<void> {
    const outcome = await this.#run({ kind: "open", ...job });
    assert(outcome.kind === "opened", "a thread answers what it was asked");
    const { failure } = outcome;
    if (failure !== null) throw new Failure("corrupt", failure.code, failure.message);
  }

  async files(job: JobOf<"files">): Promise<readonly FileOutcome[]> {
    const outcome = await this.#run({ kind: "files", ...job });
    assert(outcome.kind === "files", "a thread answers what it was asked");
    return outcome.outcomes;
  }

  async chunk(job: JobOf<"chunk">): Promise<WorkFailure | null> {
    const outcome = await this.#run({ kind: "chunk", ...job });
    assert(outcome.kind === "chunk", "a thread answers what it was asked");
    return outcome.failure;
  }

  /** Where bytes lie in `blocks`; null when they lie elsewhere. */
  pieceOf(bytes: Uint8Array): SharedPiece | null {
    return bytes.buffer === this.blocks.memory ? { at: bytes.byteOffset, lengthBytes: bytes.length } : null;
  }

  #run(job: UnsealJob): Promise<UnsealOutcome> {
    if (this.#ended !== null) return Promise.reject(this.#ended.error);
    this.#start();
    const member = this.#memberFor(job);
    const id = this.#nextId++;
    member.jobs++;
    return new Promise((done, fail) => {
      this.#jobs.set(id, { done, fail });
      member.worker.postMessage({ ...job, id } satisfies ToUnsealWorker);
    });
  }

  /** Whoever is busy least; one file is written by one thread, since two would wait for each other in the system. */
  #memberFor(job: UnsealJob) {
    const writer = job.kind === "chunk" && job.fd !== null ? this.#workers[job.fd % this.#workers.length] : undefined;
    return writer ?? this.#workers.reduce((best, other) => (other.jobs < best.jobs ? other : best));
  }

  [Symbol.dispose](): void {
    void this.#end(new Error("opening was ended"));
  }

  /** No job fails before every thread has stopped: whoever is told closes the file that one may still be writing to. */
  async #end(error: unknown): Promise<void> {
    if (this.#ended !== null) return;
    this.#ended = { error };
    await Promise.allSettled(this.#workers.map(({ worker }) => worker.terminate()));
    for (const job of this.#jobs.values()) job.fail(error);
    this.#jobs.clear();
  }
}
