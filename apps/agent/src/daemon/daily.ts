import { createHash } from "node:crypto";

const dayMs = 86_400_000;

/** Whether a day has passed; a clock that was set back makes nothing wait for longer than that. */
export const dailyDue = (lastMs: number, nowMs: number): boolean => nowMs - lastMs >= dayMs || lastMs > nowMs;

/** When it would have been done last, so that each device has an hour of its own for it. */
export function firstDailyMs(deviceId: string, nowMs: number): number {
  const share = createHash("sha256").update(deviceId).digest().readUInt32BE(0) / 2 ** 32;
  return nowMs - Math.floor(share * dayMs);
}
