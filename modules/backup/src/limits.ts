import { vaultLimits } from "@casaforte/vault";

const dayMs = 86_400_000;

/** Named limits of the backup module; those of the wire are in the vault protocol. */
export const backupLimits = {
  uploadIdleDaysMax: 7,
  /** How long a deleted point stays in the bin before its extents go. */
  binMs: 7 * dayMs,
  /** How long a part that no extent needs is kept: no shorter than the database's point-in-time recovery window. */
  partGraceMs: 7 * dayMs,
  /** A blob younger than this may still be waiting for its row. */
  orphanGraceMs: dayMs,
  scrubEveryMs: 30 * dayMs,
  /** What one scrub run of one tenant reads at most. */
  scrubBytesMax: 64n * 1024n ** 3n,
  scrubPageSize: 200,
  /** Verifications that a customer asks for: points a day, and how long after one the same point is not read again. */
  verificationsPerDayMax: 20,
  verifyAgainMs: 3_600_000,
  verifyPageSize: 50,
  /** Verifications go on in turns: how often one begins, and what it reads at most of one tenant. */
  verifyEveryMs: 5_000,
  verifyBytesMax: 4n * 1024n ** 3n,
  collectPageSize: 500,
  /** Expiry halts for a day when the clock moved back or jumped ahead by more than this between two ticks. */
  clockGapMs: 3_600_000,
  clockSteadyMs: dayMs,
  clockTickMs: 600_000,
  /** Stored pieces that one compose request may touch: as many as the largest file has parts, and as many again. */
  composePiecesMax: 2 * vaultLimits.partsMax,
  extentPageSize: 256,
  /** Bodies of `partBytesMax` that one process holds whole at the same time, to mend parts with them. */
  mendsAtOnceMax: 8,
  /** A reader or writer may run ahead of the space's rate by this much. */
  bandwidthBurstMs: 2_000,
  noticesEveryMs: 900_000,
  usageRowsMax: 50_000,
  /** Days of a calendar that is asked for at once. */
  pointTimesDaysMax: 62,
  /** Points of a chain that one transaction, and one run of the retention job, moves to the bin. */
  retentionPointsMax: 500,
  /** A point is merged when so many ancestors are kept for it alone. */
  mergeAncestorsMin: 7,
  /** An agent opens the upload of a composed full so long, at most, after it listed the chain's files. */
  revivedUnknownMs: dayMs,
  /** Earlier files that a point keeps for the time of its lock: with so many none of them is replaced any more. */
  earlierFilesMax: 8,
  /** And of a space: what all of them need and no live file does, as a part of the quota. */
  setAsideDivisor: 4n,
  /** Runs that an anomaly is judged by, at least and at most; and what is too little to judge. */
  anomalyRunsMin: 5,
  anomalyRunsSeen: 30,
  anomalyFilesMin: 100n,
  anomalyBytesMin: 1024n ** 3n,
  objectVersionsKept: 3,
  liveConnectionsPerTenantMax: 50,
  /** Ranges that browsers of one customer read at the same time. */
  restoreReadsPerTenantMax: 24,
  livePingMs: 25_000,
  liveStreamMsMax: 300_000,
} as const;
