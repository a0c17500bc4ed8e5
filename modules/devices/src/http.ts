import {
  changeDeviceSchema,
  type Device as DeviceReply,
  deleteDeviceSchema,
  deviceReplySchema,
  devicesQuerySchema,
  devicesReplySchema,
  enrolmentReplySchema,
  enrolmentStateSchema,
  makeRestoreTokenSchema,
  prepareEnrolmentSchema,
  restoreTokenReplySchema,
  stripDays,
} from "@casaforte/contract/devices";
import {
  type Actor,
  type Clock,
  type DeviceId,
  Failure,
  type Id,
  newId,
  type Random,
  type SpaceId,
} from "@casaforte/kernel";
import { type ConsoleSessions, requireRole } from "@casaforte/modules/spaces";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { changeDeviceName, proveKey, requireDevice, revokeDevice } from "./change-device.ts";
import type { Device, DeviceRun } from "./device.ts";
import { prepareEnrolment } from "./enrolment.ts";
import { devicesLimits } from "./limits.ts";
import { listDevicePage, readDays } from "./list-devices.ts";
import { makeRestoreToken } from "./restore-token.ts";
import { selectEnrolment, selectRuns } from "./store.ts";
import { makeToken } from "./token.ts";

export interface DeviceHttpServices extends ConsoleSessions {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
  /** Empties a device and deletes it; the backup module, which knows what it holds, offers it. */
  deleteDevice(
    tx: TenantTx,
    actor: Actor,
    input: { readonly id: DeviceId; readonly confirmation: string; readonly nowMs: number },
  ): Promise<void>;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;

const deviceReply = (device: Device, nowMs: number): DeviceReply => ({
  id: device.id,
  spaceId: device.spaceId,
  name: device.name,
  kind: device.kind,
  os: device.os,
  osVersion: device.osVersion,
  hostname: device.hostname,
  agentVersion: device.agentVersion,
  state: device.state === "active" ? "active" : "revoked",
  connected:
    device.state === "active" &&
    device.lastSeenAt !== null &&
    nowMs - device.lastSeenAt.getTime() < devicesLimits.connectedMs,
  enrolledAt: device.enrolledAt.toISOString(),
  lastSeenAt: iso(device.lastSeenAt),
  lastResult: device.lastResult,
  lastResultAt: iso(device.lastResultAt),
  lastSuccessAt: iso(device.lastSuccessAt),
  keyProvedAt: iso(device.keyProvedAt),
});

const runReply = (run: DeviceRun) => ({
  runId: run.runId,
  kind: run.kind,
  result: run.result,
  startedAt: run.startedAt.toISOString(),
  finishedAt: run.finishedAt.toISOString(),
  filesTotal: Number(run.filesTotal),
  filesUnreadable: Number(run.filesUnreadable),
  bytesRead: Number(run.bytesRead),
  bytesSent: Number(run.bytesSent),
  code: run.code,
  message: run.message,
  notes: [...run.notes],
});

const workers = ["owner", "admin", "technician"] as const;
const params = z.strictObject({ id: z.uuid() });

/** Devices, enrolments and restore tokens for the customer console (R10). */
export function registerDeviceRoutes(app: Face, services: DeviceHttpServices): void {
  registerDevices(app, services);
  registerEnrolments(app, services);
  registerRestoreTokens(app, services);
}

function registerDevices(app: Face, services: DeviceHttpServices): void {
  const { db, clock, bus } = services;
  const hint = (topic: string, payload?: string) => bus.publish(topic, payload);

  app.get(
    "/api/devices",
    { schema: { querystring: devicesQuerySchema, response: { 200: devicesReplySchema } } },
    async (request) => {
      const actor = await services.session(request);
      const { q, limit } = request.query;
      const nowMs = clock.nowMs();
      const query = {
        spaceId: (request.query.spaceId ?? null) as SpaceId | null,
        after: (request.query.after ?? null) as DeviceId | null,
        search: q ?? "",
        dayCount: stripDays,
        limit,
        nowMs,
      };
      const page = await db.tenant(actor.tenantId, (tx) => listDevicePage(tx, query), { readOnly: true });
      const devices = page.devices.map(({ device, days }) => ({ ...deviceReply(device, nowMs), days: [...days] }));
      return { devices, nextAfter: page.hasMore ? (devices.at(-1)?.id ?? null) : null, total: page.total };
    },
  );

  app.get("/api/devices/:id", { schema: { params, response: { 200: deviceReplySchema } } }, async (request) => {
    const actor = await services.session(request);
    const id = request.params.id as DeviceId;
    const nowMs = clock.nowMs();
    const found = await db.tenant(
      actor.tenantId,
      async (tx) => ({
        device: await requireDevice(tx, id),
        daysOf: await readDays(tx, [id], { dayCount: stripDays, nowMs }),
        runs: await selectRuns(tx, id, devicesLimits.runsShown),
      }),
      { readOnly: true },
    );
    return { device: deviceReply(found.device, nowMs), days: [...found.daysOf(id)], runs: found.runs.map(runReply) };
  });

  app.patch(
    "/api/devices/:id",
    { schema: { params, body: changeDeviceSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const input = { id: request.params.id as DeviceId, name: request.body.name };
      await db.tenant(actor.tenantId, (tx) => changeDeviceName(tx, actor, input));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/devices/:id/key-proof",
    { schema: { params, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const input = { id: request.params.id as DeviceId, nowMs: clock.nowMs() };
      await db.tenant(actor.tenantId, (tx) => proveKey(tx, actor, input));
      return reply.status(204).send(null);
    },
  );

  app.post("/api/devices/:id/revoke", { schema: { params, response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await services.session(request);
    requireRole(actor, workers);
    const input = { id: request.params.id as DeviceId, nowMs: clock.nowMs() };
    await db.tenant(actor.tenantId, (tx) => revokeDevice(tx, actor, input, hint));
    return reply.status(204).send(null);
  });

  app.delete(
    "/api/devices/:id",
    { schema: { params, body: deleteDeviceSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      await services.assertFresh(request);
      const { confirmation } = request.body;
      const input = { id: request.params.id as DeviceId, confirmation, nowMs: clock.nowMs() };
      await db.tenant(actor.tenantId, (tx) => services.deleteDevice(tx, actor, input));
      return reply.status(204).send(null);
    },
  );
}

function registerEnrolments(app: Face, services: DeviceHttpServices): void {
  const { db, clock, random } = services;

  app.post(
    "/api/enrolments",
    { schema: { body: prepareEnrolmentSchema, response: { 201: enrolmentReplySchema } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const { token, hash } = makeToken("enrol", random);
      const id = newId<Id<"Enrolment">>(clock, random);
      const { spaceId, kind, name } = request.body;
      const input = {
        id,
        kind,
        name: name ?? null,
        spaceId: spaceId as SpaceId,
        tokenHash: hash,
        nowMs: clock.nowMs(),
      };
      const expiresAt = await db.tenant(actor.tenantId, (tx) => prepareEnrolment(tx, actor, input));
      return reply.status(201).send({ id, token, expiresAt: expiresAt.toISOString() });
    },
  );

  app.get("/api/enrolments/:id", { schema: { params, response: { 200: enrolmentStateSchema } } }, async (request) => {
    const actor = await services.session(request);
    const { id } = request.params;
    const found = await db.tenant(actor.tenantId, (tx) => selectEnrolment(tx, id), { readOnly: true });
    if (found === null) throw new Failure("not_found", "devices.enrolment_not_found", "there is no such enrolment");
    const expired = found.expiresAt.getTime() <= clock.nowMs();
    return {
      id,
      state: found.deviceId !== null ? ("used" as const) : expired ? ("expired" as const) : ("waiting" as const),
      expiresAt: found.expiresAt.toISOString(),
      deviceId: found.deviceId,
    };
  });
}

function registerRestoreTokens(app: Face, services: DeviceHttpServices): void {
  const { db, clock, random } = services;

  app.post(
    "/api/devices/:id/restore-tokens",
    { schema: { params, body: makeRestoreTokenSchema, response: { 201: restoreTokenReplySchema } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const { token, hash } = makeToken("restore", random);
      const id = newId<Id<"RestoreToken">>(clock, random);
      const deviceId = request.params.id as DeviceId;
      const input = { id, deviceId, hours: request.body.hours, tokenHash: hash, nowMs: clock.nowMs() };
      const expiresAt = await db.tenant(actor.tenantId, (tx) => makeRestoreToken(tx, actor, input));
      return reply.status(201).send({ id, token, expiresAt: expiresAt.toISOString() });
    },
  );
}
