import { fileURLToPath } from "node:url";
import { Worker, workerData } from "node:worker_threads";

/** What `program.ts` runs in a thread of this name. */
export type ThreadName = "seal" | "unseal";

interface ThreadData {
  readonly thread: ThreadName;
  readonly data: unknown;
}

/** A thread of this program: the bundle is one file, so each thread begins at the program's own beginning. */
export function startThread(thread: ThreadName, data: unknown): Worker {
  const own = fileURLToPath(import.meta.url);
  const program = own.endsWith(".ts") ? new URL("./program.ts", import.meta.url) : own;
  // Nothing of the environment is a thread's business but where compiled code is kept: it halves what starting one costs.
  const kept = process.env["NODE_COMPILE_CACHE"];
  const env = kept === undefined ? {} : { NODE_COMPILE_CACHE: kept };
  return new Worker(program, { workerData: { thread, data } satisfies ThreadData, env });
}

export const threadName = (): ThreadName => (workerData as ThreadData).thread;

/** What the thread was born with. */
export const workerDataOf = <T>(): T => (workerData as ThreadData).data as T;
