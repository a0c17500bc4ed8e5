import type { BearerMechanism, Bytes, MailboxId, MessageId, ThreadId } from "@casaforte/kernel";
import type { AclControl } from "./acl-control.ts";
import type { AnnotationStore } from "./annotation-store.ts";
import type { FlagReader, Flags } from "./flag-table.ts";
import type { BodyPart, Envelope } from "./message-structure.ts";
import type { SearchQuery, SortCriterion, ThreadNode } from "./search-query.ts";

/*
 * What the IMAP server needs of a mail store. Rules for every method:
 *
 * - Trouble is a Failure; its kind becomes a response code: not_found → NONEXISTENT (TRYCREATE where the RFC asks),
 *   conflict → ALREADYEXISTS, over_quota → OVERQUOTA, too_large → TOOBIG, forbidden → NOPERM, and so on. The message is
 *   shown to the user.
 * - A method holds no transaction, connection or lock after it settled, and an iterator none while it waits for its
 *   reader: a slow client must not keep anything but memory.
 * - Modseqs are numbers: the account's counter counts changes and stays far below 2^53. Larger values from clients are
 *   clamped before they get here.
 * - UID arrays are ascending and without duplicates. Returned typed arrays belong to the caller, but for those said to be shared.
 * - Mailbox names are Unicode with `/` between levels; modified UTF-7 never gets here. INBOX is spelled `INBOX`.
 */

/** A login as the client sent it. */
export interface AuthenticateRequest {
  readonly mechanism: "PLAIN" | "LOGIN" | BearerMechanism;
  /** Login name, normally an address; may be empty beside an access token. */
  readonly user: string;
  /** SASL authorization identity when it differs from `user`. */
  readonly authorizeAs?: string;
  /** An access token where the mechanism shows one. */
  readonly password: string;
  readonly ip: string;
  readonly tls: boolean;
}

export interface ImapBackend {
  /**
   * Opens the account. @throws unauthenticated: answered `NO [AUTHENTICATIONFAILED] message`, or `NO [ALERT] message`
   * when `details.alert` is true (app password needed); rate_limited and unavailable: `NO [UNAVAILABLE]`;
   * forbidden: `NO [AUTHORIZATIONFAILED]` (protocol switched off, account suspended).
   */
  authenticate(request: AuthenticateRequest): Promise<ImapAccount>;
}

export type SpecialUse =
  | "\\All"
  | "\\Archive"
  | "\\Drafts"
  | "\\Flagged"
  | "\\Junk"
  | "\\Sent"
  | "\\Trash"
  | "\\Important";

export interface MailboxInfo {
  readonly id: MailboxId;
  /** Full name, e.g. `INBOX`, `Work/2026`. */
  readonly name: string;
  /** False for a name that exists only because of its children: printed \Noselect. */
  readonly selectable: boolean;
  readonly specialUse: SpecialUse | null;
  readonly subscribed: boolean;
  /** Of somebody else's mailbox: what this account may do there, as letters (RFC 4314 §2.1). Absent: its own. */
  readonly rights?: string;
}

export interface MailboxStatus {
  readonly messages: number;
  readonly unseen: number;
  /** Messages with \Deleted, and the bytes they hold (STATUS=SIZE, DELETED-STORAGE). */
  readonly deleted: number;
  readonly deletedBytes: number;
  /** Messages no session has claimed as \Recent. */
  readonly recent: number;
  readonly uidNext: number;
  readonly uidValidity: number;
  readonly highestModseq: number;
  readonly sizeBytes: number;
}

export interface QuotaUsage {
  readonly usedBytes: number;
  readonly limitBytes: number | null;
}

/** A message as it comes. */
export interface MessageToStage {
  readonly sizeBytes: number;
  /** Exactly `sizeBytes` bytes, or it throws. */
  readonly body: AsyncIterable<Bytes>;
  /** What is staged already for the same append, and will need room with it. Absent: nothing. */
  readonly stagedBytes?: number;
}

/** A message's bytes kept by the store but in no mailbox yet. */
export interface StagedMessage {
  readonly sizeBytes: number;
}

export interface AppendMessage {
  readonly staged: StagedMessage;
  readonly flags: Flags;
  /** Milliseconds since 1970; null means now. */
  readonly internalDateMs: number | null;
}

export interface AppendResult {
  readonly uidValidity: number;
  /** In the order of the messages; consecutive. */
  readonly uids: Uint32Array;
}

/** Something may have changed. A null mailbox means anything may have. */
export interface Hint {
  readonly mailboxId: MailboxId | null;
  /** The change's modseq, where the store says it: a session that knows it already, as its own, need not ask. */
  readonly modseq?: number;
}

export interface ListRequest {
  /** A name was not found: what the store remembers may be too old. */
  readonly anew?: boolean;
  /** Only this name is looked for: other namespaces than its own may be left out. */
  readonly name?: string;
}

export interface StatusRequest {
  /** False: how much is \Deleted is not asked, and may be told as 0. */
  readonly deleted?: boolean;
}

/** A signed-in account. One per session; several sessions of an account are normal. */
export interface ImapAccount {
  /** For logs and for `* ID`: the account's id or name. */
  readonly name: string;

  /** Aborts when the account may no longer be used by who signed in: the session ends with BYE, also in the middle of a command. */
  readonly ended?: AbortSignal;

  /**
   * Where JMAP gives the same mail under the same object ids (RFC 9698): its session's URL, and whether it lets in who signed in
   * here as he did. Null or absent: nowhere known.
   */
  readonly jmap?: { readonly url: string; readonly isOpenToLogin: boolean } | null;

  /** The whole tree with subscribed names that no longer exist left out. Any order. INBOX is always there. */
  list(how?: ListRequest): Promise<readonly MailboxInfo[]>;

  /**
   * Creates a mailbox; missing parents are created as selectable mailboxes. Its UIDVALIDITY is higher than that of any
   * earlier mailbox of the account. @throws conflict when it exists, invalid for a name not allowed, over_quota.
   */
  create(name: string, options: { readonly specialUse: SpecialUse | null }): Promise<MailboxInfo>;

  /**
   * Deletes the mailbox and its messages. With children the name stays as \Noselect. @throws not_found, forbidden for
   * INBOX, conflict when already \Noselect with children.
   */
  delete(id: MailboxId): Promise<void>;

  /**
   * Renames with all children; ids, UIDs and UIDVALIDITY stay. Renaming INBOX moves its messages into a new mailbox and
   * leaves INBOX empty, its children untouched. Missing parents are created. @throws not_found, conflict, invalid.
   */
  rename(id: MailboxId, newName: string): Promise<void>;

  /** Sets or clears the subscription. @throws not_found. */
  subscribe(id: MailboxId, subscribed: boolean): Promise<void>;

  /** Figures of several mailboxes, in the order asked; null where the mailbox is gone. */
  status(ids: readonly MailboxId[], how?: StatusRequest): Promise<readonly (MailboxStatus | null)[]>;

  /** Opens a mailbox. @throws not_found when it is gone or not selectable. */
  open(id: MailboxId, options: OpenOptions): Promise<OpenMailbox>;

  /**
   * Streams one message into the store before anything is locked: writes the blob, parses. Checks size and, but for
   * little, quota against `sizeBytes` and `stagedBytes` before it pulls the first byte.
   * @throws too_large, over_quota, not_found when the mailbox is gone.
   */
  stage(mailboxId: MailboxId, message: MessageToStage): Promise<StagedMessage>;

  /** Puts staged messages into a mailbox, all or none, in order (APPEND, MULTIAPPEND). */
  append(mailboxId: MailboxId, messages: readonly AppendMessage[]): Promise<AppendResult>;

  /** Gives up staged messages that no append took. */
  discard(messages: readonly StagedMessage[]): Promise<void>;

  /** Prefix of others' mailboxes (RFC 2342), with its delimiter. Absent: there are none. */
  readonly otherUsers?: string;

  /** Who else may do what in one's own mailboxes (RFC 4314). Absent: ACL is not offered. */
  readonly acl?: AclControl;

  /** What clients note about mailboxes and the account (RFC 5464). Absent: METADATA is not offered. */
  readonly annotations?: AnnotationStore;

  /** Usage of the account (QUOTA). */
  quota(): Promise<QuotaUsage>;

  /** Calls back soon after changes by anybody, this session included; calls may be lost, merged or doubled. */
  watch(onHint: (hint: Hint) => void): Disposable;

  /**
   * Until it is disposed of, `watch` calls back also for others' mailboxes that are not open, and perhaps for some that this
   * account may not see. Absent: there are none.
   */
  hearOthers?(): Disposable;

  /** The session is over. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** EXAMINE: claims no \Recent. */
  readonly readOnly: boolean;
}

/** Flags of messages as columns: index i of each array is one message. */
export interface FlagColumns {
  readonly uids: Uint32Array;
  /** Numbers of the opened mailbox's FlagTable. */
  readonly flagSets: Uint32Array;
  readonly modseqs: Float64Array;
}

/** From one UID up to but without another: none when they are the same. */
export interface RecentClaim {
  readonly fromUid: number;
  readonly upToUid: number;
}

/** Everything a session keeps of a mailbox, read at one instant. */
export interface MailboxSnapshot extends FlagColumns {
  /**
   * The columns belong to the store, which shares them among sessions: flags and modseqs in them change in place, new
   * messages come as longer columns, and an expunge makes new ones. A session never writes what is not so for all.
   */
  readonly shared?: boolean;
  readonly uidValidity: number;
  readonly uidNext: number;
  /** Every change up to this number is in the snapshot, and none after it. */
  readonly highestModseq: number;
  /**
   * Messages from this UID up to but without the other are \Recent in this session: none when they are the same. What
   * came after the claim is nobody's yet.
   */
  readonly recentFromUid: number;
  readonly recentUpToUid: number;
  /** Keywords in use or allowed before, for the FLAGS response. */
  readonly keywords: readonly string[];
}

export interface MailboxChanges {
  /** New messages and messages whose flags changed since the modseq asked: their state now. */
  readonly changed: FlagColumns;
  /** The mailbox as it is now, where columns are shared: to be looked at instead of columns of one's own. */
  readonly whole?: FlagColumns;
  /** UIDs expunged since. May name UIDs the session never knew or that went long ago; never too few. */
  readonly vanished: Uint32Array;
  /** Ask from here next time. At least the number asked with. */
  readonly highestModseq: number;
  readonly uidNext: number;
}

/**
 * What a change of this session did to the modseq. No other change to this mailbox lies above `modseqBefore` and at or
 * below `modseqAfter`, so a session that knew everything up to `modseqBefore` need not read its own change back. Both
 * are equal when nothing changed.
 */
export interface ModseqStep {
  readonly modseqBefore: number;
  readonly modseqAfter: number;
}

export interface StoreRequest {
  readonly uids: Uint32Array;
  readonly operation: "add" | "remove" | "replace";
  readonly flags: Flags;
  /** Change only messages whose modseq is at most this (RFC 7162 §3.1.3). */
  readonly unchangedSince?: number;
}

export interface StoreResult extends ModseqStep {
  /** Every addressed message that still exists and was not refused, with its state after; unchanged ones keep their modseq. */
  readonly stored: FlagColumns;
  /** Messages refused by `unchangedSince`. */
  readonly modified: Uint32Array;
}

export interface CopyResult {
  readonly uidValidity: number;
  /** Copied messages of the source, ascending; messages that were gone are left out. */
  readonly sourceUids: Uint32Array;
  /** Their UIDs in the target, ascending. */
  readonly targetUids: Uint32Array;
}

export interface ExpungeResult extends ModseqStep {
  readonly vanished: Uint32Array;
}

/** Text made by `formatEnvelope` or `formatBodyStructure` of this package, kept by a store to spare the work. */
export interface Prepared {
  readonly wire: string;
}

export interface MessageFields {
  readonly size?: boolean;
  readonly internalDate?: boolean;
  readonly ids?: boolean;
  readonly savedDate?: boolean;
  readonly preview?: boolean;
  readonly envelope?: boolean;
  /** BODYSTRUCTURE to be printed: `Prepared` is welcome. */
  readonly bodyStructure?: boolean;
  /** The tree with offsets, for BODY[1.2]. */
  readonly structure?: boolean;
  /** The whole top header with its empty line, as stored bytes (BODY[HEADER.FIELDS …], asked by most clients). */
  readonly header?: boolean;
}

/** A message's facts; fields that were not asked for may be absent. */
export interface MessageFacts {
  readonly uid: number;
  /** Bytes that BODY[] gives. */
  readonly sizeBytes?: number;
  readonly internalDateMs?: number;
  readonly emailId?: MessageId;
  readonly threadId?: ThreadId;
  readonly savedDateMs?: number;
  readonly preview?: string;
  readonly envelope?: Envelope | Prepared;
  /** Prepared text is that of BODYSTRUCTURE, with extension data. */
  readonly bodyStructure?: BodyPart | Prepared;
  readonly structure?: BodyPart;
  readonly header?: Bytes;
}

/** Bytes at once when they are few, else a stream. Together exactly as many as asked for. */
export type BodyBytes = Bytes | AsyncIterable<Bytes>;

/** A selected mailbox of one session. It holds no database resources; only the table of flags. */
export interface OpenMailbox {
  readonly id: MailboxId;
  readonly table: FlagReader;
  readonly snapshot: MailboxSnapshot;
  /** Aborts when the table of flags is full: the session ends with BYE after the command that runs. Absent: never. */
  readonly ended?: AbortSignal;

  /** Cheap when nothing changed: NOOP asks it each time. @throws not_found when the mailbox was deleted. */
  changesSince(modseq: number): Promise<MailboxChanges>;

  /**
   * Claims \Recent on messages that no session claimed; returns which. Called when new messages arrived in a mailbox opened
   * read-write.
   */
  claimRecent(): Promise<RecentClaim>;

  /**
   * Facts in ascending order of UID, in batches of the store's choice; messages that are gone are left out. What this
   * session was told of a message before may be told again after it went (RFC 2180 §4.1.2): it never changes.
   */
  facts(uids: Uint32Array, fields: MessageFields): AsyncIterable<readonly MessageFacts[]>;

  /**
   * A range of the stored message; it lies inside the message. Works for some minutes after an expunge.
   * @throws not_found when the bytes are gone.
   */
  body(uid: number, range: { readonly offset: number; readonly length: number }): Promise<BodyBytes>;

  store(request: StoreRequest): Promise<StoreResult>;

  /**
   * Takes one message out, whatever its flags, and puts a staged one into a mailbox of the same account: both or neither. Room
   * that the first gives back is there for the second. If the first went meanwhile, the second comes all the same: a draft
   * must not be lost. @throws as `append`; unsupported when the target belongs to another account.
   */
  replace(uid: number, target: MailboxId, message: AppendMessage): Promise<AppendResult>;

  /** Copies to another (or the same) mailbox that `list` names, all or none; flags and INTERNALDATE go along. */
  copy(uids: Uint32Array, target: MailboxId): Promise<CopyResult>;

  /** Copies and removes in one step; EMAILID stays. A target equal to the source gives new UIDs. */
  move(uids: Uint32Array, target: MailboxId): Promise<CopyResult & ModseqStep>;

  /** Expunges messages with \Deleted: all, or those among `uids` (UID EXPUNGE). */
  expunge(uids: Uint32Array | null): Promise<ExpungeResult>;

  /** UIDs that match, ascending. */
  search(query: SearchQuery): Promise<Uint32Array>;

  /** UIDs that match, in order; ties by UID (RFC 5256 §3). Absent: SORT is not offered. */
  sort?(query: SearchQuery, criteria: readonly SortCriterion[]): Promise<Uint32Array>;

  /** Threads of the messages that match (RFC 5256 §4). Absent: THREAD is not offered. */
  thread?(query: SearchQuery, algorithm: "REFERENCES" | "ORDEREDSUBJECT"): Promise<readonly ThreadNode[]>;

  close(): Promise<void>;
}
