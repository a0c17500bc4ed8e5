/** Named limits of the module. */
export const domainLimits = {
  localPartBytesMax: 64,
  /** Of addresses elsewhere: some lists write who they write to into their sender. */
  anyLocalPartBytesMax: 255,
  domainBytesMax: 253,
  forwardTargetsMax: 50,
  groupMembersMax: 500,
  /** Addresses that one address may lead to, its own targets and those behind them, and how many steps away they may be. */
  expansionMax: 1_000,
  expansionStepsMax: 20,
  /** Accounts that may send as one address. */
  sendRightsMax: 200,
  addressPageMax: 200,
  domainsPerTenantMax: 500,
  /** Ten thousand mailboxes, and their aliases and groups. */
  addressesPerDomainMax: 25_000,
  txtRecordsMax: 100,
  dkimKeyBits: 2048,
  /** How often keys that wait or went missing are looked for; the others after `dkimLookAgainMs`. */
  dkimLookMs: 10 * 60_000,
  dkimLookAgainMs: 6 * 3_600_000,
  /** How long a key stays in the DNS after the last message it signed. */
  dkimKeptMs: 14 * 24 * 3_600_000,
  /** After how long of signing the next key is made. */
  dkimRotateMs: 365 * 24 * 3_600_000,
} as const;
