import { threadName } from "./thread.ts";

/** The beginning of the program's threads: each loads only what it needs. */
if (threadName() === "seal") void import("./upload/seal-worker.ts");
else void import("./download/unseal-worker.ts");
