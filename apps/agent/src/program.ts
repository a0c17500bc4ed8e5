import { isMainThread } from "node:worker_threads";
import { threadName } from "./thread.ts";

/** The one beginning of the program and of its threads: each loads only what it needs. */
if (isMainThread) void import("./main.ts").then(({ runMain }) => runMain());
else if (threadName() === "seal") void import("./upload/seal-worker.ts");
else void import("./download/unseal-worker.ts");
