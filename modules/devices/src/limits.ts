/** Named limits of devices. */
export const devicesLimits = {
  /** After so long people are asked whether they still have a backup password. */
  keyProofMs: 90 * 86_400_000,
  /** A good backup within so long protects. */
  protectedMs: 48 * 3_600_000,
  troublesShown: 20,
  devicesPerTenantMax: 5000,
  enrolmentLifeMs: 60 * 60_000,
  enrolmentsOpenMax: 200,
  restoreTokenHoursMax: 24,
  restoreTokensOpenMax: 20,
  /** How long an answer about a token is believed without asking again; a hint ends it at once. */
  tokenCacheMs: 5_000,
  tokenCacheEntriesMax: 20_000,
  /** last_seen_at is written at most this often for one device. */
  touchEveryMs: 60_000,
  /** A device heard of within this time is shown as connected. */
  connectedMs: 3 * 60_000,
  runsShown: 90,
  /** Codes that expired, and reports of runs, are kept so long. */
  tokensKeptMs: 24 * 3_600_000,
  reportsKeptMs: 400 * 24 * 3_600_000,
  sweepEveryMs: 24 * 3_600_000,
  versionsListedMax: 50,
} as const;
