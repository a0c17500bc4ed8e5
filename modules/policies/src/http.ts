import {
  assignPolicySchema,
  changePolicySchema,
  chooseDevicePolicySchema,
  createPolicySchema,
  type Policy as PolicyReply,
  type PolicySettings,
  pauseDeviceSchema,
  policiesReplySchema,
  policyPreviewReplySchema,
  policyPreviewRequestSchema,
  policySchema,
  runNowReplySchema,
} from "@casaforte/contract/policies";
import { type Clock, type DeviceId, type Id, newId, type Random } from "@casaforte/kernel";
import { listDevices } from "@casaforte/modules/devices";
import { type ConsoleSessions, requireRole, type UserActor } from "@casaforte/modules/spaces";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { assignPolicy, changePolicy, createPolicy, deletePolicy, requirePolicy } from "./change-policy.ts";
import { chooseDevicePolicy, pauseDevice } from "./device-policy.ts";
import { requestRun } from "./follow-policy.ts";
import type { Assignment, Policy, PolicyId } from "./policy.ts";
import { type Figures, previewPolicy } from "./preview-policy.ts";
import { assertSchedule } from "./schedule.ts";
import { selectAssignments, selectPolicies } from "./store.ts";

export interface PolicyHttpServices extends ConsoleSessions {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
  /** What these devices hold and change, all together; null when nothing is known. The backup module, which knows, offers it. */
  measureDevices(tx: TenantTx, deviceIds: readonly DeviceId[]): Promise<Figures | null>;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;
const workers = ["owner", "admin", "technician"] as const;
const params = z.strictObject({ id: z.uuid() });

const blankOf = <T extends { readonly command: string }>(runs: T): T => ({ ...runs, command: "…" });

/** A command line may hold a password, so support, let in by the customer, sees that there is one and no more (R90). */
function settingsFor(reader: UserActor, settings: PolicySettings): PolicySettings {
  if (reader.acting === undefined) return settings;
  const { sources, hooks } = settings;
  return {
    ...settings,
    sources: sources.map((source) => (source.kind === "command" ? blankOf(source) : source)),
    hooks: { before: hooks.before.map(blankOf), after: hooks.after.map(blankOf) },
  };
}

const policyReply = (reader: UserActor, policy: Policy, assignments: readonly Assignment[]): PolicyReply => ({
  id: policy.id,
  name: policy.name,
  version: policy.version,
  settings: settingsFor(reader, policy.settings),
  devices: assignments
    .filter((assignment) => assignment.policyId === policy.id)
    .map((assignment) => ({
      deviceId: assignment.deviceId,
      version: assignment.acknowledgedVersion,
      state: assignment.acknowledgedState,
      code: assignment.acknowledgedCode,
      acknowledgedAt: iso(assignment.acknowledgedAt),
      nextRunAt: iso(assignment.nextRunAt),
      pausedUntil: iso(assignment.pausedUntil),
    })),
  updatedAt: policy.updatedAt.toISOString(),
});

/** Assignments of devices that still exist. */
async function assignmentsShown(tx: TenantTx): Promise<Assignment[]> {
  const known = new Set((await listDevices(tx)).map((device) => device.id));
  return (await selectAssignments(tx)).filter((assignment) => known.has(assignment.deviceId));
}

const readPolicy = async (tx: TenantTx, reader: UserActor, id: PolicyId) =>
  policyReply(reader, await requirePolicy(tx, id), await assignmentsShown(tx));

/** Policies, their devices, previews and runs on request for the customer console (R10). */
export function registerPolicyRoutes(app: Face, services: PolicyHttpServices): void {
  const { db, clock, random, bus } = services;
  const hint = (topic: string, payload?: string) => bus.publish(topic, payload);

  app.get("/api/policies", { schema: { response: { 200: policiesReplySchema } } }, async (request) => {
    const actor = await services.session(request);
    return db.tenant(
      actor.tenantId,
      async (tx) => {
        const assignments = await assignmentsShown(tx);
        return { policies: (await selectPolicies(tx)).map((policy) => policyReply(actor, policy, assignments)) };
      },
      { readOnly: true },
    );
  });

  app.get("/api/policies/:id", { schema: { params, response: { 200: policySchema } } }, async (request) => {
    const actor = await services.session(request);
    return db.tenant(actor.tenantId, (tx) => readPolicy(tx, actor, request.params.id as PolicyId), { readOnly: true });
  });

  app.post(
    "/api/policies",
    { schema: { body: createPolicySchema, response: { 201: policySchema } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const id = newId<PolicyId>(clock, random);
      const policy = await db.tenant(actor.tenantId, async (tx) => {
        await createPolicy(tx, actor, { id, ...request.body, nowMs: clock.nowMs() });
        return readPolicy(tx, actor, id);
      });
      return reply.status(201).send(policy);
    },
  );

  app.put(
    "/api/policies/:id",
    { schema: { params, body: changePolicySchema, response: { 200: policySchema } } },
    async (request) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const id = request.params.id as PolicyId;
      const { name, settings, version: replaces } = request.body;
      return db.tenant(actor.tenantId, async (tx) => {
        await changePolicy(tx, actor, { id, name, settings, replaces, nowMs: clock.nowMs() }, hint);
        return readPolicy(tx, actor, id);
      });
    },
  );

  app.delete("/api/policies/:id", { schema: { params, response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await services.session(request);
    requireRole(actor, workers);
    const input = { id: request.params.id as PolicyId, nowMs: clock.nowMs() };
    await db.tenant(actor.tenantId, (tx) => deletePolicy(tx, actor, input, hint));
    return reply.status(204).send(null);
  });

  app.put(
    "/api/policies/:id/devices",
    { schema: { params, body: assignPolicySchema, response: { 200: policySchema } } },
    async (request) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const id = request.params.id as PolicyId;
      const deviceIds = request.body.deviceIds as DeviceId[];
      return db.tenant(actor.tenantId, async (tx) => {
        await assignPolicy(tx, actor, { id, deviceIds, nowMs: clock.nowMs() }, hint);
        return readPolicy(tx, actor, id);
      });
    },
  );

  app.post(
    "/api/policies/preview",
    { schema: { body: policyPreviewRequestSchema, response: { 200: policyPreviewReplySchema } } },
    async (request) => {
      const actor = await services.session(request);
      const { schedule, retention, fullBytes, changedBytes, deviceIds } = request.body;
      assertSchedule(schedule);
      const given = fullBytes !== undefined && changedBytes !== undefined ? { fullBytes, changedBytes } : null;
      const measure = (tx: TenantTx) => services.measureDevices(tx, deviceIds as DeviceId[]);
      const measured = given ? null : await db.tenant(actor.tenantId, measure, { readOnly: true });
      const preview = previewPolicy(schedule, retention, clock.nowMs(), given ?? measured);
      const basis = given ? ("given" as const) : measured ? ("measured" as const) : ("unknown" as const);
      return { ...preview, basis };
    },
  );

  app.put(
    "/api/devices/:id/policy",
    { schema: { params, body: chooseDevicePolicySchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const policyId = request.body.policyId as PolicyId | null;
      const input = { deviceId: request.params.id as DeviceId, policyId, nowMs: clock.nowMs() };
      await db.tenant(actor.tenantId, (tx) => chooseDevicePolicy(tx, actor, input, hint));
      return reply.status(204).send(null);
    },
  );

  app.put(
    "/api/devices/:id/pause",
    { schema: { params, body: pauseDeviceSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const { until } = request.body;
      const untilMs = until === null ? null : Date.parse(until);
      const input = { deviceId: request.params.id as DeviceId, untilMs, nowMs: clock.nowMs() };
      await db.tenant(actor.tenantId, (tx) => pauseDevice(tx, actor, input, hint));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/devices/:id/run",
    { schema: { params, response: { 202: runNowReplySchema } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, workers);
      const id = newId<Id<"RunRequest">>(clock, random);
      const nowMs = clock.nowMs();
      const input = { id, deviceId: request.params.id as DeviceId, nowMs };
      await db.tenant(actor.tenantId, (tx) => requestRun(tx, actor, input, hint));
      return reply.status(202).send({ requestId: id, requestedAt: new Date(nowMs).toISOString() });
    },
  );
}
