/** Named limits of the module. */
export const domainLimits = {
  localPartBytesMax: 64,
  domainBytesMax: 253,
  forwardTargetsMax: 50,
  domainsPerTenantMax: 500,
  addressesPerDomainMax: 10_000,
  txtRecordsMax: 100,
  dkimKeyBits: 2048,
} as const;
