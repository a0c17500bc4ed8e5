import { backupLimits } from "./limits.ts";

/** How a run ended, as much as tells an upheaval. */
export interface RunFigures {
  readonly runId: string;
  readonly filesTotal: bigint;
  readonly bytesSent: bigint;
}

export interface Anomaly {
  readonly kind: "shrink" | "upheaval";
  readonly runId: string;
  /** Files, or bytes sent, of a usual run and of this one. */
  readonly usual: bigint;
  readonly found: bigint;
}

/**
 * What of the newest run looks like an attack or a mistake, against the runs before it: half of the files gone, or so much
 * sent anew as encryption of everything would bring. Pure; `runs` are newest first and those that made a point.
 */
export function findAnomalies(runs: readonly RunFigures[]): Anomaly[] {
  const [newest, ...before] = runs;
  if (!newest || before.length < backupLimits.anomalyRunsMin) return [];
  const found: Anomaly[] = [];
  const usualFiles = median(before.map((run) => run.filesTotal));
  if (usualFiles >= backupLimits.anomalyFilesMin && newest.filesTotal * 2n < usualFiles)
    found.push({ kind: "shrink", runId: newest.runId, usual: usualFiles, found: newest.filesTotal });
  const usualBytes = median(before.map((run) => run.bytesSent));
  const many = usualBytes * 20n > backupLimits.anomalyBytesMin ? usualBytes * 20n : backupLimits.anomalyBytesMin;
  if (newest.bytesSent > many)
    found.push({ kind: "upheaval", runId: newest.runId, usual: usualBytes, found: newest.bytesSent });
  return found;
}

function median(values: readonly bigint[]): bigint {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[Math.floor(sorted.length / 2)] ?? 0n;
}
