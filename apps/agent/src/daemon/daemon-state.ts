import type { Failure } from "@casaforte/kernel";
import { z } from "zod";
import type { AgentHome, Shape } from "../state/home.ts";

const fileName = "daemon.json";

/** What the daemon remembers over a restart. */
export interface DaemonState {
  readonly policyId: string | null;
  readonly policyName: string | null;
  /** Runs that were to begin until then have begun, or were let go. */
  readonly servedUntilMs: number;
  readonly failures: number;
  readonly retryAtMs: number | null;
  readonly nextRunAt: string | null;
  /** When a sample was restored last; absent before the first time. */
  readonly verifiedAtMs?: number;
  /** When the vault was asked for a newer version last; absent before the first time. */
  readonly updateAskedAtMs?: number;
  /** The last run that somebody asked for and that has begun; absent before the first time. */
  readonly takenRequestId?: string;
}

const stateShape: Shape<DaemonState> = z.object({
  policyId: z.string().nullable(),
  policyName: z.string().nullable(),
  servedUntilMs: z.number(),
  failures: z.number(),
  retryAtMs: z.number().nullable(),
  nextRunAt: z.string().nullable(),
  verifiedAtMs: z.number().exactOptional(),
  updateAskedAtMs: z.number().exactOptional(),
  takenRequestId: z.string().exactOptional(),
});

/** Of a daemon that remembers nothing. */
export const freshState: DaemonState = {
  policyId: null,
  policyName: null,
  servedUntilMs: 0,
  failures: 0,
  retryAtMs: null,
  nextRunAt: null,
};

/** What the daemon said last, for `status` too; null also where it is damaged. */
export const readDaemonState = (home: AgentHome, onDamaged?: (error: Failure) => void): DaemonState | null =>
  home.readKept(fileName, stateShape, onDamaged);

export const keepDaemonState = (home: AgentHome, state: DaemonState): void => home.writeJson(fileName, state);
