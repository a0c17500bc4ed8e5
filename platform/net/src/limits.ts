/** Named limits of every stream listener. */
export const netLimits = {
  connectionsMax: 20_000,
  connectionsPerAddressMax: 200,
  tlsHandshakeMs: 20_000,
  /** A proxy's header before the session: patience with it, and bytes behind the fixed part of a binary one. */
  proxyHeaderMs: 10_000,
  proxyHeaderBytesMax: 4_096,
  writeQueueBytes: 1024 * 1024,
  readQueueBytes: 256 * 1024,
  drainGraceMs: 10_000,
  /** For what was written before a connection is closed; whoever does not take it by then is cut off. */
  lastWordsMs: 120_000,
  /** For one question to the name servers, its repetitions, and all of it. */
  dnsTryMs: 2_000,
  dnsTries: 2,
  dnsMs: 8_000,
  /** Of a validating resolver, which may have a whole chain of keys to fetch before it answers. */
  dnsProofTries: 4,
  /** The longest answer over UDP (as of DNS flag day 2020), and aliases that are followed in one. */
  dnsPayloadBytes: 1_232,
  dnsAliasesMax: 16,
} as const;
