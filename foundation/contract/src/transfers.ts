import { z } from "zod";
import { instantSchema } from "./time.ts";

/** How the other server is spoken to: encrypted from the first byte (993), or before anything is said (143). */
export const transferSecuritySchema = z.enum(["tls", "starttls"]);

const progress = z.object({
  folders: z.number().int(),
  foldersDone: z.number().int(),
  /** Messages over there, as far as is known. */
  total: z.number().int(),
  copied: z.number().int(),
  /** Left alone because they were brought over before. */
  known: z.number().int(),
  failed: z.number().int(),
  bytes: z.number(),
});

/** A mail account's mail on its way from another IMAP server. Passwords are never told. */
export const transferSchema = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  address: z.string(),
  host: z.string(),
  port: z.number().int(),
  security: transferSecuritySchema,
  user: z.string(),
  state: z.enum(["waiting", "running", "paused", "done", "cancelled"]),
  /** An error code: why it stands still, or what it is tried again for. */
  problem: z.string().nullable(),
  requestedAt: instantSchema,
  changedAt: instantSchema,
  endedAt: instantSchema.nullable(),
  progress,
});
export type TransferReply = z.infer<typeof transferSchema>;

/** GET /api/mail-transfers: newest first, a page at a time. */
export const transferQuerySchema = z.object({
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
});
export const transferListSchema = z.object({ transfers: z.array(transferSchema), next: z.uuid().nullable() });

/** GET /api/mail-transfers/:id: folder by folder, and each message that could not be brought over. */
export const transferDetailSchema = transferSchema.extend({
  folders: z.array(
    z.object({
      source: z.string(),
      mailbox: z.string(),
      state: z.enum(["waiting", "running", "done"]),
      total: z.number().int(),
      copied: z.number().int(),
      known: z.number().int(),
      failed: z.number().int(),
    }),
  ),
  problems: z.array(
    z.object({
      mailbox: z.string(),
      uid: z.number().int(),
      subject: z.string(),
      sentAt: instantSchema.nullable(),
      sizeBytes: z.number(),
      code: z.string(),
    }),
  ),
});
export type TransferDetailReply = z.infer<typeof transferDetailSchema>;

const password = z.string().min(1).max(1_000);

/** POST /api/mail-transfers: one row a mail account; a wrong row stops no other. */
export const requestTransfersSchema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        /** Line of a file, told back. */
        line: z.number().int().min(1).max(1_000_000),
        /** The mail account here. */
        address: z.string().max(320),
        host: z.string().max(300),
        port: z.number().int().min(1).max(65_535),
        security: transferSecuritySchema,
        user: z.string().min(1).max(320),
        password,
      }),
    )
    .min(1)
    .max(100),
});
export type RequestTransfers = z.infer<typeof requestTransfersSchema>;
export const requestedTransfersSchema = z.object({
  rows: z.array(
    z.object({
      line: z.number().int(),
      /** Null: not taken on, for the reason in `code`. */
      id: z.uuid().nullable(),
      code: z.string().nullable(),
    }),
  ),
});

/** POST /api/mail-transfers/:id/resume: with another password when the first was refused. */
export const resumeTransferSchema = z.strictObject({ password: password.optional() });
