/** Named limits of every HTTP listener. */
export const httpLimits = {
  bodyBytesMax: 1024 * 1024,
  requestTimeoutMs: 120_000,
  keepAliveTimeoutMs: 65_000,
  closeGraceMs: 10_000,
} as const;
