import { type Clock, Failure, type Id, newId, type Random } from "@casaforte/kernel";
import type { ChainObjectKind, VaultSession } from "../backend.ts";
import { BlockMapReader } from "../block-map.ts";
import type { CommitRequest, DeviceReply, OpenUploadRequest, PageQuery } from "../contract.ts";
import { firstUncovered } from "../coverage.ts";
import { formatHoles, holeBytes, piecesOf, refuseHoles } from "../holes.ts";
import { vaultLimits } from "../limits.ts";
import { composeRanges, placeFile, replacement } from "./compose.ts";
import { mendParts } from "./mend.ts";
import { acknowledgePolicy, standingPolicy } from "./policy.ts";
import {
  admitKeyring,
  chainState,
  collect,
  commitState,
  dayMs,
  fileState,
  iso,
  keyringVersionsOf,
  pointState,
  received,
  storedBody,
  uploadState,
} from "./replies.ts";
import {
  type MemoryChain,
  type MemoryDevice,
  type MemoryFile,
  type MemoryPart,
  type MemoryUpload,
  type MemoryVaultState,
  notFound,
} from "./state.ts";

export interface MemorySessionOptions {
  readonly state: MemoryVaultState;
  readonly device: MemoryDevice;
  readonly access: "device" | "restore";
  readonly clock: Clock;
  readonly random: Random;
}

/** A part as it stands in the file: itself, or its pieces and the zeros between them. */
function laidOut(part: MemoryPart): readonly MemoryPart[] {
  if (!part.holes?.length) return [part];
  return piecesOf(part.offset, part.length, part.holes).map(({ offset, length, from }) => {
    if (from === null) return { n: -1, offset, length, sha256: "", bytes: new Uint8Array(length), whole: noBytes };
    return { n: -1, offset, length, sha256: "", bytes: part.bytes.subarray(from, from + length), whole: part.whole };
  });
}

const noBytes = new Uint8Array(0);

/** Whether a piece of a part with holes begins where one of another such part does. What else overlaps, the commit tells. */
function standsElsewhere(upload: MemoryUpload, part: MemoryPart): boolean {
  const holed = [...upload.parts.values()].filter(({ holes }) => holes?.length);
  const taken = new Set([...holed.flatMap(laidOut), ...upload.composed.values()].map(({ offset }) => offset));
  return laidOut(part).some(({ offset }) => taken.has(offset));
}

/** The rules of PROTOCOL.md over plain maps: what the real vault does with rows and blobs. */
export function memorySession({ state, device, access, clock, random }: MemorySessionOptions): VaultSession {
  const { space } = device;
  const fresh = () => newId<Id<"Any">>(clock, random);

  const chainOf = (chainId: string): MemoryChain => {
    const chain = state.chains.get(chainId);
    if (chain?.device !== device) throw notFound();
    return chain;
  };
  const uploadOf = (uploadId: string): MemoryUpload => {
    const upload = state.uploads.get(uploadId);
    if (upload?.chain.device !== device) throw notFound();
    return upload;
  };
  const fileOf = (fileId: string): MemoryFile => {
    const file = state.files.find((other) => other.fileId === fileId);
    if (file?.chain.device !== device || file.deleted) throw notFound();
    return file;
  };
  const mine = (query: PageQuery) => {
    if (query.chainId !== undefined) chainOf(query.chainId);
    const all = state.files.filter(
      (file) => file.chain.device === device && (query.chainId === undefined || file.chain.chainId === query.chainId),
    );
    return all;
  };

  function admit(bytes: number): void {
    if (space.suspended) throw new Failure("forbidden", "vault.space_suspended", "the space takes no new data");
    const usedBytes = state.usedBytes(space);
    if (usedBytes + space.pendingBytes + bytes <= space.quotaBytes) return;
    throw new Failure("over_quota", "vault.over_quota", "the space is full", {
      details: {
        quotaBytes: space.quotaBytes,
        usedBytes,
        pendingBytes: space.pendingBytes,
        neededBytes: bytes,
      },
    });
  }
  function checkParent(chain: MemoryChain, parent: MemoryUpload["parent"]): void {
    if (parent === null) return;
    const head = state.live(chain).at(-1);
    if (head?.fileId === parent.fileId && (head.standsFor ?? head.fileRoot) === parent.fileRoot) return;
    throw new Failure("precondition", "vault.parent_moved", "the parent is not the head of the chain", {
      details: { headFileId: head?.fileId ?? "none" },
    });
  }
  function open(uploadId: string): MemoryUpload {
    const upload = uploadOf(uploadId);
    if (upload.state !== "open") throw new Failure("conflict", "vault.upload_closed", "the upload is closed");
    return upload;
  }
  const page = <T extends { readonly id: string }>(all: readonly T[], query: PageQuery) => {
    const limit = query.limit ?? vaultLimits.pageSizeDefault;
    const start = query.cursor === undefined ? 0 : all.findIndex((item) => item.id === query.cursor) + 1;
    const items = all.slice(start, start + limit);
    return { items, next: start + limit < all.length ? (items.at(-1)?.id ?? null) : null };
  };

  function store(upload: MemoryUpload, part: MemoryPart): MemoryPart {
    const known = upload.parts.get(part.n);
    if (known) return same(known, part);
    if (part.holes?.length && standsElsewhere(upload, part))
      throw new Failure("conflict", "vault.part_conflict", "other bytes stand there already");
    admit(part.length);
    space.pendingBytes += part.length;
    upload.parts.set(part.n, part);
    upload.lastPartMs = clock.nowMs();
    return part;
  }
  function same(known: MemoryPart, part: Omit<MemoryPart, "bytes" | "whole">): MemoryPart {
    const holes = [known, part].map((one) => formatHoles(one.holes ?? []));
    const isSame = known.offset === part.offset && known.length === part.length && holes[0] === holes[1];
    if (isSame && known.sha256 === part.sha256) return known;
    throw new Failure("conflict", "vault.part_conflict", "the part number is taken by other bytes");
  }

  function makeFile(upload: MemoryUpload, input: CommitRequest, blockMap: MemoryFile["blockMap"]): MemoryFile {
    const parts = [...[...upload.parts.values()].flatMap(laidOut), ...upload.composed.values()].sort(
      (a, b) => a.offset - b.offset,
    );
    const head = [...upload.parts.values()].find(({ offset }) => offset === 0);
    const gap = firstUncovered(parts, input.size);
    if (gap !== null)
      throw new Failure("conflict", "vault.incomplete", "the parts do not cover the file", {
        details: { offset: gap },
      });
    const headLength = head && head.length + holeBytes(head.holes ?? []);
    if (headLength !== vaultLimits.headBytes || head?.sha256 !== input.headSha256)
      throw new Failure("conflict", "vault.head_mismatch", "the first part is not the head");
    const atMs = clock.nowMs();
    const { chain, kind, fileName, parent } = upload;
    const lockedUntilMs = atMs + space.lockDays * dayMs;
    const fileId = fresh();
    const { size, fileRoot } = input;
    const { old } = replacement(state, upload);
    return {
      fileId,
      standsFor: old && (old.standsFor ?? old.fileRoot),
      pointId: old?.pointId ?? fresh(),
      chain,
      kind,
      fileName,
      size,
      fileRoot,
      parent,
      blockMap,
      parts,
      atMs: old?.atMs ?? atMs,
      lockedUntilMs: old?.lockedUntilMs ?? lockedUntilMs,
      deleted: false,
    };
  }
  return {
    access,
    device: async (): Promise<DeviceReply> => ({
      deviceId: device.deviceId,
      name: device.name,
      access,
      space: {
        spaceId: space.spaceId,
        name: space.name,
        siteId: "memory",
        quotaBytes: space.quotaBytes,
        usedBytes: state.usedBytes(space),
        pendingBytes: space.pendingBytes,
        bandwidthBytesPerSecond: space.bandwidthBytesPerSecond,
        lockDays: space.lockDays,
      },
      chains: [...state.chains.values()]
        .filter((chain) => chain.device === device)
        .map((chain) => chainState(state, chain)),
    }),
    policy: (known, waitMs, signal) => standingPolicy(device.policy, { known, waitMs, signal, clock }),
    acknowledgePolicy: async (input) => acknowledgePolicy(device.policy, input),
    report: async (input) => {
      if (!device.reports.has(input.runId)) device.reports.set(input.runId, input);
    },
    putChain: async (chainId, { label }) => {
      const known = state.chains.get(chainId);
      if (known) {
        chainOf(chainId).label = label;
        return chainState(state, known);
      }
      if (
        [...state.chains.values()].filter((chain) => chain.device === device).length >= vaultLimits.chainsPerDeviceMax
      )
        throw new Failure("conflict", "vault.too_many", "too many chains", {
          details: { max: vaultLimits.chainsPerDeviceMax },
        });
      const chain = { chainId, device, createdMs: clock.nowMs(), label, objects: { keyring: [], vbm: [] } };
      state.chains.set(chainId, chain);
      return chainState(state, chain);
    },
    chain: async (chainId) => chainState(state, chainOf(chainId)),

    openUpload: async (input: OpenUploadRequest) => {
      const chain = chainOf(input.chainId);
      const known = [...state.uploads.values()].find((u) => u.key === input.key && u.chain.device === device);
      if (known) {
        if (known.input !== JSON.stringify(input))
          throw new Failure("conflict", "vault.key_reused", "the key names another upload");
        return { upload: uploadState(known, state.leaveOutZeros), created: false };
      }
      const parent = input.parent ?? null;
      checkParent(chain, parent);
      replacement(state, { chain, replaces: input.replaces ?? null });
      admit(input.estimatedBytes);
      const opened = [...state.uploads.values()].filter((u) => u.chain.device === device && u.state === "open");
      if (opened.length >= vaultLimits.uploadsOpenPerDeviceMax)
        throw new Failure("conflict", "vault.too_many", "too many open uploads", {
          details: { max: vaultLimits.uploadsOpenPerDeviceMax },
        });
      const upload: MemoryUpload = {
        uploadId: fresh(),
        key: input.key,
        input: JSON.stringify(input),
        chain,
        kind: input.kind,
        fileName: input.fileName,
        parent,
        estimatedBytes: input.estimatedBytes,
        parts: new Map(),
        composed: new Map(),
        replaces: input.replaces ?? null,
        blockMap: null,
        state: "open",
        file: null,
        lastPartMs: clock.nowMs(),
      };
      state.uploads.set(upload.uploadId, upload);
      return { upload: uploadState(upload, state.leaveOutZeros), created: true };
    },
    upload: async (uploadId, { after, limit }) => {
      const upload = uploadOf(uploadId);
      const all = [...upload.parts.values()].filter((part) => part.n > after).sort((a, b) => a.n - b.n);
      const parts = all.slice(0, limit).map(({ n, offset, length, sha256 }) => ({ n, offset, length, sha256 }));
      return {
        upload: uploadState(upload, state.leaveOutZeros),
        parts,
        nextAfter: all.length > limit ? (parts.at(-1)?.n ?? null) : null,
      };
    },
    putPart: async (uploadId, n, offset, body, holes) => {
      if (!state.leaveOutZeros) refuseHoles(holes);
      const upload = open(uploadId);
      const described = { n, offset, length: body.length, sha256: body.sha256, holes };
      const known = upload.parts.get(n);
      if (known) {
        same(known, described);
      } else {
        admit(body.length);
        if (device.partsInFlight >= vaultLimits.partsInFlightMax)
          throw new Failure("rate_limited", "vault.busy", "too many parts in flight", {
            details: { retryAtMs: clock.nowMs() + 1000 },
          });
      }
      device.partsInFlight++;
      try {
        const bytes = await collect(body);
        const part = store(open(uploadId), { ...described, bytes, whole: bytes });
        return { n: part.n, offset: part.offset, length: part.length, sha256: part.sha256 };
      } finally {
        device.partsInFlight--;
      }
    },
    putBlockMap: async (uploadId, body) => {
      open(uploadId);
      const bytes = await collect(body);
      const reader = new BlockMapReader();
      reader.push(bytes);
      reader.finish();
      open(uploadId).blockMap = { sha256: body.sha256, bytes, end: reader.end };
    },
    compose: async (uploadId, input) => composeRanges(state, open(uploadId), input),
    commit: async (uploadId, input) => {
      const known = uploadOf(uploadId);
      if (known.file?.fileRoot === input.fileRoot) return commitState(known.file);
      const upload = open(uploadId);
      if ((upload.parent?.fileRoot ?? null) !== input.parentRoot)
        throw new Failure("precondition", "vault.parent_moved", "the parent's root is another", {
          details: { headFileId: state.live(upload.chain).at(-1)?.fileId ?? "none" },
        });
      checkParent(upload.chain, upload.parent);
      const { blockMap } = upload;
      if (blockMap?.sha256 !== input.blockMapSha256 || blockMap.end > input.size)
        throw new Failure("conflict", "vault.block_map_missing", "no such block map, or one that overruns the file");
      const file = makeFile(upload, input, blockMap);
      const sum = received(upload);
      space.pendingBytes -= sum;
      upload.state = "committed";
      upload.file = file;
      placeFile(state, upload, file);
      for (let at: MemoryFile | undefined = file; at?.parent; ) {
        const parentId: string = at.parent.fileId;
        at = state.files.find((other) => other.fileId === parentId);
        if (at) at.lockedUntilMs = Math.max(at.lockedUntilMs, file.lockedUntilMs);
      }
      return commitState(file);
    },
    abortUpload: async (uploadId) => {
      const upload = uploadOf(uploadId);
      if (upload.state === "aborted") return;
      if (upload.state === "committed") throw new Failure("conflict", "vault.upload_closed", "the upload is committed");
      space.pendingBytes -= received(upload);
      upload.state = "aborted";
      upload.parts.clear();
      upload.composed.clear();
    },

    files: async (query) => {
      const live = mine(query).filter((file) => !file.deleted);
      const { items, next } = page(
        live.map((file) => ({ id: file.fileId, file })),
        query,
      );
      return { files: items.map((item) => fileState(item.file)), nextCursor: next };
    },
    file: async (fileId) => {
      const file = fileOf(fileId);
      return storedBody(file.parts, file.size);
    },
    blockMap: async (fileId) => {
      const { bytes } = fileOf(fileId).blockMap;
      return storedBody([{ offset: 0, bytes }], bytes.length);
    },
    mend: async (fileId, offset, body) => mendParts(fileOf(fileId), offset, await collect(body)),
    points: async (query) => {
      const { items, next } = page(
        mine(query).map((file) => ({ id: file.pointId, file })),
        query,
      );
      return { points: items.map((item) => pointState(item.file)), nextCursor: next };
    },
    deletePoint: async (pointId) => {
      const file = state.files.find((other) => other.pointId === pointId);
      if (file?.chain.device !== device) throw notFound();
      if (file.deleted) return;
      if (file.lockedUntilMs > clock.nowMs())
        throw new Failure("locked", "vault.point_locked", "the point is locked", {
          details: { lockedUntil: iso(file.lockedUntilMs) },
        });
      const child = state.live(file.chain).find((other) => other.parent?.fileId === file.fileId);
      if (child)
        throw new Failure("conflict", "vault.point_needed", "a live point builds on this one", {
          details: { neededBy: child.pointId },
        });
      file.deleted = true;
    },

    putObject: async (chainId, kind: ChainObjectKind, expected, body) => {
      chainOf(chainId);
      const bytes = await collect(body);
      const versions = chainOf(chainId).objects[kind];
      const done = (version: number) => ({ version, sha256: body.sha256, length: bytes.length });
      if (versions.length === expected + 1 && versions[expected]?.sha256 === body.sha256) return done(expected + 1);
      if (versions.length !== expected)
        throw new Failure("precondition", "vault.version_moved", "the object has another version now", {
          details: { version: versions.length },
        });
      if (kind === "keyring") admitKeyring(state, device, clock.nowMs());
      versions.push({ sha256: body.sha256, bytes, storedMs: clock.nowMs() });
      return done(versions.length);
    },
    object: async (chainId, kind, version) => {
      const versions = chainOf(chainId).objects[kind];
      if (versions.length === 0 && version === null) return null;
      const found = versions[(version ?? versions.length) - 1];
      if (!found) throw notFound();
      return { version: version ?? versions.length, ...found };
    },
    keyringVersions: async (chainId) => keyringVersionsOf(chainOf(chainId)),
  };
}
