import { z } from "zod";
import { instantSchema } from "./time.ts";

/** One thing the operator's board watches. `figures` are for the eye; `code` picks the sentence in both languages. */
export const healthCheckSchema = z.object({
  name: z.enum(["database", "jobs", "disk", "copies", "audit"]),
  subject: z.string(),
  state: z.enum(["ok", "warning", "failed"]),
  code: z.string(),
  figures: z.record(z.string(), z.number()),
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** GET /api/health on the operator listener (R22, R99). */
export const healthReplySchema = z.object({
  checkedAt: instantSchema,
  version: z.string(),
  startedAt: instantSchema,
  roles: z.array(z.string()),
  listeners: z.array(z.object({ name: z.string(), host: z.string(), port: z.number() })),
  checks: z.array(healthCheckSchema),
});
export type HealthReply = z.infer<typeof healthReplySchema>;

/** GET /api/operation: the queue by task, what recurs, and which versions run where (R22). */
export const operationSchema = z.object({
  /** Of the program; every portal and listener of one process is of the same. */
  version: z.string(),
  /** The commit of a packaged build. */
  build: z.string().nullable(),
  agents: z.array(z.object({ version: z.string(), devices: z.number().int() })),
  queues: z.array(
    z.object({
      task: z.string(),
      waiting: z.number().int(),
      running: z.number().int(),
      failed: z.number().int(),
      dueSince: instantSchema.nullable(),
      lastError: z.string().nullable(),
      lastFailedAt: instantSchema.nullable(),
    }),
  ),
  schedules: z.array(z.object({ task: z.string(), nextAt: instantSchema, isRunning: z.boolean() })),
});
export type OperationReply = z.infer<typeof operationSchema>;

/** POST /api/operation/retries: jobs of this task that were given up get all their tries again. */
export const retryJobsSchema = z.strictObject({ task: z.string().min(1).max(100) });
export const retriedSchema = z.object({ retried: z.number().int() });

/** GET /api/board: what waits for somebody this morning (O1). */
export const boardSchema = z.object({
  late: z.array(
    z.object({
      /** The code of the last run where it failed, `silent` or `no_run`. */
      cause: z.string(),
      agentVersion: z.string(),
      devices: z.number().int(),
      customers: z.number().int(),
    }),
  ),
  fullSoon: z.array(
    z.object({
      id: z.string(),
      site: z.string(),
      days: z.number().int(),
      /** What was last written down about ordering room there. */
      note: z.object({ text: z.string(), at: instantSchema }).nullable(),
    }),
  ),
  /** Host names whose certificate ends within fourteen days, or that failed three times; at most 200. */
  certificates: z.array(
    z.object({
      name: z.string(),
      /** Whose; null: the provider's own. */
      tenantId: z.uuid().nullable(),
      endsAt: instantSchema.nullable(),
      trouble: z.enum(["no_dns", "elsewhere", "dns_silent", "limit", "rate_limited", "refused", "away"]).nullable(),
      /** The certificate authority's own words; empty where it said nothing. */
      words: z.string(),
    }),
  ),
  /** Requests of authorities with a quarter of their time left or less, and those past it (R88): figures alone. */
  authorities: z.object({ soon: z.number().int(), late: z.number().int() }),
  /** Master keys whose escrowed copy nobody looked at for 400 days, or ever (R98). */
  escrow: z.array(z.object({ keyId: z.number().int(), checkedAt: instantSchema.nullable() })).default([]),
  /** The addresses that our mail leaves from, on block lists. */
  ownAddresses: z.object({
    /** Not watched: no list is configured, or no public address. */
    state: z.enum(["watched", "no_list", "no_address"]),
    addresses: z.array(z.string()),
    /** When the lists were last asked about all of them; null: not yet. */
    askedAt: instantSchema.nullable(),
    listed: z.array(
      z.object({
        address: z.string(),
        list: z.string(),
        since: instantSchema,
        /** The list's own words; empty where it gives none. */
        words: z.string(),
        /** A page that these words name: how one is taken off the list. */
        page: z.string().nullable(),
      }),
    ),
    /** Lists that cannot be asked, and when they last gave an answer to be believed. */
    silent: z.array(z.object({ list: z.string(), answeredAt: instantSchema.nullable() })),
  }),
  /** Who said last that all was seen. */
  seen: z.object({ at: instantSchema, name: z.string() }).nullable(),
  readAt: instantSchema,
});
/** POST /api/board/sites/:id/notes: what is done about a site that fills up, for the next who looks at the board. */
export const capacityNoteSchema = z.strictObject({ text: z.string().trim().min(1).max(300) });

const lateText = z.strictObject({
  subject: z.string().trim().min(1).max(200),
  body: z.string().trim().min(1).max(4_000),
});
/** POST /api/board/late/tickets: one ticket for each customer whose backups are late by this cause, in its language. */
export const lateTicketsSchema = z.strictObject({
  cause: z.string().min(1).max(100),
  agentVersion: z.string().max(100),
  texts: z.strictObject({ it: lateText, en: lateText }),
});
/**
 * `unreached`: customers without anybody to write to; `known`: customers with live tickets that name these computers, who
 * are not written to again; `left`: customers beyond what one act does, for the same once more.
 */
export const lateTicketsReplySchema = z.object({
  opened: z.number().int(),
  unreached: z.number().int(),
  known: z.number().int(),
  left: z.number().int(),
});

export type BoardReply = z.infer<typeof boardSchema>;
