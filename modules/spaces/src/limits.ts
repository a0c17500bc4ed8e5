import { unvettedLimits } from "@casaforte/contract/tenants";

/** Named limits of spaces. */
export const spacesLimits = {
  spacesPerTenantMax: 200,
  /** Of an organisation that signed itself up, until an operator has vetted it: quotas in all, spaces. */
  unvettedBytesMax: BigInt(unvettedLimits.gigabytes) * 10n ** 9n,
  unvettedSpacesMax: unvettedLimits.spaces,
  lockDaysDefault: 14,
  lockDaysMax: 3650,
  /** Kept beyond the quota for keyrings, VBMs and block maps, so that a full space still works. */
  metadataReserveBytes: 64n * 1024n * 1024n,
  metadataReserveDivisor: 100n,
  keyringReserveDivisor: 4n,
  thresholds: [80, 90, 95],
} as const;
