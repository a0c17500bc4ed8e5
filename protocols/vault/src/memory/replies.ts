import { createHash } from "node:crypto";
import { Failure } from "@casaforte/kernel";
import type { RawBody, StoredBody } from "../backend.ts";
import type { ChainState, CommitReply, FileReply, KeyringVersions, PointReply, UploadReply } from "../contract.ts";
import { vaultLimits } from "../limits.ts";
import type { MemoryChain, MemoryDevice, MemoryFile, MemoryUpload, MemoryVaultState } from "./state.ts";

export const dayMs = 86_400_000;
export const uploadIdleDaysMax = 7;
export const iso = (ms: number) => new Date(ms).toISOString();

export async function collect(body: RawBody): Promise<Uint8Array> {
  const bytes = new Uint8Array(body.length);
  let at = 0;
  for await (const piece of body.bytes) {
    bytes.set(piece, at);
    at += piece.length;
  }
  if (createHash("sha256").update(bytes).digest("hex") !== body.sha256)
    throw new Failure("invalid", "vault.hash_mismatch", "the body does not hash to what was announced");
  return bytes;
}

export function storedBody(
  pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[],
  size: number,
): StoredBody {
  return {
    size,
    open: async (offset, length) =>
      (async function* () {
        const end = offset + length;
        for (const piece of pieces) {
          const from = Math.max(offset, piece.offset);
          const to = Math.min(end, piece.offset + piece.bytes.length);
          if (from < to) yield piece.bytes.subarray(from - piece.offset, to - piece.offset);
        }
      })(),
  };
}

export const chainState = (state: MemoryVaultState, chain: MemoryChain): ChainState => {
  const live = state.live(chain);
  const head = live.at(-1);
  return {
    chainId: chain.chainId,
    label: chain.label,
    createdAt: iso(chain.createdMs),
    head: head
      ? {
          fileId: head.fileId,
          kind: head.kind,
          fileRoot: head.standsFor ?? head.fileRoot,
          pointId: head.pointId,
          at: iso(head.atMs),
        }
      : null,
    points: live.length,
    mergePointId: null,
    keyringVersion: chain.objects.keyring.length,
    vbmVersion: chain.objects.vbm.length,
  };
};
export const keyringVersionsOf = ({ objects }: MemoryChain): KeyringVersions => {
  const shown = vaultLimits.keyringVersionsShown;
  const all = objects.keyring.map(({ storedMs }, at) => ({ version: at + 1, storedAt: iso(storedMs) }));
  return all.filter(({ version }) => version <= shown || version > all.length - shown);
};
/** @throws conflict `vault.too_many` when the device has stored its keyrings of these 24 hours. */
export function admitKeyring(state: MemoryVaultState, device: MemoryDevice, nowMs: number): void {
  const mine = [...state.chains.values()].filter((chain) => chain.device === device);
  const recent = mine.flatMap(({ objects }) => objects.keyring).filter(({ storedMs }) => storedMs > nowMs - dayMs);
  const max = vaultLimits.keyringVersionsPerDayMax;
  if (recent.length >= max)
    throw new Failure("conflict", "vault.too_many", "too many keyrings in a day", { details: { max } });
}
export const received = (upload: MemoryUpload) =>
  [...upload.parts.values()].reduce((sum, part) => sum + part.length, 0);
export const uploadState = (upload: MemoryUpload, leaveOutZeros: boolean): UploadReply => ({
  uploadId: upload.uploadId,
  key: upload.key,
  chainId: upload.chain.chainId,
  kind: upload.kind,
  fileName: upload.fileName,
  parent: upload.parent,
  state: upload.state,
  estimatedBytes: upload.estimatedBytes,
  receivedBytes: received(upload),
  partsReceived: upload.parts.size,
  composedBytes: [...upload.composed.values()].reduce((sum, part) => sum + part.length, 0),
  expiresAt: iso(upload.lastPartMs + uploadIdleDaysMax * dayMs),
  ...(leaveOutZeros ? { partHolesMax: vaultLimits.partHolesMax } : {}),
});
export const fileState = (file: MemoryFile): FileReply => ({
  fileId: file.fileId,
  chainId: file.chain.chainId,
  pointId: file.pointId,
  kind: file.kind,
  fileName: file.fileName,
  size: file.size,
  fileRoot: file.fileRoot,
  parent: file.parent,
  standsFor: file.standsFor,
  blockMapSha256: file.blockMap.sha256,
  at: iso(file.atMs),
});
export const pointState = (file: MemoryFile): PointReply => ({
  pointId: file.pointId,
  chainId: file.chain.chainId,
  fileId: file.fileId,
  kind: file.kind,
  fileName: file.fileName,
  size: file.size,
  at: iso(file.atMs),
  lockedUntil: iso(file.lockedUntilMs),
  state: file.deleted ? "deleted" : "good",
});

export const commitState = (file: MemoryFile): CommitReply => ({
  fileId: file.fileId,
  pointId: file.pointId,
  chainId: file.chain.chainId,
  size: file.size,
  at: iso(file.atMs),
  lockedUntil: iso(file.lockedUntilMs),
});
