import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  decideLegalRequestSchema,
  holdsReplySchema,
  type LegalRequestReply,
  legalIdReplySchema,
  legalRequestsReplySchema,
  liftHoldSchema,
  looksReplySchema,
  placeHoldSchema,
  registerLegalRequestSchema,
} from "@casaforte/contract/compliance";
import { type Bytes, type Clock, newId, type Random, type TenantId } from "@casaforte/kernel";
import { type Exporter, tarOf } from "@casaforte/modules/departure";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Db, OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { assertLegal, liftHold, type OperatorActor, placeHold } from "./holds.ts";
import type { HoldId, LegalRequest, LegalRequestId } from "./legal-request.ts";
import {
  closeLegalRequest,
  decideLegalRequest,
  endGag,
  noteDelivery,
  registerLegalRequest,
  requireDeliverable,
} from "./legal-requests.ts";
import { complianceLimits } from "./limits.ts";
import { insertLook, selectHolds, selectLooks, selectRequests } from "./store.ts";

export interface ComplianceHttpServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly exporters: readonly Exporter[];
  /** Any signed-in operator; what is here is the legal role's alone. @throws unauthenticated. */
  operator(request: unknown): Promise<OperatorActor>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;
const params = z.strictObject({ id: z.uuid() });

async function view(tx: OperatorTx, request: LegalRequest, actor: OperatorActor): Promise<LegalRequestReply> {
  const { id, kind, authority, act, legalBasis, gag, state, reason } = request;
  const { parts, mailAccounts, from, until } = request.scope;
  return {
    ...{ id, kind, authority, act, legalBasis, gag, state, reason },
    scope: {
      parts: [...parts],
      ...(mailAccounts ? { mailAccounts: [...mailAccounts] } : {}),
      ...(from ? { from } : {}),
      ...(until ? { until } : {}),
    },
    number: Number(request.number),
    tenantId: request.aboutTenant,
    tenantName: (await readTenant(tx, request.aboutTenant)).name,
    receivedAt: request.receivedAt.toISOString(),
    deadlineAt: request.deadlineAt.toISOString(),
    gagUntil: iso(request.gagUntil),
    isOwn: request.registeredBy === actor.principalId,
    deliveredAt: iso(request.deliveredAt),
    deliveredBytes: request.deliveredBytes === null ? null : Number(request.deliveredBytes),
    deliveredSha256: request.deliveredSha256?.toString("hex") ?? null,
    toldAt: iso(request.toldAt),
  };
}

/** The register of authorities' requests and legal holds, on the operators' face (R58, R88, R92). */
export function registerComplianceRoutes(app: Face, services: ComplianceHttpServices): void {
  const { db, clock, random } = services;
  const legal = async (request: unknown): Promise<OperatorActor> => {
    const actor = await services.operator(request);
    assertLegal(actor);
    return actor;
  };
  const fresh = async (request: unknown): Promise<OperatorActor> => {
    const actor = await legal(request);
    await services.assertFresh(request);
    return actor;
  };
  const idOf = (request: { params: { id: string } }) => request.params.id as LegalRequestId;

  app.get("/api/legal-requests", { schema: { response: { 200: legalRequestsReplySchema } } }, async (request) => {
    const actor = await legal(request);
    return db.operator(async (tx) => {
      const requests: LegalRequestReply[] = [];
      for (const row of await selectRequests(tx, complianceLimits.listed)) {
        await insertLook(tx, { requestId: row.id, by: actor.principalId, what: "list", at: new Date(clock.nowMs()) });
        requests.push(await view(tx, row, actor));
      }
      return { requests };
    });
  });

  app.post(
    "/api/legal-requests",
    { schema: { body: registerLegalRequestSchema, response: { 201: legalIdReplySchema } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const { tenantId, receivedAt, deadlineAt, gagUntil, scope, ...said } = request.body;
      const { mailAccounts, from, until } = scope;
      const id = newId<LegalRequestId>(clock, random);
      await db.operator((tx) =>
        registerLegalRequest(tx, actor, {
          ...said,
          id,
          scope: {
            parts: scope.parts,
            ...(mailAccounts ? { mailAccounts } : {}),
            ...(from ? { from } : {}),
            ...(until ? { until } : {}),
          },
          aboutTenant: tenantId as TenantId,
          receivedAtMs: Date.parse(receivedAt),
          deadlineMs: deadlineAt === undefined ? null : Date.parse(deadlineAt),
          gagUntilMs: gagUntil === undefined ? null : Date.parse(gagUntil),
          holdId: newId<HoldId>(clock, random),
          nowMs: clock.nowMs(),
        }),
      );
      return reply.status(201).send({ id });
    },
  );

  app.get(
    "/api/legal-requests/:id/looks",
    { schema: { params, response: { 200: looksReplySchema } } },
    async (request) => {
      await legal(request);
      const looks = await db.operator((tx) => selectLooks(tx, idOf(request)), { readOnly: true });
      return { looks: looks.map((look) => ({ ...look, at: look.at.toISOString() })) };
    },
  );

  app.post(
    "/api/legal-requests/:id/decision",
    { schema: { params, body: decideLegalRequestSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const { decision, reason } = request.body;
      const input = { id: idOf(request), decision, reason: reason ?? null, nowMs: clock.nowMs() };
      await db.operator((tx) => decideLegalRequest(tx, actor, input));
      return reply.status(204).send(null);
    },
  );

  for (const [path, act] of [
    ["gag-end", endGag],
    ["closing", closeLegalRequest],
  ] as const)
    app.post(
      `/api/legal-requests/:id/${path}`,
      { schema: { params, response: { 204: z.null() } } },
      async (request, reply) => {
        const actor = await fresh(request);
        await db.operator((tx) => act(tx, actor, { id: idOf(request), nowMs: clock.nowMs() }));
        return reply.status(204).send(null);
      },
    );

  app.get("/api/legal-requests/:id/delivery", { schema: { params } }, async (request, reply) => {
    const actor = await fresh(request);
    const id = idOf(request);
    const found = await db.operator(async (tx) => {
      const row = await requireDeliverable(tx, actor, id);
      await insertLook(tx, { requestId: id, by: actor.principalId, what: "delivery", at: new Date(clock.nowMs()) });
      return row;
    });
    // The first piece before the reply: a scope that cannot be met is an error and not a cut file.
    const pieces = delivery(services, actor, found);
    const first = await pieces.next();
    reply.header("content-type", "application/x-tar");
    reply.header("content-disposition", `attachment; filename="request-${found.number}.tar"`);
    return reply.send(Readable.from(resumed(first, pieces)));
  });

  app.get("/api/legal-holds", { schema: { response: { 200: holdsReplySchema } } }, async (request) => {
    const actor = await legal(request);
    return db.operator(async (tx) => {
      const holds = [];
      for (const hold of await selectHolds(tx, null, complianceLimits.listed))
        holds.push({
          id: hold.id,
          tenantId: hold.aboutTenant,
          tenantName: (await readTenant(tx, hold.aboutTenant)).name,
          reason: hold.reason,
          placedAt: hold.placedAt.toISOString(),
          liftAskedAt: iso(hold.liftAskedAt),
          liftAskedByMe: hold.liftAskedBy === actor.principalId,
          liftedAt: iso(hold.liftedAt),
        });
      return { holds };
    });
  });

  app.post(
    "/api/legal-holds",
    { schema: { body: placeHoldSchema, response: { 201: legalIdReplySchema } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const id = newId<HoldId>(clock, random);
      const { tenantId, reason } = request.body;
      const input = { id, aboutTenant: tenantId as TenantId, requestId: null, reason, nowMs: clock.nowMs() };
      await db.operator((tx) => placeHold(tx, actor, input));
      return reply.status(201).send({ id });
    },
  );

  app.post(
    "/api/legal-holds/:id/lift",
    { schema: { params, body: liftHoldSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const input = { id: request.params.id as HoldId, decision: request.body.decision, nowMs: clock.nowMs() };
      await db.operator((tx) => liftHold(tx, actor, input));
      return reply.status(204).send(null);
    },
  );
}

/** A source of which one piece was taken already. */
async function* resumed(first: IteratorResult<Bytes>, rest: AsyncGenerator<Bytes>): AsyncGenerator<Bytes> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** What the registered scope names, and nothing else; noted with its hash after the last byte (R58). */
async function* delivery(
  { db, clock, exporters }: ComplianceHttpServices,
  actor: OperatorActor,
  request: LegalRequest,
): AsyncGenerator<Bytes> {
  const { parts, mailAccounts, from, until } = request.scope;
  const scope = {
    ...(mailAccounts ? { mailAccounts } : {}),
    ...(from ? { from: new Date(from) } : {}),
    ...(until ? { until: new Date(until) } : {}),
    withDeleted: true,
  };
  const stop = new AbortController();
  async function* entries() {
    for (const exporter of exporters)
      if (parts.includes(exporter.part)) yield* exporter.entries(request.aboutTenant, scope, stop.signal);
  }
  const hash = createHash("sha256");
  let bytes = 0n;
  try {
    for await (const piece of tarOf(entries(), { nowMs: clock.nowMs(), signal: stop.signal })) {
      hash.update(piece);
      bytes += BigInt(piece.length);
      yield piece;
    }
  } finally {
    stop.abort();
  }
  await db.operator((tx) =>
    noteDelivery(tx, actor, { id: request.id, bytes, sha256: hash.digest(), nowMs: clock.nowMs() }),
  );
}
