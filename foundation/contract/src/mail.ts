import { z } from "zod";
import { instantSchema } from "./time.ts";

/** Doors of a mail account (R13). */
export const mailProtocolsSchema = z.object({
  imap: z.boolean(),
  pop3: z.boolean(),
  smtp: z.boolean(),
  /** JMAP for other programs than webmail, with an app password. Shut together with `imap` or `smtp` where it is not named. */
  jmap: z.boolean(),
  webmail: z.boolean(),
});

/** A mail account as the customer console shows it. Bytes are whole numbers below 2^53. */
export const mailAccountSchema = z.object({
  id: z.uuid(),
  address: z.string(),
  displayName: z.string(),
  /** Null: no limit of its own. */
  quotaBytes: z.number().int().nullable(),
  usedBytes: z.number().int(),
  messages: z.number().int(),
  /** Suspended: no login, mail is still accepted. Deleted: can be called back for 30 days. */
  state: z.enum(["active", "suspended", "deleted"]),
  protocols: mailProtocolsSchema,
  createdAt: instantSchema,
  updatedAt: instantSchema,
  deletedAt: instantSchema.nullable(),
});
export type MailAccountReply = z.infer<typeof mailAccountSchema>;

/** How somebody gets into a mail account, for whoever looks after it (C13). */
export const mailAccessSchema = z.object({
  /** The last sign-in by a person or a program, kept to the hour for the latter; null: never. */
  lastAt: instantSchema.nullable(),
  /** False: nobody has chosen one yet, and an invitation lets its person in. */
  hasPassword: z.boolean(),
  /** An authenticator or a passkey is asked for in the webmail. */
  hasSecondFactor: z.boolean(),
  appPasswords: z.number().int(),
  /** Mail programs that the person let in without a password. */
  connectedPrograms: z.number().int(),
});
export type MailAccessReply = z.infer<typeof mailAccessSchema>;

/** A mail account as lists show it. `access` is null for one whose sign-in is gone, and for whoever gives support. */
export const listedMailAccountSchema = mailAccountSchema.extend({ access: mailAccessSchema.nullable() });
export type ListedMailAccount = z.infer<typeof listedMailAccountSchema>;

/** GET /api/mail-accounts: in the order of addresses, a page at a time. */
export const mailAccountQuerySchema = z.object({
  /** Part of an address or a name. */
  search: z.string().max(200).optional(),
  state: z.enum(["live", "active", "suspended", "deleted"]).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
});
export const mailAccountListSchema = z.object({
  accounts: z.array(listedMailAccountSchema),
  /** How many match in all, and what they hold together; null behind the first page, which has said it. */
  total: z.number().int().nullable(),
  usedBytes: z.number().int().nullable(),
  next: z.string().nullable(),
});

const address = z.string().min(3).max(254);
const displayName = z.string().max(200);
const quotaBytes = z
  .number()
  .int()
  .min(1)
  .max(2 ** 52)
  .nullable();
const password = z.string().min(1).max(1024);

/** POST /api/mail-accounts. Without a password its person chooses one by an invitation. */
export const createMailAccountSchema = z.strictObject({
  address,
  displayName: displayName.optional(),
  quotaBytes,
  password: password.optional(),
  protocols: z.strictObject(mailProtocolsSchema.partial().shape).optional(),
});

/** POST /api/mail-accounts/:id/invitation: the link for the mailbox's person, shown this once; an earlier one ends. */
export const mailInvitationSchema = z.object({ link: z.url(), expiresAt: instantSchema });
export type MailInvitationReply = z.infer<typeof mailInvitationSchema>;

/** PATCH /api/mail-accounts/:id. */
export const updateMailAccountSchema = z.strictObject({
  address: address.optional(),
  displayName: displayName.optional(),
  quotaBytes: quotaBytes.optional(),
  protocols: z.strictObject(mailProtocolsSchema.partial().shape).optional(),
  state: z.enum(["active", "suspended"]).optional(),
});

/**
 * POST /api/mail-accounts/:id/disconnect: app passwords and connected programs end. `factors`: passkeys, authenticator, recovery
 * codes and sessions too, which a person confirms.
 */
export const disconnectMailAccountSchema = z.strictObject({ factors: z.boolean() });

/**
 * POST /api/mail-accounts/:id/password: sessions, app passwords, connected programs and the recovery address end with it.
 * `factors`: in the same act passkeys, authenticator and recovery codes too, which a person confirms; absent is false.
 */
export const resetMailPasswordSchema = z.strictObject({ password, factors: z.boolean().optional() });

/**
 * POST /api/mail-accounts/import: rows of a file, a part at a time (R12). Lengths are judged row by row, so that one wrong
 * row does not refuse the others. `preview` changes nothing and says what `apply` would do with each row if it came alone;
 * sending a part again is safe: accounts that are there already are left alone, but `apply` makes a new invitation, which
 * ends an earlier one, where neither the row nor the account has a password.
 */
export const mailAccountImportSchema = z.strictObject({
  mode: z.enum(["preview", "apply"]),
  rows: z
    .array(
      z.strictObject({
        /** Line of the file, told back. */
        line: z.number().int().min(1).max(1_000_000),
        address: z.string().max(1_000),
        displayName: z.string().max(1_000),
        quotaBytes: z.number().int().nullable(),
        /** Empty: its person chooses one by the invitation that comes back. */
        password: z.string().max(1_000),
      }),
    )
    .min(1)
    .max(250),
});
export type MailAccountImport = z.infer<typeof mailAccountImportSchema>;
export const mailAccountImportReplySchema = z.object({
  rows: z.array(
    z.object({
      line: z.number().int(),
      /** As it is, or would be, stored. */
      address: z.string(),
      /** `ready`: apply would create it. `exists`: the organisation has it already. */
      outcome: z.enum(["ready", "created", "exists", "wrong"]),
      /** Why it is wrong: an error code of the product. */
      code: z.string().nullable(),
      /** Its account is there, and its person has yet to choose a password. */
      awaitsPassword: z.boolean(),
      /** Of one that was created without a password or invited again; shown this once. */
      invitation: mailInvitationSchema.nullable(),
    }),
  ),
});
export type MailAccountImportReply = z.infer<typeof mailAccountImportReplySchema>;

/** How far somebody may use another's mail. `read`: look. `write`: flags, put in, move, delete. `manage`: folders too. */
export const shareAccessSchema = z.enum(["read", "write", "manage"]);
export type ShareAccessName = z.infer<typeof shareAccessSchema>;
const folderAccessSchema = shareAccessSchema.exclude(["manage"]);

/**
 * GET /api/mail-accounts/:id/shares: who besides its owner may use the account's mail, in order of address; `folders`: who may
 * use single mailboxes of it, by their names, as its owner shared them.
 */
export const mailSharesSchema = z.object({
  shares: z.array(z.object({ accountId: z.uuid(), address: z.string(), access: shareAccessSchema })),
  folders: z.array(
    z.object({
      folderId: z.uuid(),
      folder: z.string(),
      accountId: z.uuid(),
      address: z.string(),
      access: folderAccessSchema,
    }),
  ),
});
export type MailSharesReply = z.infer<typeof mailSharesSchema>;

/** GET /api/folder-shares (webmail, one's own): who else uses the mail, in order of address, as a whole or single folders of it. */
export const folderSharesSchema = z.object({
  whole: z.array(z.object({ address: z.string(), access: shareAccessSchema })),
  folders: z.array(z.object({ folderId: z.uuid(), address: z.string(), access: folderAccessSchema })),
});
export type FolderSharesReply = z.infer<typeof folderSharesSchema>;

/**
 * PUT /api/folder-shares: what one colleague may do in one folder from now on; null: no more than in the whole mailbox. The answer
 * is the list as it is then.
 */
export const setFolderShareSchema = z.strictObject({
  folderId: z.uuid(),
  address,
  access: folderAccessSchema.nullable(),
});
export type SetFolderShare = z.infer<typeof setFolderShareSchema>;

/**
 * PUT /api/mail-accounts/:id/shares: the whole list; who is not named loses it at once. Shares of single folders stay but for
 * those in `endFolders`.
 */
export const setMailSharesSchema = z.strictObject({
  shares: z.array(z.strictObject({ accountId: z.uuid(), access: shareAccessSchema })).max(200),
  endFolders: z
    .array(z.strictObject({ folderId: z.uuid(), accountId: z.uuid() }))
    .max(1_000)
    .optional(),
});
