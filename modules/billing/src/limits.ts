/** Named limits of billing. */
export const billingLimits = {
  invoicesListed: 200,
  lineUnitsListed: 2_000,
  /** Units of a line that one look rates again. */
  lineUnitsChecked: 20_000,
  lineMomentsChecked: 20_000,
  lineMomentsListed: 500,
  /** Lines that the preview of a price reads at once, and customers that it names. */
  previewPage: 2_000,
  previewCustomersListed: 20,
  archiveYears: 10,
  /** Whoever makes a document has committed it by then, or never will. */
  archiveSettleMs: 3_600_000,
  archiveCheckEveryMs: 24 * 3_600_000,
  archiveHashedAtOnce: 500,
  archiveReadAtOnce: 50,
  /** Days after the due date at which the first reminder, the second and the last warning go out (R48). */
  reminderDays: [3, 15, 30],
  budgetPercents: [50, 80, 100],
  /** An answer of VIES counts for so long. */
  vatCheckMs: 30 * 24 * 3_600_000,
  costsEveryMs: 3_600_000,
  collectEveryMs: 6 * 3_600_000,
  vatAskTimeoutMs: 10_000,
  csvRowsMax: 50_000,
  /** Months back of which licences are shown. */
  licenceMonthsMax: 24,
} as const;
