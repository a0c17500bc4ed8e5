import { Failure } from "@casaforte/kernel";
import type { FileKind, PartState } from "../contract.ts";
import type { PartHole } from "../holes.ts";
import type { DevicePolicyReply, PolicyAcknowledgement } from "../policy-contract.ts";
import type { RunReport } from "../report-contract.ts";

export interface MemorySpace {
  readonly spaceId: string;
  readonly name: string;
  quotaBytes: number;
  readonly lockDays: number;
  readonly bandwidthBytesPerSecond: number | null;
  pendingBytes: number;
  suspended: boolean;
}

/** What a device is to follow, what it said to that, and who waits for another. */
export interface MemoryPolicy {
  generation: number;
  reply: DevicePolicyReply;
  readonly acknowledgements: PolicyAcknowledgement[];
  readonly waiting: Set<() => void>;
}

export interface MemoryDevice {
  readonly deviceId: string;
  readonly name: string;
  readonly space: MemorySpace;
  readonly reports: Map<string, RunReport>;
  readonly policy: MemoryPolicy;
  revoked: boolean;
  partsInFlight: number;
}

export interface MemoryObject {
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

export interface MemoryChain {
  readonly chainId: string;
  readonly device: MemoryDevice;
  readonly createdMs: number;
  label: string;
  readonly objects: Record<"keyring" | "vbm", (MemoryObject & { readonly storedMs: number })[]>;
}

export interface MemoryPart extends PartState {
  /** Zeros that `bytes` leave out. */
  readonly holes?: readonly PartHole[];
  readonly bytes: Uint8Array;
  /** The stored part that `bytes` are of. */
  readonly whole: Uint8Array;
}

export interface MemoryFile {
  readonly fileId: string;
  readonly standsFor: string | null;
  readonly pointId: string;
  readonly chain: MemoryChain;
  readonly kind: FileKind;
  readonly fileName: string;
  readonly size: number;
  readonly fileRoot: string;
  parent: { readonly fileId: string; readonly fileRoot: string } | null;
  readonly blockMap: MemoryObject;
  readonly parts: readonly MemoryPart[];
  readonly atMs: number;
  lockedUntilMs: number;
  deleted: boolean;
}

export interface MemoryUpload {
  readonly uploadId: string;
  readonly key: string;
  readonly chain: MemoryChain;
  readonly input: string;
  readonly kind: FileKind;
  readonly fileName: string;
  readonly parent: { readonly fileId: string; readonly fileRoot: string } | null;
  readonly estimatedBytes: number;
  readonly parts: Map<number, MemoryPart>;
  /** References to stored bytes, by their place in the new file. */
  readonly composed: Map<number, MemoryPart>;
  readonly replaces: { readonly pointId: string; readonly fileRoot: string } | null;
  blockMap: (MemoryObject & { readonly end: number }) | null;
  state: "open" | "committed" | "aborted";
  file: MemoryFile | null;
  lastPartMs: number;
}

/** Everything a memory vault knows. */
export class MemoryVaultState {
  /** Holes are announced and taken. */
  leaveOutZeros = true;
  /** A point is replaced only while what builds on it is one line of live ones. */
  refusesBranches = true;
  readonly spaces = new Map<string, MemorySpace>();
  readonly enrolments = new Map<string, { readonly space: MemorySpace; readonly untilMs: number }>();
  readonly tokens = new Map<
    string,
    { readonly access: "device" | "restore"; readonly device: MemoryDevice; readonly untilMs: number }
  >();
  readonly chains = new Map<string, MemoryChain>();
  readonly uploads = new Map<string, MemoryUpload>();
  /** In the order of their commits. */
  readonly files: MemoryFile[] = [];

  /** What the live files of a space need, each stored part once. */
  usedBytes(space: MemorySpace): number {
    const needed = new Set<Uint8Array>();
    for (const file of this.files)
      if (!file.deleted && file.chain.device.space === space) for (const part of file.parts) needed.add(part.whole);
    return [...needed].reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** Files of a chain that are not deleted, oldest first. */
  live(chain: MemoryChain): MemoryFile[] {
    return this.files.filter((file) => file.chain === chain && !file.deleted);
  }
}

/** The same answer for foreign, deleted and invented ids. */
export const notFound = () => new Failure("not_found", "vault.not_found", "there is nothing of that id");
