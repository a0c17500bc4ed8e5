/** Named limits of talking to a certificate authority. */
export const acmeLimits = {
  /** For one request and its whole answer. */
  requestMs: 30_000,
  answerBytesMax: 256 * 1024,
  /** Requests that a fresh nonce may cost (RFC 8555 §6.5). */
  noncesMax: 20,
  /** Between two looks at what the authority is still doing, when it names no time itself. */
  pollMs: 2_000,
  /** How long one call waits for it in all; the order goes on without us. */
  waitMs: 90_000,
  /** Longest wait that an authority may ask for. */
  retryAfterMsMax: 7 * 24 * 3_600_000,
  /** Of the authority's own words that are kept. */
  wordsMax: 500,
} as const;
