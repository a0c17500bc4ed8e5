export const idempotencyLimits = {
  keptMs: 24 * 60 * 60_000,
  keyCharsMax: 100,
  /** Of an answer; those of requests that make something are far smaller. */
  answerBytesMax: 1024 * 1024,
  sweepEveryMs: 60 * 60_000,
} as const;
