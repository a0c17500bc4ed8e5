import { type Bytes, newId } from "@casaforte/kernel";
import { type DeviceIdentity, reportRun, requireActiveDevice, requireDevice } from "@casaforte/modules/devices";
import { acknowledgePolicy } from "@casaforte/modules/policies";
import { requireSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import {
  type ChainObjectKind,
  type DeviceReply,
  type FileReply,
  type PageQuery,
  type PointReply,
  type RawBody,
  type RunReport,
  refuseHoles,
  type VaultSession,
  vaultLimits,
} from "@casaforte/vault";
import { abortUpload } from "./abort-upload.ts";
import { chainState, putChain, requireChain } from "./chains.ts";
import { commitRestorePoint } from "./commit-restore-point.ts";
import { composeUpload } from "./compose-upload.ts";
import { deletePoint } from "./delete-point.ts";
import { type MendInput, mendParts } from "./mend-part.ts";
import { openUpload, requireUpload, uploadReply } from "./open-upload.ts";
import { putObject } from "./put-object.ts";
import { readBlob, readSmallBlob } from "./read-blob.ts";
import { storedFile } from "./read-file.ts";
import { readingBlockMap, receiveBlob } from "./receive-blob.ts";
import { previewPart, recordBlockMap, recordPart, requireOpenUpload } from "./record-part.ts";
import type { ChainId, FileId, FileRow, PartId, PointId, UploadId } from "./rows.ts";
import { selectChains, selectFile, selectFileOfPoint, selectFiles } from "./store-files.ts";
import { selectKeyringVersions, selectObject } from "./store-objects.ts";
import { selectPartsAfter } from "./store-uploads.ts";
import { notFound } from "./troubles.ts";
import { type VaultShared, whileInFlight, whileMending } from "./vault-shared.ts";

const parentOf = (file: FileRow) =>
  file.parentFileId === null || file.parentRoot === null
    ? null
    : { fileId: file.parentFileId as string, fileRoot: file.parentRoot.toString("hex") };

const fileReply = (file: FileRow): FileReply => ({
  fileId: file.id,
  chainId: file.chainId,
  pointId: file.pointId,
  kind: file.kind,
  fileName: file.fileName,
  size: Number(file.size),
  fileRoot: file.fileRoot.toString("hex"),
  parent: parentOf(file),
  standsFor: file.standsFor?.toString("hex") ?? null,
  blockMapSha256: file.blockMapSha256.toString("hex"),
  at: file.at.toISOString(),
});

const pointReply = (file: FileRow): PointReply => ({
  pointId: file.pointId,
  chainId: file.chainId,
  fileId: file.id,
  kind: file.kind,
  fileName: file.fileName,
  size: Number(file.size),
  at: file.at.toISOString(),
  lockedUntil: file.lockedUntil.toISOString(),
  state: file.pointState,
});

/** One authenticated caller of the real vault: opens the transactions, orders blob before row, sends the hints. */
export function vaultSession(shared: VaultShared, identity: DeviceIdentity, ip: string): VaultSession {
  const { services, bandwidth } = shared;
  const { db, clock, random, bus, leaveOutZeros = false } = services;
  const { tenantId, deviceId, spaceId } = identity;
  const nowMs = () => clock.nowMs();
  const hint = (topic: string, payload?: string) => bus.publish(topic, payload);
  const read = <T>(work: (tx: TenantTx) => Promise<T>) => db.tenant(tenantId, work, { readOnly: true });
  const write = <T>(work: (tx: TenantTx) => Promise<T>) => db.tenant(tenantId, work);

  async function selectPage(
    query: PageQuery,
    cursor: (tx: TenantTx, id: string) => Promise<FileRow | null>,
    all: boolean,
  ) {
    const limit = query.limit ?? vaultLimits.pageSizeDefault;
    const rows = await read(async (tx) => {
      const chainId = (query.chainId ?? null) as ChainId | null;
      if (chainId !== null) await requireChain(tx, deviceId, chainId);
      const after = query.cursor === undefined ? null : await cursor(tx, query.cursor);
      if (query.cursor !== undefined && after === null) throw notFound();
      return selectFiles(tx, { deviceId, chainId, afterSeq: after?.seq ?? 0n, withDeleted: all, count: limit + 1 });
    });
    return { rows: rows.slice(0, limit), more: rows.length > limit };
  }

  async function liveFile(fileId: string) {
    // Asked together, for each range of a restore: a device's files are in its own space.
    const [file, space] = await db.tenant(
      tenantId,
      (tx) => Promise.all([selectFile(tx, deviceId, fileId as FileId), requireSpace(tx, spaceId)]),
      { readOnly: true, oneTrip: true },
    );
    if (file?.state !== "live") throw notFound();
    return { file, space };
  }

  const reads: Pick<
    VaultSession,
    "access" | "device" | "chain" | "files" | "file" | "blockMap" | "points" | "object" | "keyringVersions"
  > = {
    access: identity.access,
    device: () =>
      read(async (tx): Promise<DeviceReply> => {
        const device = await requireDevice(tx, deviceId);
        const space = await requireSpace(tx, spaceId);
        const chains = [];
        for (const chain of await selectChains(tx, deviceId, null)) chains.push(await chainState(tx, chain));
        return {
          deviceId,
          name: device.name,
          access: identity.access,
          space: {
            spaceId,
            name: space.name,
            siteId: space.siteId,
            quotaBytes: Number(space.quotaBytes),
            usedBytes: Number(space.usedBytes),
            pendingBytes: Number(space.pendingBytes),
            bandwidthBytesPerSecond:
              space.bandwidthBytesPerSecond === null ? null : Number(space.bandwidthBytesPerSecond),
            lockDays: space.lockDays,
          },
          chains,
        };
      }),
    chain: (chainId) => read(async (tx) => chainState(tx, await requireChain(tx, deviceId, chainId as ChainId))),
    async files(query) {
      const page = await selectPage(query, (tx, id) => selectFile(tx, deviceId, id as FileId), false);
      return {
        files: page.rows.map(fileReply),
        nextCursor: page.more ? (page.rows.at(-1)?.id ?? null) : null,
      };
    },
    async points(query) {
      const page = await selectPage(query, (tx, id) => selectFileOfPoint(tx, deviceId, id as PointId), true);
      return {
        points: page.rows.map(pointReply),
        nextCursor: page.more ? (page.rows.at(-1)?.pointId ?? null) : null,
      };
    },
    async file(fileId) {
      const { file, space } = await liveFile(fileId);
      const { siteId, bandwidthBytesPerSecond: bytesPerSecond } = space;
      const { spaceId } = file;
      return storedFile(services, file, { tenantId, siteId, spaceId, bytesPerSecond, bandwidth, passing: true });
    },
    async blockMap(fileId) {
      const { file, space } = await liveFile(fileId);
      const place = { tenantId, siteId: space.siteId, blobId: file.blockMapBlobId };
      return {
        size: Number(file.blockMapBytes),
        open: async (offset, length, signal) => readBlob(services, place, { offset, length }, signal),
      };
    },
    async object(chainId, kind, version) {
      const found = await read(async (tx) => {
        const chain = await requireChain(tx, deviceId, chainId as ChainId);
        const row = await selectObject(tx, chain.id, kind, version);
        if (row === null && version !== null) throw notFound();
        return { row, siteId: (await requireSpace(tx, chain.spaceId)).siteId };
      });
      if (found.row === null) return null;
      const place = { tenantId, siteId: found.siteId, blobId: found.row.blobId };
      const bytes: Bytes = await readSmallBlob(services, place, found.row.length);
      return { version: found.row.version, sha256: found.row.sha256.toString("hex"), bytes };
    },
    keyringVersions: (chainId) =>
      read(async (tx) => {
        const chain = await requireChain(tx, deviceId, chainId as ChainId);
        const rows = await selectKeyringVersions(tx, chain.id, vaultLimits.keyringVersionsShown);
        return rows.map(({ version, storedAt }) => ({ version, storedAt: storedAt.toISOString() }));
      }),
  };

  const uploads: Pick<
    VaultSession,
    "openUpload" | "upload" | "putPart" | "putBlockMap" | "compose" | "commit" | "abortUpload"
  > = {
    openUpload: (request) =>
      write((tx) => {
        const id = newId<UploadId>(clock, random);
        return openUpload(tx, { id, deviceId, request, leaveOutZeros, nowMs: nowMs() });
      }),
    upload: (uploadId, { after, limit }) =>
      read(async (tx) => {
        const upload = await requireUpload(tx, deviceId, uploadId as UploadId);
        const rows = await selectPartsAfter(tx, upload.id, after, limit + 1);
        const parts = rows.slice(0, limit).map((row) => ({
          n: row.n,
          offset: Number(row.fileOffset),
          length: Number(row.length),
          sha256: row.sha256.toString("hex"),
        }));
        const nextAfter = rows.length > limit ? (parts.at(-1)?.n ?? null) : null;
        return { upload: uploadReply(upload, leaveOutZeros), parts, nextAfter };
      }),
    async putPart(uploadId, n, offset, body, holes) {
      if (!leaveOutZeros) refuseHoles(holes);
      const part = { n, offset, length: body.length, sha256: body.sha256, holes };
      const id = uploadId as UploadId;
      const preview = { deviceId, uploadId: id, spaceId, part };
      const { known, space } = await db.tenant(tenantId, (tx) => previewPart(tx, preview), { oneTrip: true });
      if (known) return known;
      bandwidth.admit(space.id, space.bandwidthBytesPerSecond, body.length);
      const { siteId } = space;
      return whileInFlight(shared, deviceId, () =>
        receiveBlob(services, { tenantId, siteId }, body, (blobId) => {
          const partId = newId<PartId>(clock, random);
          return write((tx) =>
            recordPart(tx, { partId, deviceId, uploadId: id, part, blobId, siteId, nowMs: nowMs() }),
          );
        }),
      );
    },
    async putBlockMap(uploadId, body) {
      const id = uploadId as UploadId;
      const space = await write(async (tx) => {
        await requireActiveDevice(tx, deviceId);
        return requireSpace(tx, (await requireOpenUpload(tx, deviceId, id)).spaceId);
      });
      const { siteId } = space;
      const map = readingBlockMap(body);
      await whileInFlight(shared, deviceId, () =>
        receiveBlob(services, { tenantId, siteId }, map.body, (blobId) => {
          const { sha256 } = body;
          const length = BigInt(body.length);
          const input = { deviceId, uploadId: id, blobId, siteId, length, sha256, end: map.end(), nowMs: nowMs() };
          return write((tx) => recordBlockMap(tx, input));
        }),
      );
    },
    compose: (uploadId, request) =>
      write((tx) => composeUpload(tx, { deviceId, uploadId: uploadId as UploadId, request, nowMs: nowMs() })),
    commit: (uploadId, request) =>
      write(async (tx) => {
        const fileId = newId<FileId>(clock, random);
        const pointId = newId<PointId>(clock, random);
        const input = { fileId, pointId, deviceId, uploadId: uploadId as UploadId, request, ip, nowMs: nowMs() };
        const reply = await commitRestorePoint(tx, input, services);
        tx.afterCommit(() => bus.publish(`points:${tenantId}`, `${deviceId} ${reply.pointId}`));
        return reply;
      }),
    abortUpload: (uploadId) =>
      write((tx) => abortUpload(tx, { deviceId, uploadId: uploadId as UploadId, nowMs: nowMs() })),
  };

  async function mend(fileId: string, offset: number, body: RawBody): Promise<void> {
    const admit: MendInput["admit"] = (space) => bandwidth.admit(space.id, space.bandwidthBytesPerSecond, body.length);
    const whileHeld: MendInput["whileHeld"] = (work) => whileMending(shared, work);
    const input = { tenantId, deviceId, ip, fileId: fileId as FileId, offset, body, admit, whileHeld };
    await whileInFlight(shared, deviceId, () => mendParts(services, input));
  }

  async function putVersion(
    chainId: ChainId,
    kind: ChainObjectKind,
    expected: number,
    body: Parameters<VaultSession["putObject"]>[3],
  ) {
    const space = await write(async (tx) => {
      await requireActiveDevice(tx, deviceId);
      return requireSpace(tx, (await requireChain(tx, deviceId, chainId)).spaceId);
    });
    const { siteId } = space;
    const { length, sha256 } = body;
    return receiveBlob(services, { tenantId, siteId }, body, (blobId) => {
      const input = { deviceId, chainId, kind, expected, blobId, siteId, sha256, nowMs: nowMs() };
      return write((tx) => putObject(tx, { ...input, length: BigInt(length) }, services));
    });
  }

  async function report(input: RunReport): Promise<void> {
    const run = {
      ...input,
      kind: input.kind ?? "backup",
      startedAt: new Date(input.startedAt),
      finishedAt: new Date(input.finishedAt),
      filesTotal: BigInt(input.filesTotal),
      filesUnreadable: BigInt(input.filesUnreadable),
      bytesRead: BigInt(input.bytesRead),
      bytesSent: BigInt(input.bytesSent),
      osVersion: input.osVersion ?? null,
      notes: input.notes ?? [],
      deviceId,
      nowMs: nowMs(),
    };
    await write(async (tx) => {
      await requireActiveDevice(tx, deviceId);
      const isNew = await reportRun(tx, run, hint);
      if (isNew && run.kind === "backup") await services.runEnded?.(tx, run);
    });
  }

  return {
    ...reads,
    ...uploads,
    report,
    policy: (known, waitMs, signal) => shared.policyWatch({ tenantId, deviceId }, { known, waitMs, signal }),
    acknowledgePolicy: (input) => write((tx) => acknowledgePolicy(tx, { ...input, deviceId, nowMs: nowMs() }, hint)),
    putChain: (chainId, { label }) =>
      write((tx) => putChain(tx, { id: chainId as ChainId, deviceId, spaceId, label, nowMs: nowMs() })),
    mend,
    putObject: (chainId, kind, expected, body) => putVersion(chainId as ChainId, kind, expected, body),
    deletePoint: (pointId) =>
      write(async (tx) => {
        await deletePoint(tx, { deviceId, pointId: pointId as PointId, ip, nowMs: nowMs() });
        tx.afterCommit(() => bus.publish(`points:${tenantId}`, `${deviceId} ${pointId}`));
      }),
  };
}
