import { fileURLToPath } from "node:url";
import { Worker, workerData } from "node:worker_threads";

/** What `threads.ts` runs in a thread of this name. */
export type ThreadName = "seal" | "unseal";

/** As the bundler names it. */
const threadsFile = "casaforte-agent-threads.cjs";

interface ThreadData {
  readonly thread: ThreadName;
  readonly data: unknown;
}

/**
 * A thread of this program. It begins in a file of its own, beside the bundle: to load the whole program costs more
 * processor time than a thread needs for some hundred MiB.
 */
export function startThread(thread: ThreadName, data: unknown): Worker {
  const isSource = fileURLToPath(import.meta.url).endsWith(".ts");
  const program = new URL(isSource ? "./threads.ts" : `./${threadsFile}`, import.meta.url);
  // Nothing of the environment is a thread's business but where compiled code is kept: it halves what starting one costs.
  const kept = process.env["NODE_COMPILE_CACHE"];
  const env = kept === undefined ? {} : { NODE_COMPILE_CACHE: kept };
  return new Worker(program, { workerData: { thread, data } satisfies ThreadData, env });
}

export const threadName = (): ThreadName => (workerData as ThreadData).thread;

/** What the thread was born with. */
export const workerDataOf = <T>(): T => (workerData as ThreadData).data as T;
