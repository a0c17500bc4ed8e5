import { hourMs } from "./started-units.ts";
import type { StoredDelta } from "./usage.ts";

export interface StoredHour {
  readonly hourMs: number;
  /** The integral of the level over the hour; exact to the millisecond, rounded down once. */
  readonly byteSeconds: bigint;
}

/** Byte-seconds of each whole UTC hour from one hour to another (exclusive), given the level before and the deltas since. */
export function byteSecondsByHour(
  levelBefore: bigint,
  deltas: readonly StoredDelta[],
  fromHourMs: number,
  untilHourMs: number,
): StoredHour[] {
  const hours: StoredHour[] = [];
  let level = levelBefore;
  let next = 0;
  for (let startMs = fromHourMs; startMs < untilHourMs; startMs += hourMs) {
    const endMs = startMs + hourMs;
    let byteMs = 0n;
    let reachedMs = startMs;
    for (let delta = deltas[next]; delta !== undefined && delta.atMs < endMs; delta = deltas[next]) {
      const atMs = Math.max(delta.atMs, reachedMs);
      byteMs += level * BigInt(atMs - reachedMs);
      reachedMs = atMs;
      level += delta.bytes;
      next++;
    }
    byteMs += level * BigInt(endMs - reachedMs);
    hours.push({ hourMs: startMs, byteSeconds: byteMs / 1000n });
  }
  return hours;
}
