import {
  mailEventListSchema,
  mailTraceQuerySchema,
  queueListSchema,
  queueQuerySchema,
  sinkListSchema,
  sinkQuerySchema,
  sinkTextSchema,
} from "@casaforte/contract/mailflow";
import { type Actor, Failure, parseId, type TenantId } from "@casaforte/kernel";
import { htmlToText, isInlineText, leafParts, parseMessage, partText } from "@casaforte/mime";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { dropQueueEntry, retryQueueEntry } from "./change-queue.ts";
import type { MailflowServices } from "./services.ts";
import { selectEvents, selectSearchedFrom } from "./store-events.ts";
import { selectQueue } from "./store-queue.ts";
import { deleteSink, selectSink, selectSinkRaw } from "./store-sink.ts";
import { heldDetail, type MailEvent, type QueueEntry, type QueueId, type TraceId } from "./types.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;
type UserActor = Extract<Actor, { kind: "user" }>;

export interface MailflowOperatorServices
  extends Pick<MailflowServices, "db" | "clock" | "random" | "jobs" | "mailStore"> {
  /** Who asks; throws unauthenticated or forbidden. Reading is for support, changing for infra. */
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<OperatorActor>;
}

export interface MailflowConsoleServices extends Pick<MailflowServices, "db"> {
  readonly authorise: (request: unknown, access: "read") => Promise<UserActor>;
}

const nothing = z.object({});
const idParams = z.object({ id: z.uuid() });
const entryParams = z.object({ tenantId: z.uuid(), id: z.uuid() });
const noSink = () => new Failure("not_found", "mailflow.sink_missing", "no such message");

const toEntry = (entry: QueueEntry) => ({
  id: entry.id,
  tenantId: entry.outgoing.tenantId,
  traceId: entry.outgoing.traceId,
  sender: entry.outgoing.sender,
  recipient: entry.recipient,
  state: entry.state === "waiting" && entry.hold === "held" ? ("held" as const) : entry.state,
  attempts: entry.attempts,
  sizeBytes: Number(entry.outgoing.sizeBytes),
  createdAt: entry.createdAt.toISOString(),
  nextAt: entry.nextAt.toISOString(),
  expiresAt: entry.expiresAt.toISOString(),
  // That it is held is its state, not what a server said.
  lastReply: entry.lastReply === heldDetail ? null : entry.lastReply,
});
const toEvent = (event: MailEvent) => ({
  ...event,
  kind: event.kind === "deferred" && event.detail === heldDetail ? ("held" as const) : event.kind,
  at: event.at.toISOString(),
});
/** People copy a Message-ID with or without its brackets. */
const bracketed = (id: string) => `<${id.trim().replace(/^<|>$/g, "")}>`;
const toFilter = (query: z.infer<typeof mailTraceQuerySchema>) => ({
  limit: query.limit,
  ...(query.address === undefined ? {} : { address: query.address.toLowerCase() }),
  ...(query.traceId === undefined ? {} : { traceId: parseId<TraceId>(query.traceId) }),
  ...(query.messageId === undefined ? {} : { headerMessageId: bracketed(query.messageId) }),
  ...(query.subject === undefined || query.subject === "" ? {} : { subject: query.subject }),
  ...(query.from === undefined ? {} : { from: new Date(query.from) }),
  ...(query.until === undefined ? {} : { until: new Date(query.until) }),
});

/** Once a page is full of what was found it does not matter how far back one looked. */
async function readEvents(tx: TenantTx | OperatorTx, query: z.infer<typeof mailTraceQuerySchema>) {
  const filter = toFilter(query);
  const events = await selectEvents(tx, filter);
  const searchedFrom = events.length < filter.limit ? await selectSearchedFrom(tx, filter) : null;
  return { events: events.map(toEvent), searchedFrom: searchedFrom?.toISOString() ?? null };
}

/** The customer console's "where is my mail?". */
export function registerMailTraceRoutes(app: Face, services: MailflowConsoleServices): void {
  app.get(
    "/api/mail-events",
    { schema: { querystring: mailTraceQuerySchema, response: { 200: mailEventListSchema } } },
    async (request) => {
      const actor = await services.authorise(request, "read");
      return services.db.tenant(actor.tenantId, (tx) => readEvents(tx, request.query), { readOnly: true });
    },
  );
}

/** The operator's routes: queue, trace, and the sink of a demonstration. */
export function registerMailflowOperatorRoutes(app: Face, services: MailflowOperatorServices): void {
  registerQueue(app, services);
  registerSink(app, services);
}

function registerQueue(app: Face, services: MailflowOperatorServices): void {
  const { db, authorise } = services;
  app.get(
    "/api/mail-queue",
    { schema: { querystring: queueQuerySchema, response: { 200: queueListSchema } } },
    async (request) => {
      await authorise(request, "read");
      const { state, domain, address, limit } = request.query;
      const filter = {
        state,
        limit,
        ...(domain === undefined ? {} : { domain: domain.toLowerCase() }),
        ...(address === undefined ? {} : { address: address.toLowerCase() }),
      };
      return { entries: (await db.operator((tx) => selectQueue(tx, filter))).map(toEntry) };
    },
  );
  for (const [verb, change] of [
    ["retry", retryQueueEntry],
    ["drop", dropQueueEntry],
  ] as const)
    app.post(
      `/api/mail-queue/:tenantId/:id/${verb}`,
      { schema: { params: entryParams, response: { 200: nothing } } },
      async (request) => {
        const actor = await authorise(request, "write");
        const queueId = parseId<QueueId>(request.params.id);
        await db.tenant(parseId<TenantId>(request.params.tenantId), (tx) => change(tx, actor, { queueId }, services));
        return {};
      },
    );
  app.get(
    "/api/mail-events",
    { schema: { querystring: mailTraceQuerySchema, response: { 200: mailEventListSchema } } },
    async (request) => {
      await authorise(request, "read");
      return db.operator((tx) => readEvents(tx, request.query));
    },
  );
}

/** Subject and readable text of a message: the plain part if there is one, else the HTML as text. */
function shownText(raw: Buffer): z.infer<typeof sinkTextSchema> {
  const { index, summary } = parseMessage(raw);
  const texts = [...leafParts(index.structure)].filter(isInlineText);
  const plain = texts.find(({ part }) => part.subtype === "plain") ?? texts[0];
  if (plain === undefined) return { subject: summary.subject, text: "" };
  const text = partText(raw, plain.part);
  return { subject: summary.subject, text: plain.part.subtype === "html" ? htmlToText(text) : text };
}

function registerSink(app: Face, services: MailflowOperatorServices): void {
  const { db, authorise } = services;
  app.get(
    "/api/mail-sink",
    { schema: { querystring: sinkQuerySchema, response: { 200: sinkListSchema } } },
    async (request) => {
      await authorise(request, "read");
      const { before, address, limit } = request.query;
      const page = { before: before ?? null, address: address ?? null, limit };
      const messages = await db.operator((tx) => selectSink(tx, page));
      return {
        messages: messages.map((message) => ({
          ...message,
          recipients: [...message.recipients],
          at: message.at.toISOString(),
          sizeBytes: Number(message.sizeBytes),
        })),
      };
    },
  );
  app.get("/api/mail-sink/:id/raw", { schema: { params: idParams } }, async (request, reply) => {
    await authorise(request, "read");
    const raw = await db.operator((tx) => selectSinkRaw(tx, request.params.id));
    if (raw === null) throw noSink();
    // As a download: a browser must not render what a stranger wrote.
    return reply.type("message/rfc822").header("content-disposition", 'attachment; filename="message.eml"').send(raw);
  });
  app.get(
    "/api/mail-sink/:id/text",
    { schema: { params: idParams, response: { 200: sinkTextSchema } } },
    async (request) => {
      await authorise(request, "read");
      const raw = await db.operator((tx) => selectSinkRaw(tx, request.params.id));
      if (raw === null) throw noSink();
      return shownText(raw);
    },
  );
  app.delete("/api/mail-sink", { schema: { response: { 200: nothing } } }, async (request) => {
    await authorise(request, "write");
    await db.operator((tx) => deleteSink(tx));
    return {};
  });
}
