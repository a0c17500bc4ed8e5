import {
  alarmsReplySchema,
  backupSummarySchema,
  scrubsReplySchema,
  usageQuerySchema,
  usageReplySchema,
} from "@casaforte/contract/backup";
import { Failure, type SpaceId } from "@casaforte/kernel";
import { type Device, listDevices, summariseDevices } from "@casaforte/modules/devices";
import { requireRole, type UserActor } from "@casaforte/modules/spaces";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { backupLimits } from "./limits.ts";
import { registerLiveEvents } from "./live-events.ts";
import { registerPointRoutes } from "./point-http.ts";
import type { BackupHttpServices } from "./services.ts";
import { selectScrubs } from "./store-collect.ts";
import { selectDamagedPoints } from "./store-points.ts";
import { selectOpenAlarms } from "./store-retention.ts";
import { selectHasRestored, selectUsage, type UsageDay } from "./store-usage.ts";
import { settleAlarm } from "./undelete-point.ts";

type UsageQuery = z.infer<typeof usageQuerySchema>;
const workers = ["owner", "admin", "technician"] as const;
const params = z.strictObject({ id: z.uuid() });

/** Restore points, usage, scrub reports and live hints for the customer console (R10, R30). */
export function registerBackupRoutes(app: Face, services: BackupHttpServices): void {
  const { db, clock } = services;
  registerLiveEvents(app, services);
  registerPointRoutes(app, services);

  app.get("/api/backup-summary", { schema: { response: { 200: backupSummarySchema } } }, async (request) => {
    const actor = await services.session(request);
    const found = await db.tenant(
      actor.tenantId,
      async (tx) => ({
        devices: await summariseDevices(tx, clock.nowMs()),
        damaged: await selectDamagedPoints(tx),
        hasRestored: await selectHasRestored(tx),
      }),
      { readOnly: true },
    );
    const { damaged, hasRestored } = found;
    const { unproved, unprovedDeviceId, ...devices } = found.devices;
    return {
      devices: {
        ...devices,
        lastSuccessAt: devices.lastSuccessAt?.toISOString() ?? null,
        troubles: devices.troubles.map((row) => ({ ...row, since: row.since.toISOString() })),
      },
      keys: { unproved, deviceId: unprovedDeviceId },
      damagedPoints: damaged.count,
      damagedDeviceId: damaged.deviceId,
      hasRestored,
    };
  });

  registerUsage(app, services);

  app.get("/api/scrubs", { schema: { response: { 200: scrubsReplySchema } } }, async (request) => {
    const actor = await services.session(request);
    const rows = await db.tenant(actor.tenantId, (tx) => selectScrubs(tx, 100), { readOnly: true });
    return {
      scrubs: rows.map((row) => ({
        id: row.id,
        startedAt: row.startedAt.toISOString(),
        finishedAt: row.finishedAt.toISOString(),
        parts: Number(row.parts),
        bytes: Number(row.bytes),
        damaged: Number(row.damaged),
        place: row.place,
        mended: Number(row.mended),
      })),
    };
  });

  app.get("/api/alarms", { schema: { response: { 200: alarmsReplySchema } } }, async (request) => {
    const actor = await services.session(request);
    const rows = await db.tenant(actor.tenantId, (tx) => selectOpenAlarms(tx, null), { readOnly: true });
    return {
      alarms: rows.map((row) => ({
        ...row,
        raisedAt: row.raisedAt.toISOString(),
        usual: Number(row.usual),
        found: Number(row.found),
      })),
    };
  });

  app.post("/api/alarms/:id/settle", { schema: { params, response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await services.session(request);
    requireRole(actor, workers);
    const input = { id: request.params.id, nowMs: clock.nowMs() };
    await db.tenant(actor.tenantId, (tx) => settleAlarm(tx, actor, input));
    return reply.status(204).send(null);
  });
}

/** What spaces and devices held, received and gave back by day: as JSON, and as a file for a spreadsheet (R10). */
function registerUsage(app: Face, services: BackupHttpServices): void {
  const { db } = services;

  async function readUsage(actor: UserActor, query: UsageQuery): Promise<{ rows: UsageDay[]; devices: Device[] }> {
    const { from, to } = query;
    const spaceId = (query.spaceId ?? null) as SpaceId | null;
    const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
    return db.tenant(
      actor.tenantId,
      async (tx) => {
        // One that was moved to another space is told of by name, too.
        const devices = await listDevices(tx);
        const asked = spaceId === null ? devices : devices.filter((device) => device.spaceId === spaceId);
        if (days * Math.max(1, asked.length) > backupLimits.usageRowsMax)
          throw new Failure("invalid", "backup.range_too_large", "ask for fewer days or one space");
        const rows = await selectUsage(tx, { from, to, spaceId }, backupLimits.usageRowsMax);
        return { rows, devices };
      },
      { readOnly: true },
    );
  }

  app.get(
    "/api/usage",
    { schema: { querystring: usageQuerySchema, response: { 200: usageReplySchema } } },
    async (request) => {
      const { rows, devices } = await readUsage(await services.session(request), request.query);
      const seen = new Set<string>(rows.map((row) => row.deviceId));
      return {
        devices: devices.filter(({ id }) => seen.has(id)).map(({ id, name }) => ({ id, name })),
        days: rows.map((row) => ({
          ...row,
          storedBytes: Number(row.storedBytes),
          receivedBytes: Number(row.receivedBytes),
          restoredBytes: Number(row.restoredBytes),
          points: Number(row.points),
        })),
      };
    },
  );

  app.get("/api/usage/csv", { schema: { querystring: usageQuerySchema } }, async (request, reply) => {
    const { rows } = await readUsage(await services.session(request), request.query);
    reply.header("content-disposition", 'attachment; filename="usage.csv"').type("text/csv; charset=utf-8");
    const lines = rows.map((row) =>
      [row.day, row.spaceId, row.deviceId, row.storedBytes, row.receivedBytes, row.restoredBytes, row.points].join(","),
    );
    const head = "day,space,device,stored_bytes,received_bytes,restored_bytes,points";
    return reply.send(`${[head, ...lines].join("\r\n")}\r\n`);
  });
}
