import { z } from "zod";
import { instantSchema } from "./time.ts";

/** A customer's mail domain. */
export const domainSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  state: z.enum(["pending", "active"]),
  verificationHost: z.string(),
  verificationValue: z.string(),
  createdAt: instantSchema,
  verifiedAt: instantSchema.nullable(),
  checkedAt: instantSchema.nullable(),
  /** Whose addresses it has, when it is an alias domain. */
  aliasOf: z.uuid().nullable(),
  /** What senders are told to do without TLS on the way here: report it, or keep the mail (MTA-STS). */
  stsMode: z.enum(["testing", "enforce"]),
});
export type DomainReply = z.infer<typeof domainSchema>;

export const domainListSchema = z.object({ domains: z.array(domainSchema) });

/** POST /api/domains. The name may be in Unicode. */
export const addDomainSchema = z.strictObject({ name: z.string().min(3).max(253) });

/** PUT /api/domains/:id/alias. Null: a domain with addresses of its own. */
export const aliasDomainSchema = z.strictObject({ aliasOf: z.uuid().nullable() });

/** One DNS record as it should be, and as it was found (R94). `unchecked`: the DNS did not answer. */
export const dnsRecordSchema = z.object({
  purpose: z.enum(["verification", "mx", "spf", "dkim", "dmarc", "mta_sts", "tls_reports", "autoconfig", "srv"]),
  type: z.enum(["TXT", "MX", "CNAME", "SRV"]),
  host: z.string(),
  value: z.string(),
  isRequired: z.boolean(),
  state: z.enum(["ok", "different", "missing", "unchecked"]),
  found: z.array(z.string()),
  /** Of a DKIM record: its key. It signs while its state is `signing` (or `kept`) and the DNS showed it at the last look. */
  key: z
    .object({
      algorithm: z.enum(["rsa", "ed25519"]),
      state: z.enum(["waiting", "signing", "kept", "retired"]),
      isShown: z.boolean(),
      signingFrom: instantSchema.nullable(),
      /** Until then an old key's record stays. */
      keptUntil: instantSchema.nullable(),
    })
    .nullable(),
});
export type DnsRecordReply = z.infer<typeof dnsRecordSchema>;
export const dnsRecordListSchema = z.object({ records: z.array(dnsRecordSchema) });

export const addressKindSchema = z.enum(["mailbox", "alias", "forward", "catch_all", "group"]);

/** An address of a domain. The catch-all has an empty local part. */
export const addressSchema = z.object({
  id: z.uuid(),
  domainId: z.uuid(),
  address: z.string(),
  kind: addressKindSchema,
  mailAccountId: z.uuid().nullable(),
  /** The mailbox address of that account. */
  accountAddress: z.string().nullable(),
  forwardTo: z.array(z.string()),
});
export type AddressReply = z.infer<typeof addressSchema>;

/** GET /api/addresses: by domain and local part, a page at a time. */
export const addressQuerySchema = z.object({
  domainId: z.uuid().optional(),
  mailAccountId: z.uuid().optional(),
  kind: z.enum(["mailbox", "alias", "forward", "catch_all", "group", "not_mailbox"]).optional(),
  /** Part of the address or of where it leads. */
  search: z.string().max(200).optional(),
  /** `next` of the page before. */
  after: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
});
export const addressListSchema = z.object({ addresses: z.array(addressSchema), next: z.string().nullable() });

/** POST /api/addresses. Mailbox addresses come with their mail account and are not added here. */
export const addAddressSchema = z.strictObject({
  kind: z.enum(["alias", "forward", "catch_all", "group"]),
  /** `local@domain`; `@domain` for a catch-all. */
  address: z.string().min(3).max(320),
  mailAccountId: z.uuid().optional(),
  /** Members of a group: addresses here or elsewhere. */
  forwardTo: z.array(z.string().min(3).max(320)).max(500).optional(),
});

/** PUT /api/addresses/:id: where it leads from now on. */
export const updateAddressSchema = z.strictObject({
  mailAccountId: z.uuid().nullable(),
  forwardTo: z.array(z.string().min(3).max(320)).max(500),
});

/** GET /api/addresses/:id/senders: accounts that may send as the address besides its owner, or on his behalf. */
export const sendRightsSchema = z.object({
  senders: z.array(
    z.object({
      id: z.uuid(),
      address: z.string(),
      /** `as`: nothing tells the owner's mail from theirs; `on_behalf`: they are named in Sender. */
      mode: z.enum(["as", "on_behalf"]),
    }),
  ),
});

/** PUT /api/addresses/:id/senders: those who may from now on. */
export const setSendRightsSchema = z.strictObject({
  /** Who may send as the address. */
  mailAccountIds: z.array(z.uuid()).max(200),
  /**
   * Who may send on behalf of its owner. Absent: those who may so keep this right, and no more than it, even if they are
   * named in the other list.
   */
  onBehalfIds: z.array(z.uuid()).max(200).optional(),
});
