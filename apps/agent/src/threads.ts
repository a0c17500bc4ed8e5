import { parentPort } from "node:worker_threads";
import { type ThreadName, threadName } from "./thread.ts";

/** The beginning of the program's threads: each loads only what it needs, and then waits to be told what it is born with. */
const load = async () => beginnings[threadName()]();

const beginnings = {
  seal: async () => (await import("./upload/seal-worker.ts")).beginSealing,
  unseal: async () => (await import("./download/unseal-worker.ts")).beginOpening,
  read: async () => (await import("./ahead/read-worker.ts")).beginReading,
  compare: async () => (await import("./ahead/compare-worker.ts")).beginComparing,
} as const satisfies Record<ThreadName, () => Promise<unknown>>;

// Whoever begins listens at once: what is told after the first message waits until then.
void load().then((begin) => parentPort?.once("message", begin));
