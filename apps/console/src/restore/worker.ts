import { Failure } from "@casaforte/kernel";
import { createEngine } from "./engine.ts";
import { restoreLimits } from "./limits.ts";
import type { CallMessage, CrossedFailure, SaveProgress, WorkerMessage } from "./protocol.ts";

/** The worker's door: one message a call, one answer each. Keys are in here and go with it. */

const tell = (message: WorkerMessage): void => self.postMessage(message);

let toldMs = 0;
const engine = createEngine((progress: SaveProgress) => {
  const nowMs = performance.now();
  if (nowMs - toldMs < restoreLimits.progressEveryMs) return;
  toldMs = nowMs;
  tell({ progress });
});

let idle: ReturnType<typeof setTimeout> | undefined;
function stayAwake(): void {
  clearTimeout(idle);
  idle = setTimeout(() => {
    if (engine.isSaving()) return stayAwake();
    void engine.lock().then(() => tell({ locked: true }));
  }, restoreLimits.idleMs);
}

self.addEventListener("message", (event: MessageEvent<CallMessage>) => {
  const { call, name, args } = event.data;
  stayAwake();
  const method = engine[name] as (...given: readonly unknown[]) => Promise<unknown>;
  method(...args).then(
    (value) => tell({ reply: call, value }),
    (error: unknown) => tell({ reply: call, failure: crossed(error) }),
  );
});

function crossed(error: unknown): CrossedFailure {
  if (error instanceof Failure) return { kind: error.kind, code: error.code };
  if (error instanceof DOMException && error.name === "AbortError")
    return { kind: "cancelled", code: "restore.cancelled" };
  return { kind: "unavailable", code: "restore.internal" };
}
