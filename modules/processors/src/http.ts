import {
  announceBeginSchema,
  announceEndSchema,
  changeIdReplySchema,
  deskAnswerSchema,
  deskProcessorsSchema,
  instructSchema,
  objectSchema,
  processorsReplySchema,
} from "@casaforte/contract/processors";
import { parseId, romeIsoDate, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { announceChange, earliestDay, type OperatorActor } from "./announce.ts";
import { answerToObjection, giveInstruction, noteInstructionDone, objectToChange, type UserActor } from "./object.ts";
import type { ProcessorServices } from "./services.ts";
import {
  countTold,
  selectAllInstructions,
  selectAllObjections,
  selectChanges,
  selectInstructions,
  selectObjections,
  selectSubprocessors,
} from "./store.ts";
import type { Change, ChangeId, Instruction, InstructionId, Objection, Subprocessor, SubprocessorId } from "./types.ts";

const idParams = z.strictObject({ id: z.uuid() });
const ownedParams = z.strictObject({ tenantId: z.uuid(), id: z.uuid() });
const nothing = z.null();
const iso = (at: Date | null) => at?.toISOString() ?? null;

/** Where a sub-processor stands today, in Rome. */
export function standingOf({ fromOn, untilOn }: Subprocessor, nowMs: number): "announced" | "active" | "ended" {
  const today = romeIsoDate(nowMs);
  if (fromOn > today) return "announced";
  return untilOn !== null && untilOn <= today ? "ended" : "active";
}

const viewOf = (nowMs: number) => (each: Subprocessor) => ({ ...each, state: standingOf(each, nowMs) });
const viewChange = (change: Change) => ({
  ...change,
  announcedAt: change.announcedAt.toISOString(),
  objectionsUntil: change.objectionsUntil.toISOString(),
});
const viewObjection = ({ changeId, reason, at, answer, answeredAt }: Objection) => ({
  ...{ changeId, reason, answer },
  at: at.toISOString(),
  answeredAt: iso(answeredAt),
});
const viewInstruction = ({ id, text, at, done, doneAt }: Instruction) => ({
  ...{ id, text, done },
  at: at.toISOString(),
  doneAt: iso(doneAt),
});

export interface ProcessorHttpServices extends Pick<ProcessorServices, "db" | "clock" | "random"> {
  /** @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<UserActor>;
}

/** The list, what changes, and what the customer says to it, on the customer's face (R82). */
export function registerProcessorRoutes(app: Face, services: ProcessorHttpServices): void {
  const { db, clock } = services;
  app.get("/api/processors", { schema: { response: { 200: processorsReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request, "read");
    const nowMs = clock.nowMs();
    return db.tenant(
      tenantId,
      async (tx) => {
        const objections = await selectObjections(tx);
        const isFree = (change: Change) =>
          nowMs < change.objectionsUntil.getTime() && !objections.some(({ changeId }) => changeId === change.id);
        return {
          subprocessors: (await selectSubprocessors(tx)).map(viewOf(nowMs)),
          changes: (await selectChanges(tx)).map((change) => ({ ...viewChange(change), mayObject: isFree(change) })),
          objections: objections.map(viewObjection),
          instructions: (await selectInstructions(tx)).map(viewInstruction),
        };
      },
      { readOnly: true },
    );
  });
  app.post(
    "/api/processors/changes/:id/objection",
    { schema: { params: idParams, body: objectSchema, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      const input = { changeId: parseId<ChangeId>(request.params.id), reason: request.body.reason };
      await db.tenant(actor.tenantId, (tx) => objectToChange(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/processors/instructions",
    { schema: { body: instructSchema, response: { 201: changeIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      const id = await db.tenant(actor.tenantId, (tx) => giveInstruction(tx, actor, request.body.text, services));
      return reply.status(201).send({ id });
    },
  );
}

export interface DeskProcessorHttpServices extends Pick<ProcessorServices, "db" | "clock" | "random" | "jobs"> {
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<OperatorActor>;
}

/** Announcements, and answers to what customers say, on the operators' face (R82). */
export function registerDeskProcessorRoutes(app: Face, services: DeskProcessorHttpServices): void {
  const { db, clock } = services;
  app.get("/api/desk/processors", { schema: { response: { 200: deskProcessorsSchema } } }, async (request) => {
    await services.operator(request, "read");
    const nowMs = clock.nowMs();
    return db.operator(
      async (tx) => {
        const told = await countTold(tx);
        const objections = await selectAllObjections(tx);
        const instructions = await selectAllInstructions(tx);
        const names = await namesOf(tx, [...objections, ...instructions]);
        const owner = ({ tenantId }: { readonly tenantId: TenantId }) => ({
          tenantId,
          tenantName: names.get(tenantId) ?? "",
        });
        return {
          earliestOn: earliestDay(nowMs),
          subprocessors: (await selectSubprocessors(tx)).map(viewOf(nowMs)),
          changes: (await selectChanges(tx)).map((change) => ({
            ...viewChange(change),
            told: told.get(change.id) ?? 0,
          })),
          objections: objections.map((each) => ({ ...viewObjection(each), ...owner(each) })),
          instructions: instructions.map((each) => ({ ...viewInstruction(each), ...owner(each) })),
        };
      },
      { readOnly: true },
    );
  });
  app.post(
    "/api/desk/processors",
    { schema: { body: announceBeginSchema, response: { 201: changeIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { effectiveOn, reasonIt, reasonEn, ...begins } = request.body;
      const input = { effectiveOn, reasonIt, reasonEn, change: { begins } };
      const id = await db.operator((tx) => announceChange(tx, actor, input, services));
      return reply.status(201).send({ id });
    },
  );
  app.post(
    "/api/desk/processors/:id/end",
    { schema: { params: idParams, body: announceEndSchema, response: { 201: changeIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const input = { ...request.body, change: { ends: parseId<SubprocessorId>(request.params.id) } };
      const id = await db.operator((tx) => announceChange(tx, actor, input, services));
      return reply.status(201).send({ id });
    },
  );
  app.post(
    "/api/desk/processors/answers/:tenantId/:id",
    { schema: { params: ownedParams, body: deskAnswerSchema, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const tenantId = parseId<TenantId>(request.params.tenantId);
      const changeId = parseId<ChangeId>(request.params.id);
      const answer = request.body.text;
      await db.operator((tx) => answerToObjection(tx, actor, { tenantId, changeId, answer }, services));
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/desk/processors/instructions/:tenantId/:id",
    { schema: { params: ownedParams, body: deskAnswerSchema, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const tenantId = parseId<TenantId>(request.params.tenantId);
      const id = parseId<InstructionId>(request.params.id);
      const done = request.body.text;
      await db.operator((tx) => noteInstructionDone(tx, actor, { tenantId, id, done }, services));
      return reply.status(204).send(null);
    },
  );
}

async function namesOf(
  tx: OperatorTx,
  rows: readonly { readonly tenantId: TenantId }[],
): Promise<ReadonlyMap<TenantId, string>> {
  const names = new Map<TenantId, string>();
  for (const { tenantId } of rows) if (!names.has(tenantId)) names.set(tenantId, (await readTenant(tx, tenantId)).name);
  return names;
}
