import { fileURLToPath } from "node:url";
import { Worker, workerData } from "node:worker_threads";

/** What `threads.ts` runs in a thread of this name. */
export type ThreadName = "seal" | "unseal" | "read" | "compare";

/** As the bundler names it. */
const threadsFile = "casaforte-agent-threads.cjs";

const compiledVariable = "NODE_COMPILE_CACHE";
let compiledFolder: string | undefined;
const tunablesVariable = "GLIBC_TUNABLES";

/**
 * Takes what the launcher set for this program alone out of the environment: no other program that this one starts shall
 * write where compiled code is kept, or have its memory laid out as this one's.
 */
export function takeLauncherVariables(): void {
  compiledFolder = process.env[compiledVariable];
  delete process.env[compiledVariable];
  const others = process.env[tunablesVariable]?.replace(/:?glibc\.malloc\.hugetlb=1$/, "");
  if (others) process.env[tunablesVariable] = others;
  else delete process.env[tunablesVariable];
}

/** Threads that were started before it was known what for. */
const spares: { readonly thread: ThreadName; readonly worker: Worker }[] = [];

/**
 * A thread of this program. It begins in a file of its own, beside the bundle: to load the whole program costs more
 * processor time than a thread needs for some hundred MiB. What it is born with is the first it is told.
 */
export function startThread(thread: ThreadName, data: unknown): Worker {
  const at = spares.findIndex((spare) => spare.thread === thread);
  const worker = spares.splice(at, at < 0 ? 0 : 1)[0]?.worker ?? newWorker(thread);
  worker.ref();
  worker.postMessage(data);
  return worker;
}

/**
 * Starts one that `startThread` takes, while this one has nothing to do but wait. It keeps no program alive: for
 * programs that end by themselves soon.
 */
export function warmThread(thread: ThreadName): void {
  const worker = newWorker(thread);
  const spare = { thread, worker };
  spares.push(spare);
  worker.unref();
  // One that cannot start is missed by nobody: whoever needs a thread starts another and is told what the trouble is.
  const drop = () => {
    const at = spares.indexOf(spare);
    if (at >= 0) spares.splice(at, 1);
  };
  worker.once("error", drop);
  worker.once("exit", drop);
}

function newWorker(thread: ThreadName): Worker {
  const isSource = fileURLToPath(import.meta.url).endsWith(".ts");
  const program = new URL(isSource ? "./threads.ts" : `./${threadsFile}`, import.meta.url);
  // Nothing of the environment is a thread's business but where compiled code is kept: run from its sources, it starts in half the time.
  const kept = compiledFolder ?? process.env[compiledVariable];
  const env = kept === undefined ? {} : { [compiledVariable]: kept };
  return new Worker(program, { workerData: thread, env });
}

/** Which thread this one is. */
export const threadName = (): ThreadName => workerData as ThreadName;
