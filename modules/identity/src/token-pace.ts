import { type Clock, Failure } from "@casaforte/kernel";
import { identityLimits } from "./limits.ts";

/** Holds each token to a number of requests a minute, in this process. */
export interface TokenPace {
  /** @throws rate_limited `identity.token_pace`, with the instant to try again at. */
  take(tokenId: string): void;
}

/** @see TokenPace */
export function createTokenPace(clock: Clock): TokenPace {
  const minutes = new Map<string, { fromMs: number; count: number }>();
  return {
    take(tokenId) {
      const nowMs = clock.nowMs();
      let minute = minutes.get(tokenId);
      if (minute === undefined || nowMs - minute.fromMs >= 60_000) {
        if (minutes.size >= identityLimits.apiTokensPacedMax) minutes.clear();
        minute = { fromMs: nowMs, count: 0 };
        minutes.set(tokenId, minute);
      }
      if (++minute.count > identityLimits.apiTokenRequestsPerMinute)
        throw new Failure("rate_limited", "identity.token_pace", "this token asks too often", {
          details: { retryAtMs: minute.fromMs + 60_000 },
        });
    },
  };
}
