/** Named limits of the job queue. */
export const jobLimits = {
  concurrency: 8,
  /** Recurring tasks that begin within one `pollMs`. */
  schedulesAtOnce: 4,
  pollMs: 1_000,
  leaseMs: 120_000,
  renewMs: 30_000,
  attemptsMax: 25,
  retryFirstMs: 2_000,
  retryMaxMs: 6 * 3_600_000,
  payloadBytesMax: 16_384,
} as const;

/** As PostgreSQL reads an interval. */
export const seconds = (ms: number): string => `${ms / 1000} seconds`;
