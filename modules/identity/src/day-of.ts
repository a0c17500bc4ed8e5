import type { Clock } from "@casaforte/kernel";

const dayMs = 86_400_000;

/** The number of today, for what is counted by the day. */
export const dayOf = (clock: Clock): number => Math.floor(clock.nowMs() / dayMs);
