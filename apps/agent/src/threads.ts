import { parentPort } from "node:worker_threads";
import { threadName } from "./thread.ts";

/** The beginning of the program's threads: each loads only what it needs, and then waits to be told what it is born with. */
const load = async () =>
  threadName() === "seal"
    ? (await import("./upload/seal-worker.ts")).beginSealing
    : (await import("./download/unseal-worker.ts")).beginOpening;

// Whoever begins listens at once: what is told after the first message waits until then.
void load().then((begin) => parentPort?.once("message", begin));
