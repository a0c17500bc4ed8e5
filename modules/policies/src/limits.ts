/** Named limits of policies, beside those of the contract. */
export const policiesLimits = {
  /** A wish to run now is forgotten after a day. */
  runRequestLifeMs: 24 * 3_600_000,
  /** A pause ends by itself after so long at the latest. */
  pauseMsMax: 90 * 86_400_000,
  /** Long polls of one device that may wait at a time; more are answered at once. */
  waitsPerDeviceMax: 2,
  /** Runs that a preview lists. */
  previewRunsShown: 5,
  /** Runs of a schedule that a preview looks at, and how far ahead. */
  previewRunsMax: 400,
  previewAheadMs: 366 * 86_400_000,
} as const;
