import {
  deletePointSchema,
  dependantsReplySchema,
  pointTimesQuerySchema,
  pointTimesReplySchema,
  restorePointsQuerySchema,
  restorePointsReplySchema,
  takeBackFileSchema,
} from "@casaforte/contract/backup";
import { type DeviceId, Failure } from "@casaforte/kernel";
import { requireDevice } from "@casaforte/modules/devices";
import { requireRole, type UserActor } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { raiseAlarms } from "./apply-retention.ts";
import { type DeleteWithDependantsInput, deleteWithDependants, readWithDependants } from "./delete-with-dependants.ts";
import { clockWasSteady } from "./jobs.ts";
import { backupLimits } from "./limits.ts";
import type { ChainId, FileId, FileRow, PointId } from "./rows.ts";
import type { BackupHttpServices } from "./services.ts";
import { type EarlierFile, selectEarlierFiles } from "./store-earlier-files.ts";
import { selectFileOfAnyPoint } from "./store-files.ts";
import { type PointListing, selectParents, selectPointListing, selectPointTimes } from "./store-points.ts";
import { selectPercentVerified } from "./store-verify.ts";
import { keptUntil, takeBackFile } from "./take-back-file.ts";
import { undeletePoint } from "./undelete-point.ts";
import { askVerification } from "./verify-point.ts";

const dayMs = 86_400_000;
const workers = ["owner", "admin", "technician"] as const;
/** Who may delete a restore point, have it read again, or give it back the file it had. */
const managers = ["owner", "admin"] as const;
const params = z.strictObject({ id: z.uuid() });
const dateOf = (text: string | undefined): Date | null => (text === undefined ? null : new Date(text));

/** How many files build on each, directly or not. `files`: children before parents. */
function countDependants(files: readonly Pick<FileRow, "id" | "parentFileId">[]): ReadonlyMap<FileId, number> {
  const counts = new Map<FileId, number>();
  for (const { id, parentFileId } of files)
    if (parentFileId !== null) counts.set(parentFileId, (counts.get(parentFileId) ?? 0) + (counts.get(id) ?? 0) + 1);
  return counts;
}

const pointReply = (row: PointListing, { deviceId, neededBy, read, earlier, nowMs }: PointContext) => ({
  id: row.pointId,
  deviceId,
  chainId: row.chainId,
  fileId: row.id,
  kind: row.kind,
  fileName: row.fileName,
  sizeBytes: Number(row.size),
  fileRoot: row.fileRoot.toString("hex"),
  at: row.at.toISOString(),
  lockedUntil: row.lockedUntil.toISOString(),
  locked: row.lockedUntil.getTime() > nowMs,
  state: row.pointState,
  // Also of what is kept longer than the bin's days nobody but the legal role learns why.
  undeleteUntil:
    row.binnedAt === null || row.binnedAt.getTime() + backupLimits.binMs <= nowMs
      ? null
      : new Date(row.binnedAt.getTime() + backupLimits.binMs).toISOString(),
  parentId: row.parentPointId,
  parentAt: row.parentAt?.toISOString() ?? null,
  neededBy: neededBy.get(row.id) ?? 0,
  earlierFiles: earlier.flatMap((file) => {
    const until = file.presentId === row.id ? keptUntil(file, nowMs) : null;
    if (until === null) return [];
    const { id, kind, size, committedAt } = file;
    const [storedAt, keptTo] = [committedAt.toISOString(), until.toISOString()];
    return [{ id, kind, sizeBytes: Number(size), storedAt, keptUntil: keptTo }];
  }),
  checkedAt: row.checkedAt?.toISOString() ?? null,
  verification:
    row.askedAt === null
      ? null
      : {
          askedAt: row.askedAt.toISOString(),
          finishedAt: row.verifiedAt?.toISOString() ?? null,
          found:
            row.verifiedAt === null
              ? null
              : (row.verifiedState ?? (row.pointState === "damaged" ? ("damaged" as const) : ("good" as const))),
          percent: row.verifiedAt === null ? (read.get(row.id) ?? 0) : 100,
        },
});

/** How far the verifications of listed points are that go on; few do at a time. */
async function percentOf(tx: TenantTx, rows: readonly PointListing[], now: Date): Promise<ReadonlyMap<FileId, number>> {
  const read = new Map<FileId, number>();
  for (const { id, askedAt, verifiedAt, pointState } of rows)
    if (askedAt !== null && verifiedAt === null && pointState !== "deleted")
      read.set(id, await selectPercentVerified(tx, id, { before: askedAt, now }));
  return read;
}

interface PointContext {
  readonly deviceId: DeviceId;
  readonly neededBy: ReadonlyMap<FileId, number>;
  /** How many of a hundred bytes were read again, of points whose verification goes on. */
  readonly read: ReadonlyMap<FileId, number>;
  /** Files that listed points had before. */
  readonly earlier: readonly EarlierFile[];
  readonly nowMs: number;
}

/** Not in one transaction: all devices of a space wait for the room of the points that it frees. */
async function deleteInPages(
  services: BackupHttpServices,
  actor: UserActor,
  asked: Pick<DeleteWithDependantsInput, "pointId" | "confirmation" | "dependants">,
): Promise<void> {
  const { db, clock, bus, deletePage: most = backupLimits.retentionPointsMax } = services;
  const isSteady = await clockWasSteady(services);
  // In a transaction of its own: the refusal that an alarm brings must not take it back.
  await db.tenant(actor.tenantId, async (tx) => {
    const file = await selectFileOfAnyPoint(tx, asked.pointId);
    if (file !== null) await raiseAlarms(services, tx, file.deviceId, clock.nowMs());
  });
  for (let dependants = asked.dependants; ; dependants = null) {
    const input = { ...asked, dependants, most, isSteady, nowMs: clock.nowMs() };
    const left = await db.tenant(actor.tenantId, async (tx) => {
      const done = await deleteWithDependants(tx, actor, input);
      tx.afterCommit(() => {
        for (const { pointId } of done.files) bus.publish(`points:${tx.tenantId}`, `${done.device.id} ${pointId}`);
      });
      return done.left;
    });
    if (left === 0) return;
  }
}

/** Restore points of a device: listed, by the calendar, verified, deleted and taken back (R30). */
export function registerPointRoutes(app: Face, services: BackupHttpServices): void {
  const { db, clock } = services;

  app.get(
    "/api/devices/:id/points",
    { schema: { params, querystring: restorePointsQuerySchema, response: { 200: restorePointsReplySchema } } },
    async (request) => {
      const actor = await services.session(request);
      const deviceId = request.params.id as DeviceId;
      const { before = null, from, to, limit } = request.query;
      const query = { beforePoint: before, from: dateOf(from), to: dateOf(to), count: limit + 1 };
      const { rows, ...more } = await db.tenant(
        actor.tenantId,
        async (tx) => {
          await requireDevice(tx, deviceId);
          const listed = await selectPointListing(tx, deviceId, query);
          const chains = [...new Set<ChainId>(listed.map(({ chainId }) => chainId))];
          return {
            rows: listed,
            files: await selectParents(tx, chains),
            read: await percentOf(tx, listed, new Date(clock.nowMs())),
            earlier: await selectEarlierFiles(
              tx,
              listed.filter(({ pointState }) => pointState !== "deleted").map(({ id }) => id),
            ),
          };
        },
        { readOnly: true },
      );
      const { files, read, earlier } = more;
      const context = { deviceId, neededBy: countDependants(files), read, earlier, nowMs: clock.nowMs() };
      const points = rows.slice(0, limit).map((row) => pointReply(row, context));
      return { points, nextBefore: rows.length > limit ? (points.at(-1)?.id ?? null) : null };
    },
  );

  app.get(
    "/api/devices/:id/point-times",
    { schema: { params, querystring: pointTimesQuerySchema, response: { 200: pointTimesReplySchema } } },
    async (request) => {
      const actor = await services.session(request);
      const deviceId = request.params.id as DeviceId;
      const [from, to] = [new Date(request.query.from), new Date(request.query.to)];
      if (to.getTime() - from.getTime() > backupLimits.pointTimesDaysMax * dayMs)
        throw new Failure("invalid", "backup.range_too_large", "ask for fewer days");
      const rows = await db.tenant(
        actor.tenantId,
        async (tx) => {
          await requireDevice(tx, deviceId);
          return selectPointTimes(tx, deviceId, from, to);
        },
        { readOnly: true },
      );
      return { times: rows.map((row) => ({ ...row, at: row.at.toISOString() })) };
    },
  );

  app.get(
    "/api/points/:id/dependants",
    { schema: { params, response: { 200: dependantsReplySchema } } },
    async (request) => {
      const actor = await services.session(request);
      const pointId = request.params.id as PointId;
      const { files } = await db.tenant(actor.tenantId, (tx) => readWithDependants(tx, pointId), { readOnly: true });
      const nowMs = clock.nowMs();
      const dependants = files
        .filter((file) => file.pointId !== pointId)
        .map((file) => ({ id: file.pointId, at: file.at.toISOString(), locked: file.lockedUntil.getTime() > nowMs }));
      return { dependants };
    },
  );

  app.delete(
    "/api/points/:id",
    { schema: { params, body: deletePointSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, managers);
      await services.assertFresh(request);
      const { confirmation, dependants } = request.body;
      await deleteInPages(services, actor, { confirmation, dependants, pointId: request.params.id as PointId });
      return reply.status(204).send(null);
    },
  );

  app.post("/api/points/:id/verify", { schema: { params, response: { 202: z.null() } } }, async (request, reply) => {
    const actor = await services.session(request);
    requireRole(actor, managers);
    const input = { pointId: request.params.id as PointId, nowMs: clock.nowMs() };
    await db.tenant(actor.tenantId, async (tx) => {
      const deviceId = await askVerification(tx, actor, input);
      tx.afterCommit(() => services.bus.publish(`points:${tx.tenantId}`, `${deviceId} ${input.pointId}`));
    });
    return reply.status(202).send(null);
  });

  app.post(
    "/api/points/:id/take-back",
    { schema: { params, body: takeBackFileSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, managers);
      const pointId = request.params.id as PointId;
      const input = { pointId, fileId: request.body.fileId as FileId, nowMs: clock.nowMs() };
      await db.tenant(actor.tenantId, async (tx) => {
        const deviceId = await takeBackFile(tx, actor, input);
        tx.afterCommit(() => services.bus.publish(`points:${tx.tenantId}`, `${deviceId} ${pointId}`));
      });
      return reply.status(204).send(null);
    },
  );

  app.post("/api/points/:id/undelete", { schema: { params, response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await services.session(request);
    requireRole(actor, workers);
    const input = { pointId: request.params.id as PointId, nowMs: clock.nowMs() };
    await db.tenant(actor.tenantId, async (tx) => {
      const deviceId = await undeletePoint(tx, actor, input);
      tx.afterCommit(() => services.bus.publish(`points:${tx.tenantId}`, `${deviceId} ${input.pointId}`));
    });
    return reply.status(204).send(null);
  });
}
