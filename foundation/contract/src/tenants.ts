import { z } from "zod";
import { languageSchema } from "./auth.ts";
import { serviceSchema } from "./orders.ts";
import { instantSchema } from "./time.ts";

const companyField = z.string().trim().min(1).max(200).nullable();

const companySchema = z.strictObject({
  /** ISO 3166-1 alpha-2. */
  country: z.string().regex(/^[A-Z]{2}$/),
  vatNumber: z.string().trim().min(2).max(20).nullable(),
  taxCode: z.string().trim().min(2).max(20).nullable(),
  address: companyField,
  postalCode: companyField,
  city: companyField,
  province: companyField,
  /** PEC address for e-invoices. */
  certifiedMail: companyField,
  /** SdI recipient code. */
  invoiceRecipientCode: z
    .string()
    .regex(/^[0-9A-Z]{6,7}$/)
    .nullable(),
});

export const tenantNameSchema = z.string().trim().min(1).max(200);

/** One customer organisation, as operators and its own people see it. */
export const tenantSchema = z.object({
  ...companySchema.shape,
  tenantId: z.uuid(),
  name: z.string(),
  state: z.enum(["active", "departed"]),
  language: languageSchema,
  requireTwoFactor: z.boolean(),
  /** Made by the customer itself, not by an operator (R73). */
  signedUp: z.boolean(),
  /** False until an operator has vetted an organisation that signed itself up: `unvettedLimits` hold until then. */
  vetted: z.boolean(),
  createdAt: instantSchema,
});
export type TenantReply = z.infer<typeof tenantSchema>;

/**
 * What an organisation that signed itself up may hold in all until an operator has vetted it (R73): gigabytes of 10⁹ bytes
 * ordered as spaces, spaces, mail accounts (deleted ones that can be called back too), gigabytes of one mail account's quota
 * (which the sentence of `mailbox.quota_not_vetted` names).
 */
export const unvettedLimits = { gigabytes: 2000, spaces: 20, mailAccounts: 50, mailGigabytes: 10 } as const;

/** GET /api/tenants, for operators. */
export const tenantsQuerySchema = z.strictObject({
  search: z.string().max(200).optional(),
  state: z.enum(["active", "departed"]).optional(),
  cursor: z.string().max(300).optional(),
  count: z.coerce.number().int().min(1).max(200).optional(),
});
export const tenantsReplySchema = z.object({ tenants: z.array(tenantSchema), nextCursor: z.string().nullable() });

/** POST /api/tenants: a customer and the invitation of its first owner. */
export const createTenantSchema = z.strictObject({
  ...companySchema.partial().shape,
  name: tenantNameSchema,
  language: languageSchema,
  owner: z.strictObject({ login: z.string().min(3).max(320), displayName: z.string().max(200) }),
});
/** POST /api/tenants/:id/owners: another owner, when the first cannot be reached. */
export const inviteOwnerSchema = z.strictObject({
  login: z.string().min(3).max(320),
  displayName: z.string().max(200),
});
/** POST /api/tenants/:id/vet: an organisation that signed itself up is who it says. */
export const vetTenantSchema = z.strictObject({});
export const tenantIdReplySchema = z.object({ tenantId: z.uuid() });

/** PATCH /api/tenant (the console's own) and PATCH /api/tenants/:id (operators). What is absent stays. */
export const updateTenantSchema = z.strictObject({
  ...companySchema.partial().shape,
  name: tenantNameSchema.optional(),
  language: languageSchema.optional(),
});
/** PUT /api/tenant/policy */
export const tenantPolicySchema = z.strictObject({ requireTwoFactor: z.boolean() });

/** GET /api/tenants/:id/services, for operators: what a customer has, in figures (O2). */
export const tenantServicesSchema = z.object({
  readAt: instantSchema,
  spaces: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      site: z.string(),
      quotaBytes: z.int(),
      usedBytes: z.int(),
      state: z.enum(["active", "suspended"]),
    }),
  ),
  /** Computers that are connected, and those without a backup for two days. */
  devices: z.object({ active: z.int(), late: z.int() }),
  domains: z.array(
    z.object({
      name: z.string(),
      /** `removed`: no domain of the customer's any more, with mail accounts that are still there. */
      state: z.enum(["pending", "active", "removed"]),
      active: z.int(),
      suspended: z.int(),
      /** Those that can be called back. */
      deleted: z.int(),
      usedBytes: z.int(),
    }),
  ),
  /** Of mail, at this moment: paid for, and used (R14). */
  licences: z.object({ requested: z.int(), used: z.int() }),
  /** Lines of the contract, each with its plan's version and its price. */
  lines: z.array(serviceSchema),
});
export type TenantServicesReply = z.infer<typeof tenantServicesSchema>;

/** A note that an operator wrote about a customer, for operators alone (O2). */
export const tenantNoteSchema = z.object({
  id: z.uuid(),
  text: z.string(),
  /** Empty when the operator is not there any more. */
  author: z.string(),
  writtenAt: instantSchema,
  changedAt: instantSchema.nullable(),
  mayChange: z.boolean(),
  mayDelete: z.boolean(),
});
export type TenantNoteReply = z.infer<typeof tenantNoteSchema>;
/** GET /api/tenants/:id/notes: newest first, a page at a time. */
export const tenantNotesQuerySchema = z.strictObject({ cursor: z.uuid().optional() });
export const tenantNotesReplySchema = z.object({
  notes: z.array(tenantNoteSchema),
  nextCursor: z.uuid().nullable(),
});
export const noteCharsMax = 4_000;
/** DELETE /api/tenants/:id/notes/:noteId: what takes it back, for a minute. */
export const noteDeletedSchema = z.object({ undo: z.string() });
/** POST /api/tenants/:id/notes/restore */
export const restoreNoteSchema = z.strictObject({ undo: z.string().min(1).max(40_000) });
/** POST /api/tenants/:id/notes and PATCH /api/tenants/:id/notes/:noteId */
export const writeNoteSchema = z.strictObject({ text: z.string().trim().min(1).max(noteCharsMax) });
