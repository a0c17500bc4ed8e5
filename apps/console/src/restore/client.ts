import { type ErrorKind, Failure } from "@casaforte/kernel";
import type { CallMessage, CallName, RestoreCalls, SaveProgress, WorkerMessage } from "./protocol.ts";

export interface RestoreClient {
  /** No other worker's: row numbers mean nothing without it, and keys of what was answered hold it. */
  readonly id: number;
  call<Name extends CallName>(
    name: Name,
    ...args: Parameters<RestoreCalls[Name]>
  ): Promise<ReturnType<RestoreCalls[Name]>>;
  /** Ends the worker, and with it every key. What was not answered by then, and what is asked later, fails as `restore.cancelled`. */
  close(): void;
}

let workers = 0;

/** A worker of one's own, and the way to ask it. @throws what the engine throws, as a `Failure` of the same kind and code. */
export function startRestore(on: {
  readonly progress: (progress: SaveProgress) => void;
  readonly locked: () => void;
}): RestoreClient {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "restore" });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Failure) => void }>();
  let calls = 0;
  let isClosed = false;
  const endAll = (error: Failure) => {
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
  };
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => {
    if ("progress" in data) return on.progress(data.progress);
    if ("locked" in data) return on.locked();
    const call = waiting.get(data.reply);
    waiting.delete(data.reply);
    if ("failure" in data)
      call?.reject(new Failure(data.failure.kind as ErrorKind, data.failure.code, "the restore failed"));
    else call?.resolve(data.value);
  });
  worker.addEventListener("error", () => endAll(new Failure("unavailable", "restore.internal", "the worker ended")));
  const closed = () => new Failure("cancelled", "restore.cancelled", "the point was closed");
  return {
    id: ++workers,
    call(name, ...args) {
      return new Promise((resolve, reject) => {
        if (isClosed) return reject(closed());
        const call = ++calls;
        waiting.set(call, { resolve: resolve as (value: unknown) => void, reject });
        worker.postMessage({ call, name, args } satisfies CallMessage);
      });
    },
    close() {
      isClosed = true;
      worker.terminate();
      endAll(closed());
    },
  };
}
