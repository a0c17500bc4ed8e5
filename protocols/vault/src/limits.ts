/** Named limits of the vault protocol; a server announces its own in hello, never above these. */
export const vaultLimits = {
  /** The first bytes of a container file: header page and both commit slots. Always one part of its own, with its holes. */
  headBytes: 1_052_672,
  partBytesPreferred: 8 * 1024 * 1024,
  partBytesMax: 16 * 1024 * 1024,
  /** Parts of one upload; with preferred parts this allows files of 2 TiB. */
  partsMax: 262_144,
  /** Ranges of one compose request. */
  composeRangesMax: 400,
  fileBytesMax: 2 ** 44,
  /** Runs of zeros that one part leaves out. */
  partHolesMax: 32,
  partsInFlightMax: 4,
  /** A keyring with every record that it may have takes 1,104 bytes. */
  keyringBytesMax: 4096,
  /** New versions of keyrings that a device stores in 24 hours, in all its chains. */
  keyringVersionsPerDayMax: 10,
  /** Of the oldest, and of the newest, that a list of keyring versions names; those between go after some days. */
  keyringVersionsShown: 50,
  vbmBytesMax: 16 * 1024 * 1024,
  blockMapBytesMax: 256 * 1024 * 1024,
  jsonBytesMax: 64 * 1024,
  /** Kinds of notes that one report names. */
  reportNotesMax: 32,
  /** Client: JSON of one answer, and pages of one list: more than any of this protocol has. */
  replyBytesMax: 4 * 1024 * 1024,
  replyPagesMax: 2_000,
  pageSizeMax: 1000,
  pageSizeDefault: 200,
  fileNameCharsMax: 200,
  /** Chains of one device that may exist at a time. */
  chainsPerDeviceMax: 64,
  /** How long one request may wait for a change of the policy. */
  policyWaitSecondsMax: 50,
  uploadsOpenPerDeviceMax: 8,
  /** Client: tries of one request in all, and the longest pause between two. */
  triesMax: 8,
  retryPauseMsMax: 120_000,
  retryPauseMsFirst: 500,
  /** Client: how often one request may be put off by 429 before it is given up. */
  throttledMax: 10_000,
} as const;
