/** Named limits of every stream listener. */
export const netLimits = {
  connectionsMax: 20_000,
  connectionsPerAddressMax: 200,
  tlsHandshakeMs: 20_000,
  writeQueueBytes: 1024 * 1024,
  readQueueBytes: 256 * 1024,
  drainGraceMs: 10_000,
  /** For one question to the name servers, its repetitions, and all of it. */
  dnsTryMs: 2_000,
  dnsTries: 2,
  dnsMs: 8_000,
} as const;
