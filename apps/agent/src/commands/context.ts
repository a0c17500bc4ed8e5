import type { PointReply, VaultClient } from "@casaforte/vault";
import type { StorageKey } from "@casaforte/vbk/seal";
import type { Notes } from "../notes.ts";
import type { AgentHome, Enrolment } from "../state/home.ts";

/** What a running command may touch. The commands print nothing: they give results and tell `onProgress`. */
export interface RunContext {
  readonly home: AgentHome;
  readonly enrolment: Enrolment;
  readonly vault: VaultClient;
  readonly storageKey: StorageKey;
  readonly notes: Notes;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

/** Where a run stands, often. */
export interface Progress {
  readonly phase: "reading" | "sending" | "finishing" | "restoring" | "verifying" | "exporting";
  readonly files: number;
  readonly bytes: number;
  readonly sentBytes: number;
}

export const agentVersion = "0.1.0";

/** What a command that reads a point may touch; it needs no enrolment. */
export interface ReadContext {
  /** Where this machine remembers what it made. */
  readonly home?: AgentHome;
  readonly vault: VaultClient;
  readonly storageKey: StorageKey;
  readonly point: PointReply;
  readonly notes: Notes;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}
