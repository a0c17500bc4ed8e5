import { getRandomValues } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Random } from "@casaforte/kernel";

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : undefined),
};

/** The operating system's random source. */
export const systemRandom: Random = {
  bytes: (length) => getRandomValues(new Uint8Array(length)),
};
