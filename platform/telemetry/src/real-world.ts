import { getRandomValues } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Random } from "@casaforte/kernel";

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : undefined),
};

const pool = new Uint8Array(4096);
let poolAt = pool.length;

/** The operating system's random source, asked for many ids at a time; what was given is not kept. */
export const systemRandom: Random = {
  bytes(length) {
    if (length > pool.length / 16) return getRandomValues(new Uint8Array(length));
    if (poolAt + length > pool.length) {
      getRandomValues(pool);
      poolAt = 0;
    }
    const bytes = pool.slice(poolAt, poolAt + length);
    pool.fill(0, poolAt, poolAt + length);
    poolAt += length;
    return bytes;
  },
};
