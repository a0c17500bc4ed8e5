/** Named limits of spaces. */
export const spacesLimits = {
  spacesPerTenantMax: 200,
  lockDaysDefault: 14,
  lockDaysMax: 3650,
  /** Kept beyond the quota for keyrings, VBMs and block maps, so that a full space still works. */
  metadataReserveBytes: 64n * 1024n * 1024n,
  metadataReserveDivisor: 100n,
  thresholds: [80, 90, 95],
} as const;
