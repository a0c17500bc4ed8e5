const dayMs = 86_400_000;

/** Named limits of departures and exports. */
export const departureLimits = {
  /** The customer may take its data away for this long after the end was asked for (Data Act, art. 25: at least 30 days). */
  retrievalMs: 30 * dayMs,
  /** Between the customer's wish for deletion before the window ends and the deletion; in it the wish can be taken back. */
  eraseGraceMs: 3 * dayMs,
  /** An export's archive stays this long. */
  exportLifeMs: 7 * dayMs,
  /** Exports that one customer may have waiting or running. */
  exportsAtOnce: 2,
  /** Rows erased in one transaction. */
  eraseBatch: 5_000n,
  /** Stored files looked at in one go. */
  blobBatch: 500,
  /** How often what is left is looked for again before the job is given back. */
  eraseRounds: 3,
  /** Rows read at a time for the settings archive. */
  exportPage: 500,
  /** Saved copies of the database that hold rows of a departed customer are gone after this; see the runbook. */
  savedCopiesMs: 35 * dayMs,
  /** How often due departures and old archives are looked for. */
  clockEveryMs: 60_000,
  /** Progress of an export is written down at most this often. */
  progressEveryMs: 2_000,
} as const;
