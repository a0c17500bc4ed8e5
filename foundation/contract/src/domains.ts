import { z } from "zod";

/** A customer's mail domain. */
export const domainSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  state: z.enum(["pending", "active"]),
  verificationHost: z.string(),
  verificationValue: z.string(),
  dkimSelector: z.string(),
  createdAt: z.iso.datetime(),
  verifiedAt: z.iso.datetime().nullable(),
  checkedAt: z.iso.datetime().nullable(),
});
export type DomainReply = z.infer<typeof domainSchema>;

export const domainListSchema = z.object({ domains: z.array(domainSchema) });

/** POST /api/domains. The name may be in Unicode. */
export const addDomainSchema = z.strictObject({ name: z.string().min(3).max(253) });

/** One DNS record as it should be, and as it was found (R94). `unchecked`: not looked up, or the DNS did not answer. */
export const dnsRecordSchema = z.object({
  purpose: z.enum(["verification", "mx", "spf", "dkim", "dmarc", "autoconfig", "srv"]),
  type: z.enum(["TXT", "MX", "CNAME", "SRV"]),
  host: z.string(),
  value: z.string(),
  isRequired: z.boolean(),
  state: z.enum(["ok", "different", "missing", "unchecked"]),
  found: z.array(z.string()),
});
export const dnsRecordListSchema = z.object({ records: z.array(dnsRecordSchema) });

export const addressKindSchema = z.enum(["mailbox", "alias", "forward", "catch_all"]);

/** An address of a domain. The catch-all has an empty local part. */
export const addressSchema = z.object({
  id: z.uuid(),
  domainId: z.uuid(),
  address: z.string(),
  kind: addressKindSchema,
  mailAccountId: z.uuid().nullable(),
  forwardTo: z.array(z.string()),
});
export type AddressReply = z.infer<typeof addressSchema>;

export const addressListSchema = z.object({ addresses: z.array(addressSchema) });

/** POST /api/addresses. Mailbox addresses come with their mail account and are not added here. */
export const addAddressSchema = z.strictObject({
  kind: z.enum(["alias", "forward", "catch_all"]),
  /** `local@domain`; `@domain` for a catch-all. */
  address: z.string().min(3).max(320),
  mailAccountId: z.uuid().optional(),
  forwardTo: z.array(z.string().min(3).max(320)).max(50).optional(),
});
