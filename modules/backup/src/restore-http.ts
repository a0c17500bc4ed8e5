import { Readable } from "node:stream";
import { openRestoreQuerySchema, openRestoreReplySchema } from "@casaforte/contract/restore";
import { restoreRangeBytesMax } from "@casaforte/contract/restore-limits";
import { type Bytes, type DeviceId, Failure, type TenantId } from "@casaforte/kernel";
import { type ConsoleSessions, requireRole } from "@casaforte/modules/spaces";
import type { Face } from "@casaforte/platform/http";
import { parseRange } from "@casaforte/vault";
import { z } from "zod";
import type { Bandwidth } from "./bandwidth.ts";
import { backupLimits } from "./limits.ts";
import { openRestore, requireGivenOut } from "./open-restore.ts";
import { readSmallBlob } from "./read-blob.ts";
import { storedFile } from "./read-file.ts";
import type { FileId, FileRow, PointId } from "./rows.ts";
import type { BackupServices } from "./services.ts";
import { addUsage } from "./store-usage.ts";

/** What the restore in the browser needs; `bandwidth` is the vault's own, so that both share what the space was sold. */
export type RestoreHttpServices = ConsoleSessions & BackupServices & { readonly bandwidth: Bandwidth };

const restorers = ["owner", "admin", "technician"] as const;

/**
 * The restore in the browser: the bytes as they are stored, for whoever is signed in and may make a restore token.
 * Nothing here can open them: keys and plaintext exist in the browser alone (R55).
 */
export function registerRestoreRoutes(app: Face, services: RestoreHttpServices): void {
  const { db, clock } = services;

  app.post(
    "/api/devices/:id/points/:pointId/restores",
    {
      schema: {
        params: z.strictObject({ id: z.uuid(), pointId: z.uuid() }),
        querystring: openRestoreQuerySchema,
        response: { 200: openRestoreReplySchema },
      },
    },
    async (request) => {
      const actor = await services.session(request);
      requireRole(actor, restorers);
      const { tenantId } = actor;
      const { id, pointId } = request.params;
      const keyringVersion = request.query.keyringVersion ?? null;
      const input = { deviceId: id as DeviceId, pointId: pointId as PointId, keyringVersion, nowMs: clock.nowMs() };
      const opened = await db.tenant(tenantId, (tx) => openRestore(tx, actor, input));
      const { device, file, line, keyring, siteId } = opened;
      const keys = await readSmallBlob(services, { tenantId, siteId, blobId: keyring.blobId }, keyring.length);
      return {
        point: { id: file.pointId, at: file.at.toISOString(), kind: file.kind, sizeBytes: Number(file.size) },
        device: { id: device.id, name: device.name, hostname: device.hostname },
        chainId: file.chainId,
        files: line.map((part) => ({
          id: part.id,
          kind: part.kind,
          sizeBytes: Number(part.size),
          fileRoot: part.fileRoot.toString("hex"),
          at: part.at.toISOString(),
        })),
        keyring: Buffer.from(keys).toString("base64"),
        keyringVersion: keyring.version,
        keyringVersions: opened.keyringVersions.map(({ version, storedAt }) => ({
          version,
          storedAt: storedAt.toISOString(),
        })),
      };
    },
  );

  const reading = new Map<TenantId, number>();

  app.get(
    "/api/devices/:id/files/:fileId",
    { schema: { params: z.strictObject({ id: z.uuid(), fileId: z.uuid() }) } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, restorers);
      const { tenantId } = actor;
      const { id, fileId } = request.params;
      const { file, space } = await db.tenant(
        tenantId,
        (tx) => requireGivenOut(tx, { deviceId: id as DeviceId, fileId: fileId as FileId, nowMs: clock.nowMs() }),
        { readOnly: true },
      );
      const { first, length } = askedRange(request.headers.range, Number(file.size));
      const gone = new AbortController();
      reply.raw.once("close", () => {
        if (!reply.raw.writableFinished) gone.abort(new Failure("cancelled", "backup.cancelled", "the reader is gone"));
      });
      const { siteId, bandwidthBytesPerSecond: bytesPerSecond } = space;
      const { bandwidth } = services;
      const stored = storedFile(services, file, { tenantId, siteId, spaceId: space.id, bytesPerSecond, bandwidth });
      const bytes = metered(await stored.open(first, length, gone.signal), {
        begin: () => enter(reading, tenantId, clock.nowMs()),
        end: async (count) => {
          leave(reading, tenantId);
          await meter(services, tenantId, file, count);
        },
      });
      // Trouble with the first bytes is told by a status; after that the connection can only break.
      const begun = await begin(bytes);
      return reply
        .status(206)
        .headers({
          "content-type": "application/octet-stream",
          "content-length": String(length),
          "content-range": `bytes ${first}-${first + length - 1}/${file.size}`,
        })
        .send(Readable.from(begun));
    },
  );
}

/** One range, named and bounded. @throws invalid `backup.range`; too_large `backup.range_too_long`. */
function askedRange(header: string | undefined, size: number): { readonly first: number; readonly length: number } {
  const range = header === undefined ? null : parseRange(header, size);
  if (range === null) throw new Failure("invalid", "backup.range", "ask for a range of the file's bytes");
  if (range.length > restoreRangeBytesMax)
    throw new Failure("too_large", "backup.range_too_long", "ask for fewer bytes at a time", {
      details: { max: restoreRangeBytesMax },
    });
  return range;
}

function enter(reading: Map<TenantId, number>, tenantId: TenantId, nowMs: number): void {
  const count = reading.get(tenantId) ?? 0;
  if (count >= backupLimits.restoreReadsPerTenantMax)
    throw new Failure("rate_limited", "backup.too_many_reads", "too many restores read at the same time", {
      details: { retryAtMs: nowMs + 1_000 },
    });
  reading.set(tenantId, count + 1);
}

function leave(reading: Map<TenantId, number>, tenantId: TenantId): void {
  const left = (reading.get(tenantId) ?? 1) - 1;
  if (left === 0) reading.delete(tenantId);
  else reading.set(tenantId, left);
}

/** Counts what was handed out, however the reading ends. */
async function* metered(
  source: AsyncIterable<Bytes>,
  on: { readonly begin: () => void; readonly end: (bytes: number) => Promise<void> },
): AsyncGenerator<Bytes> {
  on.begin();
  let count = 0;
  try {
    for await (const piece of source) {
      count += piece.length;
      yield piece;
    }
  } finally {
    await on.end(count);
  }
}

async function begin(source: AsyncGenerator<Bytes>): Promise<AsyncGenerator<Bytes>> {
  const first = await source.next();
  return (async function* () {
    try {
      for (let item = first; !item.done; item = await source.next()) yield item.value;
    } finally {
      await source.return(undefined);
    }
  })();
}

async function meter(services: BackupServices, tenantId: TenantId, file: FileRow, bytes: number): Promise<void> {
  if (bytes === 0) return;
  const now = new Date(services.clock.nowMs());
  const { spaceId, deviceId } = file;
  await services.db.tenant(tenantId, (tx) => addUsage(tx, { spaceId, deviceId, restoredBytes: BigInt(bytes) }, now));
}
