/** Named limits of placement. */
export const placementLimits = {
  addressesPerCallMax: 256,
  spacesPerPage: 100,
  outlookWindowMs: 30 * 24 * 3_600_000,
} as const;
