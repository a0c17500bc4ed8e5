/** Named limits of metering (security.md, check 40). */
export const meteringLimits = {
  /** A clock may be ahead by this much; later than that is refused. */
  futureSkewMs: 5 * 60_000,
  /** What happened before that can no longer be billed by an event. */
  ageMsMax: 400 * 24 * 3_600_000,
  quantityMax: 1_000_000n,
  deltaBytesMax: 2n ** 60n,
  closeEveryMs: 300_000,
  tenantsPerPage: 500,
  subjectsPerClose: 200,
  ledgerRowsPerPage: 1_000,
} as const;
