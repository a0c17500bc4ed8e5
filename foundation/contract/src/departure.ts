import { z } from "zod";
import { instantSchema } from "./time.ts";

/** GET /api/departure: the end of the contract, as it stands (R61, R86). */
export const departureSchema = z.object({
  state: z.enum(["retrieval", "erasing", "erased"]),
  askedBy: z.enum(["customer", "provider"]),
  requestedAt: instantSchema,
  retrievalUntil: instantSchema,
  eraseWantedAt: instantSchema.nullable(),
  /** When the deletion that was asked for begins; until then the wish can be taken back. */
  erasesAt: instantSchema.nullable().optional(),
});
export const departureReplySchema = z.object({
  organisation: z.string(),
  departure: departureSchema.nullable(),
});
export type DepartureReply = z.infer<typeof departureReplySchema>;

/** POST /api/departure, and POST /api/departure/erasure: the organisation's name, typed. */
export const confirmDepartureSchema = z.strictObject({ confirmation: z.string().max(300) });
/** The secret in the link to the certificate; told once. */
export const departureRequestedSchema = z.object({ claim: z.string(), retrievalUntil: instantSchema });

/** GET /api/exports (R62). */
export const exportSchema = z.object({
  id: z.uuid(),
  part: z.enum(["settings", "mail"]),
  /** The mail of this domain alone. */
  mailDomain: z.string().nullable().optional(),
  state: z.enum(["waiting", "running", "ready", "failed", "expired"]),
  requestedAt: instantSchema,
  filesDone: z.number(),
  bytesDone: z.number(),
  sha256: z.string().nullable(),
  expiresAt: instantSchema.nullable(),
  failedCode: z.string().nullable(),
});
export type ExportReply = z.infer<typeof exportSchema>;
export const exportsReplySchema = z.object({
  exports: z.array(exportSchema),
  /** Spaces whose backups can be taken as they are stored. */
  backups: z.array(z.object({ spaceId: z.uuid(), name: z.string(), files: z.number(), sizeBytes: z.number() })),
});
export type ExportsReply = z.infer<typeof exportsReplySchema>;
/** POST /api/exports. `mailDomainId`: the mail of that domain alone. */
export const requestExportSchema = z
  .strictObject({ part: z.enum(["settings", "mail"]), mailDomainId: z.uuid().optional() })
  .refine(({ part, mailDomainId }) => mailDomainId === undefined || part === "mail");
export const exportRequestedSchema = z.object({ id: z.uuid() });

/** GET /api/departure-certificates/:claim */
export const certificateReplySchema = z.object({ certificate: z.string(), signature: z.string() });

/** GET /api/departures, for operators. */
export const departuresReplySchema = z.object({
  departures: z.array(
    departureSchema.omit({ state: true }).extend({
      tenantId: z.uuid(),
      name: z.string(),
      state: z.enum(["retrieval", "erasing", "erased", "cancelled"]),
      erasedAt: instantSchema.nullable(),
      cancelledAt: instantSchema.nullable(),
      certificate: z.string().nullable(),
      signature: z.string().nullable(),
    }),
  ),
  /** Single services whose customers stay. */
  services: z.array(
    z.object({
      id: z.uuid(),
      tenantId: z.uuid(),
      customer: z.string(),
      kind: z.enum(["space", "mail_domain"]),
      name: z.string(),
      state: z.enum(["retrieval", "erasing", "erased", "cancelled"]),
      requestedAt: instantSchema,
      retrievalUntil: instantSchema,
      erasesAt: instantSchema.nullable(),
      erasedAt: instantSchema.nullable(),
      certificate: z.string().nullable(),
      signature: z.string().nullable(),
    }),
  ),
});
export type DeparturesReply = z.infer<typeof departuresReplySchema>;
/** POST /api/departures: ends a contract from the provider's side; a second person approves (R91). */
export const requestDepartureSchema = z.strictObject({
  tenantId: z.uuid(),
  reason: z.string().trim().min(1).max(500),
});

/** What may end alone: a backup space, or a mail domain with its mailboxes. */
export const serviceKindSchema = z.enum(["space", "mail_domain"]);

/** GET /api/departure/services: single services whose end was asked for while the customer stays (R61). */
export const serviceDeparturesReplySchema = z.object({
  departures: z.array(
    z.object({
      id: z.uuid(),
      kind: serviceKindSchema,
      subjectId: z.uuid(),
      name: z.string(),
      state: z.enum(["retrieval", "erasing", "erased"]),
      requestedAt: instantSchema,
      retrievalUntil: instantSchema,
      /** When the deletion that was asked for before the window's end begins. */
      erasesAt: instantSchema.nullable(),
      erasedAt: instantSchema.nullable(),
      certificate: z.string().nullable(),
      signature: z.string().nullable(),
    }),
  ),
});
export type ServiceDeparturesReply = z.infer<typeof serviceDeparturesReplySchema>;
/** POST /api/departure/services: the service's name, typed. */
export const endServiceAloneSchema = z.strictObject({
  kind: serviceKindSchema.default("space"),
  subjectId: z.uuid(),
  confirmation: z.string().max(300),
});
export const serviceDepartureRequestedSchema = z.object({ id: z.uuid() });
