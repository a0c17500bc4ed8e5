const minuteMs = 60_000;

/** Every figure about reconciliation. */
export const reconciliationLimits = {
  runEveryMs: 15 * minuteMs,
  /** Pause after the first try in vain; doubled after each further one. */
  retryFirstMs: 5 * minuteMs,
  retryMaxMs: 24 * 60 * minuteMs,
  listedMax: 200,
  /** Settled drifts are shown so long. */
  settledShownMs: 7 * 24 * 60 * minuteMs,
  troubleCharsMax: 500,
} as const;
