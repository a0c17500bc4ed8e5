export const auditLimits = {
  /** Entries chained in one transaction. */
  chainBatch: 500,
  chainEveryMs: 1_000,
  /** Heads are anchored at least this often… */
  anchorEveryMs: 60 * 60 * 1_000,
  /** …and whenever this many entries were chained since. */
  anchorAfterEntries: 1_000,
  /** Heads written in one anchor line. */
  anchorHeadsMax: 500,
  pageSizeMax: 500,
  exportPage: 1_000,
  exportEntriesMax: 1_000_000,
  detailsBytesMax: 32_768,
  findingsMax: 100,
} as const;
