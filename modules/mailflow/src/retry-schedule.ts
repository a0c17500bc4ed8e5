import type { Random } from "@casaforte/kernel";
import { mailflowLimits } from "./limits.ts";

/**
 * Wait before the next try after `attempts` of them: five minutes, doubling to four hours, each up to a quarter longer by
 * chance so that a destination that comes back is not met by everything at once (RFC 5321 §4.5.4.1).
 */
export function retryWaitMs(attempts: number, random: Random): number {
  const wait = Math.min(
    mailflowLimits.retryMaxMs,
    mailflowLimits.retryFirstMs * 2 ** Math.min(Math.max(0, attempts - 1), 20),
  );
  return Math.round(wait * (1 + (random.bytes(1)[0] ?? 0) / 1024));
}
