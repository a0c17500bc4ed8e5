/** Named limits of placement. */
export const placementLimits = {
  addressesPerCallMax: 256,
  outlookWindowMs: 30 * 24 * 3_600_000,
} as const;
