/** Named limits of customers' audits. */
export const inspectionLimits = {
  /** Calendar days between the written notice and the first day (R68). */
  noticeDays: 30,
  /** How long an audit lasts at most, in days. */
  daysMax: 31,
  /** How far ahead it may be asked for. */
  aheadDaysMax: 366,
  auditorsMax: 5,
  listed: 200,
  clockEveryMs: 60_000,
  /** Entries of the log that the room lists; the pack holds them all. */
  logListed: 500,
  /** Bytes of an evidence pack, packed and unpacked. */
  packBytesMax: 256 * 1024 * 1024,
  packFilesMax: 100,
  /** One pack of a customer at most in so long, whoever asks: it costs the whole log. */
  packEveryMs: 10 * 60_000,
} as const;
