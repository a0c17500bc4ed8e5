import type { Bytes } from "@casaforte/kernel";
import type { Address } from "./address.ts";
import type { Draft } from "./draft.ts";
import type { EmailQuery } from "./filter.ts";
import type { StateChain } from "./state-chain.ts";

/** Types of which a state exists. One counter per account is enough: a state may move without a change of its type. */
export type DataType = "Mailbox" | "Email" | "Thread" | "Identity" | "EmailSubmission";

/** Who asks, and which accounts he may open. What a protocol's edge implements; everything is a value. */
export interface Backend {
  readonly username: string;
  accounts(): Promise<readonly AccountInfo[]>;
  /** The account, or null when it does not exist or is not his. */
  account(accountId: string): Promise<AccountStore | null>;
  /** Where he is told of changes while his client is closed (RFC 8620 §7.2). Absent: nowhere. */
  readonly push?: PushStore;
}

/** The push subscriptions of one sign-in: another sign-in of the same person neither sees nor ends them. */
export interface PushStore {
  /** Uncompressed P-256 point in base64url by which push services know the server (RFC 9749). */
  readonly applicationServerKey: string;
  subscriptions(): Promise<readonly PushRecord[]>;
  /** Resolves when a verification is promised to the address. @throws what refuses the address, `push_limit`. */
  subscribe(draft: PushDraft): Promise<PushRecord>;
  /** @throws not_found; invalid when the verification code is not the one that was sent. */
  updateSubscription(id: string, change: PushChange): Promise<PushRecord>;
  /** @throws not_found. */
  unsubscribe(id: string): Promise<void>;
}

export interface PushDraft {
  readonly deviceClientId: string;
  readonly url: string;
  /** Base64url, as the browser gives them; null: pushes go unencrypted. */
  readonly keys: { readonly p256dh: string; readonly auth: string } | null;
  /** Null: as long as the server likes. */
  readonly expiresAtMs: number | null;
  /** Null: every type. */
  readonly types: readonly string[] | null;
}

export interface PushChange {
  readonly verificationCode?: string;
  readonly expiresAtMs?: number | null;
  readonly types?: readonly string[] | null;
}

export interface PushRecord {
  readonly id: string;
  readonly deviceClientId: string;
  /** What the client gave back; null until it did. */
  readonly verificationCode: string | null;
  readonly expiresAtMs: number;
  readonly types: readonly string[] | null;
}

export interface AccountInfo {
  readonly id: string;
  readonly name: string;
  /** Whose own it is: names, sending and automatic answers are for him alone. */
  readonly isPersonal: boolean;
  readonly isReadOnly: boolean;
  /** Whether he may make, rename, move and delete mailboxes. */
  readonly mayManage: boolean;
}

/** Roles of RFC 8621 §2 that this product uses. */
export type MailboxRole = "inbox" | "archive" | "drafts" | "sent" | "trash" | "junk" | "important" | "all" | "flagged";

export interface MailboxRecord {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
  readonly role: string | null;
  readonly sortOrder: number;
  readonly totalEmails: number;
  readonly unreadEmails: number;
  readonly totalThreads: number;
  readonly unreadThreads: number;
  readonly isSubscribed: boolean;
  /** Nothing may be changed in it, although the account may not be read only. Absent: no. */
  readonly isReadOnly?: boolean;
}

/** What is known of a message without opening it: enough for a list. */
export interface EmailRecord {
  readonly id: string;
  readonly threadId: string;
  readonly mailboxIds: readonly string[];
  /** Lower case, such as `$seen`. */
  readonly keywords: readonly string[];
  /** Octets of the message. */
  readonly size: number;
  readonly receivedAtMs: number;
  readonly messageId: readonly string[] | null;
  readonly inReplyTo: readonly string[] | null;
  readonly sender: readonly Address[] | null;
  readonly from: readonly Address[] | null;
  readonly to: readonly Address[] | null;
  readonly cc: readonly Address[] | null;
  readonly bcc: readonly Address[] | null;
  readonly replyTo: readonly Address[] | null;
  readonly subject: string | null;
  /** RFC 3339 with the sender's zone. */
  readonly sentAt: string | null;
  readonly hasAttachment: boolean;
  readonly preview: string;
}

export interface ThreadRecord {
  readonly id: string;
  /** Oldest first (RFC 8621 §3). */
  readonly emailIds: readonly string[];
}

export interface ChangeSet {
  readonly newState: string;
  readonly hasMoreChanges: boolean;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly destroyed: readonly string[];
}

/** Either the whole new set or what to add and take away, so that two clients do not undo each other. */
export type SetChange =
  | { readonly kind: "replace"; readonly values: readonly string[] }
  | { readonly kind: "patch"; readonly add: readonly string[]; readonly remove: readonly string[] };

export interface EmailChange {
  readonly id: string;
  readonly keywords?: SetChange;
  readonly mailboxIds?: SetChange;
}

/** Outcome per object, in the order asked: null is success. */
export type Outcome = Error | null;

export interface EmailQueryResult {
  readonly ids: readonly string[];
  /** Of the first id, from 0. */
  readonly position: number;
  /** Present if asked. */
  readonly total?: number;
}

export interface NewEmail {
  readonly bytes: Bytes;
  readonly mailboxIds: readonly string[];
  readonly keywords: readonly string[];
  /** Now if absent. */
  readonly receivedAtMs?: number;
}

/** What only the store knows of it. */
export interface CreatedEmail {
  readonly id: string;
  readonly threadId: string;
}

export interface MailboxDraft {
  readonly name: string;
  readonly parentId: string | null;
  readonly isSubscribed: boolean;
  readonly sortOrder: number;
}

export interface IdentityRecord {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** What the client writes into Reply-To and Bcc of a new message; null: nothing. */
  readonly replyTo: readonly Address[] | null;
  readonly bcc: readonly Address[] | null;
  /** Who is named in Sender of what is written on behalf of the address's owner; null: the address is used as one's own. */
  readonly sender: Address | null;
  readonly textSignature: string;
  readonly htmlSignature: string;
}

export interface Envelope {
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
}

export interface NewSubmission {
  readonly identityId: string;
  readonly emailId: string;
  /** Absent: from the message's own fields. */
  readonly envelope?: Envelope;
  /** Seconds to hold before sending; 0 is at once. */
  readonly holdSeconds: number;
  /** What is to become of the email with it. */
  readonly filing?: Filing;
}

/** What a submission that is made or called back does to its email (RFC 8621 §7.5). */
export type Filing = Omit<EmailChange, "id">;

/** `filed`: what became of the filing, where the store did it in the same transaction. Absent: nobody tried. */
export interface Filed {
  readonly filed?: Outcome;
}

export interface SubmissionRecord {
  readonly id: string;
  readonly identityId: string;
  readonly emailId: string;
  readonly threadId: string;
  readonly envelope: Envelope;
  readonly sendAtMs: number;
  readonly undoStatus: "pending" | "final" | "canceled";
  /** By recipient of the envelope; null: not handed over yet, or so long ago that nobody knows any more. */
  readonly deliveryStatus: Readonly<Record<string, DeliveryStatus>> | null;
}

/** RFC 8621 §7: what became of a message for one recipient. */
export interface DeliveryStatus {
  /** As an SMTP server words it, code first. */
  readonly smtpReply: string;
  /** `yes`: in a mailbox here; `unknown`: another server took it. */
  readonly delivered: "queued" | "yes" | "no" | "unknown";
}

/** The automatic answer of one account (RFC 8621 §8). */
export interface VacationRecord {
  readonly isEnabled: boolean;
  /** Milliseconds since 1970; null: no bound. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly subject: string | null;
  readonly textBody: string | null;
  readonly htmlBody: string | null;
}

export interface UploadedBlob {
  readonly bytes: Bytes;
  readonly type: string;
}

/** The mail of one account. Methods reject with a kernel Failure; `Outcome`s hold Failures of single objects. */
export interface AccountStore {
  readonly info: AccountInfo;
  /** Changes with every change of what he may see of the account; never taken twice, unless all of that is as it was then. */
  state(): Promise<string>;
  /**
   * The same account. Each change that is made through it and lasts notes in `chain` the states right before and right after
   * it, both read in its transaction, where nobody else changes the account.
   */
  noting(chain: StateChain): AccountStore;
  /** Between `since` and now, at most about `max` ids; null when the past is forgotten (`cannotCalculateChanges`). */
  changes(type: DataType, since: string, max: number): Promise<ChangeSet | null>;

  /** Counts of threads may be left at 0 where they are not asked for: they are dear. */
  mailboxes(withThreads?: boolean): Promise<readonly MailboxRecord[]>;
  createMailbox(draft: MailboxDraft): Promise<string>;
  updateMailbox(id: string, change: Partial<MailboxDraft>): Promise<void>;
  /** `removeEmails`: messages that are in no other mailbox die with it; else a mailbox with messages is refused. */
  destroyMailbox(id: string, removeEmails: boolean): Promise<void>;

  /** Unknown ids are left out; any order. */
  emails(ids: readonly string[]): Promise<readonly EmailRecord[]>;
  threads(ids: readonly string[]): Promise<readonly ThreadRecord[]>;
  /** @throws JmapError `anchorNotFound`. */
  queryEmails(query: EmailQuery): Promise<EmailQueryResult>;
  /** Of these emails those in the results, with their index from 0; and the number of all results. */
  queryPlaces(
    query: Pick<EmailQuery, "filter" | "sort" | "collapseThreads">,
    ids: readonly string[],
  ): Promise<{ readonly places: ReadonlyMap<string, number>; readonly total: number }>;
  /** The exact bytes. @throws not_found. */
  readMessage(emailId: string): Promise<Bytes>;
  /** One transaction. */
  changeEmails(changes: readonly EmailChange[]): Promise<readonly Outcome[]>;
  destroyEmails(ids: readonly string[]): Promise<readonly Outcome[]>;
  /** Resolves when the message is durable. */
  createEmail(email: NewEmail): Promise<CreatedEmail>;
  /** RFC 5322 bytes of a draft. */
  compose(draft: Draft): Promise<Bytes>;

  /** Kept at least for an hour; answers its id. */
  uploadBlob(bytes: Bytes, type: string): Promise<string>;
  readUpload(blobId: string): Promise<UploadedBlob | null>;

  identities(): Promise<readonly IdentityRecord[]>;
  updateIdentity(
    id: string,
    change: Partial<Pick<IdentityRecord, "name" | "replyTo" | "bcc" | "textSignature" | "htmlSignature">>,
  ): Promise<void>;
  submit(submission: NewSubmission): Promise<SubmissionRecord & Filed>;
  /** Null: the recent ones. Without outcomes `deliveryStatus` is null. */
  submissions(ids: readonly string[] | null, withOutcomes?: boolean): Promise<readonly SubmissionRecord[]>;
  /** @throws JmapError `cannotUnsend` when it is gone. */
  cancelSubmission(id: string, filing?: EmailChange): Promise<Filed>;
  /** Takes the record away; the message goes its way. @throws JmapError `notFound`. */
  destroySubmission(id: string): Promise<void>;

  vacation(): Promise<VacationRecord>;
  setVacation(vacation: VacationRecord): Promise<void>;

  quota(): Promise<{ readonly usedBytes: number; readonly limitBytes: number | null }>;
  /** Calls back after each change, perhaps too often; returns the way to stop. */
  subscribe(onChange: () => void): () => void;
}
