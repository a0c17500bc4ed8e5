/** Wire types of the JMAP objects that this client reads (RFC 8620, RFC 8621). */
/** An account of the session object; `name` is its address. */
export interface JmapAccount {
  readonly name: string;
  readonly isPersonal: boolean;
  readonly isReadOnly: boolean;
  readonly accountCapabilities: Readonly<{
    "urn:ietf:params:jmap:mail"?: { readonly mayCreateTopLevelMailbox: boolean };
  }>;
}

export interface JmapSession {
  readonly username: string;
  readonly apiUrl: string;
  readonly downloadUrl: string;
  readonly uploadUrl: string;
  readonly eventSourceUrl: string;
  /** One's own, and what others share. */
  readonly accounts: Readonly<Record<string, JmapAccount>>;
  readonly primaryAccounts: Readonly<Record<string, string>>;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly state: string;
  /** Our own way to remote pictures; absent where the provider has none. */
  readonly imageUrl?: string;
}

export interface EmailAddress {
  readonly name: string | null;
  readonly email: string;
}

export interface Mailbox {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
  readonly role: string | null;
  readonly sortOrder: number;
  readonly totalEmails: number;
  readonly unreadEmails: number;
  readonly myRights: { readonly mayDelete: boolean; readonly mayRename: boolean; readonly mayAddItems: boolean };
}

/** What a list shows of a message. */
export interface Email {
  readonly id: string;
  readonly threadId: string;
  readonly mailboxIds: Readonly<Record<string, true>>;
  readonly keywords: Readonly<Record<string, true>>;
  readonly from: readonly EmailAddress[] | null;
  readonly to: readonly EmailAddress[] | null;
  readonly subject: string | null;
  readonly receivedAt: string;
  readonly hasAttachment: boolean;
  readonly preview: string;
  readonly size: number;
}

export interface BodyPart {
  readonly partId: string | null;
  readonly blobId: string | null;
  readonly size: number;
  readonly name: string | null;
  readonly type: string;
  readonly cid: string | null;
  readonly disposition: string | null;
}

/** What is read once a message is opened. */
export interface EmailBody {
  readonly id: string;
  readonly blobId: string;
  readonly cc: readonly EmailAddress[] | null;
  readonly bcc: readonly EmailAddress[] | null;
  readonly replyTo: readonly EmailAddress[] | null;
  readonly sender: readonly EmailAddress[] | null;
  readonly messageId: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly inReplyTo: readonly string[] | null;
  readonly sentAt: string | null;
  readonly textBody: readonly BodyPart[];
  readonly htmlBody: readonly BodyPart[];
  readonly attachments: readonly BodyPart[];
  readonly bodyValues: Readonly<Record<string, { readonly value: string; readonly isTruncated: boolean }>>;
}

export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Where answers go, and who gets a blind copy of what is written as this identity. */
  readonly replyTo: readonly EmailAddress[] | null;
  readonly bcc: readonly EmailAddress[] | null;
  /** Who is named as really writing, when the address is used on behalf of its owner. */
  readonly sender: EmailAddress | null;
  readonly textSignature: string;
  readonly htmlSignature: string;
}

export interface SetReply {
  /** Null: somebody else changed something among what was set. */
  readonly oldState: string | null;
  readonly newState: string;
  readonly created: Readonly<Record<string, { readonly id: string; readonly blobId?: string }>> | null;
  readonly updated: Readonly<Record<string, unknown>> | null;
  readonly notCreated: Readonly<Record<string, SetError>> | null;
  readonly notUpdated: Readonly<Record<string, SetError>> | null;
  readonly notDestroyed: Readonly<Record<string, SetError>> | null;
}

export interface SetError {
  readonly type: string;
  readonly description?: string;
  readonly code?: string;
}

/** All that is shown of a mailbox; counts of conversations cost the server a scan and are not. */
export const mailboxProperties = [
  "name",
  "parentId",
  "role",
  "sortOrder",
  "totalEmails",
  "unreadEmails",
  "myRights",
] as const;

export const emailListProperties = [
  "threadId",
  "mailboxIds",
  "keywords",
  "from",
  "to",
  "subject",
  "receivedAt",
  "hasAttachment",
  "preview",
  "size",
] as const;
