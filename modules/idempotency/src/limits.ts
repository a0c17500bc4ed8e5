export const idempotencyLimits = {
  keptMs: 24 * 60 * 60_000,
  keyCharsMax: 100,
  /** Of an answer; those of requests that make something are far smaller. */
  answerBytesMax: 1024 * 1024,
  /** Kept for one caller at once. */
  answersPerCallerMax: 20_000,
  /** When to ask again for an act that still runs. */
  runningRetryMs: 1_000,
  /** When to ask again where a caller has too many: answers go a day after they came. */
  tooManyRetryMs: 60 * 60_000,
  sweepEveryMs: 60 * 60_000,
  /** Of one customer in one transaction. */
  sweepRowsMax: 50_000,
} as const;
