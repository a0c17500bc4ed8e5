import { type Bytes, Failure } from "@casaforte/kernel";
import type {
  AccountInfo,
  AccountStore,
  ChangeSet,
  CreatedEmail,
  DataType,
  EmailChange,
  EmailQueryResult,
  EmailRecord,
  IdentityRecord,
  MailboxDraft,
  MailboxRecord,
  NewEmail,
  NewSubmission,
  Outcome,
  SubmissionRecord,
  ThreadRecord,
  UploadedBlob,
  VacationRecord,
} from "../backend.ts";
import type { Draft } from "../draft.ts";
import type { EmailQuery } from "../filter.ts";
import { JmapError } from "../method-error.ts";
import type { StateChain } from "../state-chain.ts";
import { applySetChange, setsEqual } from "./apply-set-change.ts";
import { ChangeLog } from "./change-log.ts";
import { compare, matches, windowOf } from "./match.ts";
import type { MemoryAccountOptions } from "./memory-account-options.ts";
import { noting } from "./noting.ts";
import { storeEmail } from "./store-email.ts";
import type { StoredEmail } from "./stored-email.ts";

interface StoredMailbox extends MailboxDraft {
  readonly id: string;
  readonly role: string | null;
}

const notFound = (what: string): Failure => new Failure("not_found", `mailbox.no_${what}`, `no such ${what}`);

/** One account in memory: the reference behaviour for tests and for a client's own tests. */
export class MemoryAccount implements AccountStore {
  readonly info: AccountInfo;
  readonly #options: MemoryAccountOptions;
  readonly #mailboxes = new Map<string, StoredMailbox>();
  readonly #emails = new Map<string, StoredEmail>();
  readonly #threads = new Map<string, Set<string>>();
  readonly #references = new Map<string, string>();
  readonly #uploads = new Map<string, UploadedBlob>();
  readonly #submissions = new Map<string, SubmissionRecord>();
  readonly #identities = new Map<string, IdentityRecord>();
  readonly #logs = {
    Mailbox: new ChangeLog(),
    Email: new ChangeLog(),
    Thread: new ChangeLog(),
    EmailSubmission: new ChangeLog(),
    Identity: new ChangeLog(),
  };
  readonly #listeners = new Set<() => void>();
  #vacation: VacationRecord = {
    isEnabled: false,
    fromMs: null,
    toMs: null,
    subject: null,
    textBody: null,
    htmlBody: null,
  };
  #modseq = 1;
  #lastId = 0;

  constructor(options: MemoryAccountOptions) {
    this.info = options.info;
    this.#options = options;
    for (const identity of options.identities) {
      this.#identities.set(identity.id, identity);
      this.#logs.Identity.created(identity.id, this.#modseq);
    }
  }

  /** What an administrator gives. */
  putIdentity(identity: IdentityRecord): void {
    if (!this.#identities.has(identity.id)) this.#logs.Identity.created(identity.id, this.#bump());
    else this.#logs.Identity.changed(identity.id, this.#bump());
    this.#identities.set(identity.id, identity);
  }

  /** What an administrator takes. */
  removeIdentity(id: string): void {
    this.#identities.delete(id);
    this.#logs.Identity.destroyed(id, this.#bump());
  }

  #id(prefix: string): string {
    this.#lastId += 1;
    return `${prefix}${this.#lastId}`;
  }

  #bump(): number {
    this.#modseq += 1;
    for (const listener of this.#listeners) queueMicrotask(listener);
    return this.#modseq;
  }

  async state(): Promise<string> {
    return String(this.#modseq);
  }

  noting(chain: StateChain): AccountStore {
    return noting(this, chain, () => String(this.#modseq));
  }

  async changes(type: DataType, since: string, max: number): Promise<ChangeSet | null> {
    const from = Number(since);
    if (!/^[0-9]{1,15}$/.test(since) || from > this.#modseq) return null;
    return this.#logs[type].since(from, this.#modseq, max);
  }

  async mailboxes(): Promise<readonly MailboxRecord[]> {
    return [...this.#mailboxes.values()].map((mailbox) => {
      const inside = [...this.#emails.values()].filter((email) => email.mailboxIds.has(mailbox.id));
      const unread = inside.filter((email) => !email.keywords.has("$seen"));
      const threads = (emails: readonly StoredEmail[]) => new Set(emails.map((email) => email.record.threadId)).size;
      return {
        ...mailbox,
        totalEmails: inside.length,
        unreadEmails: unread.length,
        totalThreads: threads(inside),
        unreadThreads: threads(unread),
      };
    });
  }

  /** Also for a new account's first mailboxes, which have roles. */
  addMailbox(draft: MailboxDraft, role: string | null): string {
    const id = this.#id("b");
    this.#mailboxes.set(id, { ...draft, id, role });
    this.#logs.Mailbox.created(id, this.#bump());
    return id;
  }

  async createMailbox(draft: MailboxDraft): Promise<string> {
    this.#checkPlace(null, draft);
    return this.addMailbox(draft, null);
  }

  #checkPlace(id: string | null, place: { readonly name: string; readonly parentId: string | null }): void {
    for (let parent = place.parentId; parent !== null; parent = this.#mailbox(parent).parentId) {
      if (parent === id) throw new Failure("invalid", "mailbox.loop", "a mailbox cannot be inside itself");
    }
    const isTaken = [...this.#mailboxes.values()].some(
      (other) =>
        other.id !== id && other.parentId === place.parentId && other.name.toLowerCase() === place.name.toLowerCase(),
    );
    if (isTaken) throw new Failure("conflict", "mailbox.name_taken", "a mailbox of this name is there already");
  }

  #mailbox(id: string): StoredMailbox {
    const mailbox = this.#mailboxes.get(id);
    if (mailbox === undefined) throw notFound("mailbox");
    return mailbox;
  }

  async updateMailbox(id: string, change: Partial<MailboxDraft>): Promise<void> {
    const changed = { ...this.#mailbox(id), ...change };
    this.#checkPlace(id, changed);
    this.#mailboxes.set(id, changed);
    this.#logs.Mailbox.changed(id, this.#bump());
  }

  async destroyMailbox(id: string, removeEmails: boolean): Promise<void> {
    if (this.#mailbox(id).role === "inbox") throw new Failure("forbidden", "mailbox.inbox_stays", "the inbox stays");
    if ([...this.#mailboxes.values()].some((other) => other.parentId === id)) {
      throw new JmapError("mailboxHasChild", "it has mailboxes inside");
    }
    const inside = [...this.#emails.values()].filter((email) => email.mailboxIds.has(id));
    if (inside.length > 0 && !removeEmails) throw new JmapError("mailboxHasEmail", "it has messages inside");
    for (const email of inside) {
      if (email.mailboxIds.size === 1) this.#destroyEmail(email.record.id);
      else this.#changeEmail({ id: email.record.id, mailboxIds: { kind: "patch", add: [], remove: [id] } });
    }
    this.#mailboxes.delete(id);
    this.#logs.Mailbox.destroyed(id, this.#bump());
  }

  #record(email: StoredEmail): EmailRecord {
    return { ...email.record, mailboxIds: [...email.mailboxIds], keywords: [...email.keywords] };
  }

  async emails(ids: readonly string[]): Promise<readonly EmailRecord[]> {
    return ids.flatMap((id) => {
      const email = this.#emails.get(id);
      return email === undefined ? [] : [this.#record(email)];
    });
  }

  readonly #thread = (threadId: string): readonly StoredEmail[] =>
    [...(this.#threads.get(threadId) ?? [])]
      .flatMap((id) => this.#emails.get(id) ?? [])
      .sort((a, b) => a.record.receivedAtMs - b.record.receivedAtMs);

  async threads(ids: readonly string[]): Promise<readonly ThreadRecord[]> {
    return ids.flatMap((id) => {
      const emailIds = this.#thread(id).map((email) => email.record.id);
      return emailIds.length === 0 ? [] : [{ id, emailIds }];
    });
  }

  async queryEmails(query: EmailQuery): Promise<EmailQueryResult> {
    const ids = this.#queried(query);
    return { ...windowOf(ids, query), ...(query.calculateTotal ? { total: ids.length } : {}) };
  }

  async queryPlaces(query: Pick<EmailQuery, "filter" | "sort" | "collapseThreads">, ids: readonly string[]) {
    const all = this.#queried(query);
    const among = new Set(ids);
    const places = new Map(all.flatMap((id, index) => (among.has(id) ? [[id, index] as const] : [])));
    return { places, total: all.length };
  }

  #queried(query: Pick<EmailQuery, "filter" | "sort" | "collapseThreads">): readonly string[] {
    const found = [...this.#emails.values()].filter((email) => matches(email, query.filter, this.#thread));
    found.sort((a, b) => compare(a, b, query.sort));
    const seen = new Set<string>();
    return found.flatMap((email) => {
      if (query.collapseThreads && seen.has(email.record.threadId)) return [];
      seen.add(email.record.threadId);
      return [email.record.id];
    });
  }

  async readMessage(emailId: string): Promise<Bytes> {
    const email = this.#emails.get(emailId);
    if (email === undefined) throw notFound("email");
    return email.bytes;
  }

  async changeEmails(changes: readonly EmailChange[]): Promise<readonly Outcome[]> {
    return changes.map((change) => this.#changeEmail(change));
  }

  #changeEmail(change: EmailChange): Outcome {
    const email = this.#emails.get(change.id);
    if (email === undefined) return notFound("email");
    const mailboxIds = applySetChange(email.mailboxIds, change.mailboxIds);
    const keywords = applySetChange(email.keywords, change.keywords);
    if (mailboxIds.size === 0) return new Failure("invalid", "mailbox.no_membership", "an email is in one mailbox");
    if ([...mailboxIds].some((id) => !this.#mailboxes.has(id))) return notFound("mailbox");
    const touched = new Set([...email.mailboxIds, ...mailboxIds]);
    const isSame = setsEqual(mailboxIds, email.mailboxIds) && setsEqual(keywords, email.keywords);
    if (isSame) return null;
    email.mailboxIds = mailboxIds;
    email.keywords = keywords;
    const modseq = this.#bump();
    this.#logs.Email.changed(change.id, modseq);
    for (const id of touched) this.#logs.Mailbox.changed(id, modseq);
    return null;
  }

  async destroyEmails(ids: readonly string[]): Promise<readonly Outcome[]> {
    return ids.map((id) => this.#destroyEmail(id));
  }

  #destroyEmail(id: string): Outcome {
    const email = this.#emails.get(id);
    if (email === undefined) return notFound("email");
    const modseq = this.#bump();
    this.#emails.delete(id);
    this.#logs.Email.destroyed(id, modseq);
    for (const mailboxId of email.mailboxIds) this.#logs.Mailbox.changed(mailboxId, modseq);
    const thread = this.#threads.get(email.record.threadId);
    thread?.delete(id);
    if (thread?.size === 0) this.#threads.delete(email.record.threadId);
    this.#logs.Thread[thread?.size === 0 ? "destroyed" : "changed"](email.record.threadId, modseq);
    return null;
  }

  async createEmail(email: NewEmail): Promise<CreatedEmail> {
    if (email.mailboxIds.length === 0) throw new Failure("invalid", "mailbox.no_membership", "name a mailbox");
    for (const id of email.mailboxIds) this.#mailbox(id);
    const id = this.#id("e");
    const stored = storeEmail(id, email, this.#options.clock.nowMs(), (messageIds, subject) =>
      this.#findThread(messageIds, subject),
    );
    const { threadId } = stored.record;
    const modseq = this.#bump();
    this.#emails.set(id, stored);
    this.#logs.Email.created(id, modseq);
    for (const mailboxId of email.mailboxIds) this.#logs.Mailbox.changed(mailboxId, modseq);
    const thread = this.#threads.get(threadId);
    if (thread === undefined) {
      this.#threads.set(threadId, new Set([id]));
      this.#logs.Thread.created(threadId, modseq);
    } else {
      thread.add(id);
      this.#logs.Thread.changed(threadId, modseq);
    }
    return { id, threadId };
  }

  /** One thread for messages that name a common message id and have the same base subject (RFC 8621 §3). */
  #findThread(messageIds: readonly string[], baseSubject: string): string {
    const keys = messageIds.map((messageId) => `${messageId} ${baseSubject}`);
    const threadId = keys.map((key) => this.#references.get(key)).find((known) => known !== undefined) ?? this.#id("t");
    for (const key of keys) if (!this.#references.has(key)) this.#references.set(key, threadId);
    return threadId;
  }

  compose(draft: Draft): Promise<Bytes> {
    return this.#options.compose(draft);
  }

  async uploadBlob(bytes: Bytes, type: string): Promise<string> {
    const id = this.#id("U");
    this.#uploads.set(id, { bytes, type });
    return id;
  }

  async readUpload(blobId: string): Promise<UploadedBlob | null> {
    return this.#uploads.get(blobId) ?? null;
  }

  async identities(): Promise<readonly IdentityRecord[]> {
    return [...this.#identities.values()];
  }

  async updateIdentity(id: string, change: Partial<IdentityRecord>): Promise<void> {
    const identity = this.#identities.get(id);
    if (identity === undefined) throw notFound("identity");
    this.putIdentity({ ...identity, ...change });
  }

  async submit(submission: NewSubmission): Promise<SubmissionRecord> {
    const email = this.#emails.get(submission.emailId);
    const identity = this.#identities.get(submission.identityId);
    if (email === undefined || identity === undefined) throw notFound(email === undefined ? "email" : "identity");
    const recipients = [email.record.to, email.record.cc, email.record.bcc].flatMap((list) => list ?? []);
    const envelope = submission.envelope ?? {
      mailFrom: identity.email,
      rcptTo: [...new Set(recipients.map((address) => address.email))],
    };
    if (envelope.rcptTo.length === 0) throw new JmapError("noRecipients", "there is nobody to send to");
    const record: SubmissionRecord = {
      id: this.#id("s"),
      identityId: submission.identityId,
      emailId: submission.emailId,
      threadId: email.record.threadId,
      envelope,
      sendAtMs: this.#options.clock.nowMs() + submission.holdSeconds * 1000,
      undoStatus: submission.holdSeconds > 0 ? "pending" : "final",
      deliveryStatus: null,
    };
    this.#submissions.set(record.id, record);
    this.#logs.EmailSubmission.created(record.id, this.#bump());
    if (record.undoStatus === "final") this.#options.onSubmit?.(record, email.bytes);
    return record;
  }

  async submissions(ids: readonly string[] | null): Promise<readonly SubmissionRecord[]> {
    const found = [...this.#submissions.values()].filter(({ id }) => ids === null || ids.includes(id));
    return found.map((submission) => (this.#isSent(submission) ? { ...submission, undoStatus: "final" } : submission));
  }

  #isSent({ undoStatus, sendAtMs }: SubmissionRecord): boolean {
    return undoStatus === "final" || (undoStatus === "pending" && sendAtMs <= this.#options.clock.nowMs());
  }

  async cancelSubmission(id: string): Promise<object> {
    const submission = this.#submissions.get(id);
    if (submission?.undoStatus !== "pending" || this.#isSent(submission))
      throw new JmapError("cannotUnsend", "it is sent already");
    this.#submissions.set(id, { ...submission, undoStatus: "canceled" });
    this.#logs.EmailSubmission.changed(id, this.#bump());
    return {};
  }

  async destroySubmission(id: string): Promise<void> {
    if (!this.#submissions.delete(id)) throw new JmapError("notFound", "no such submission");
    this.#logs.EmailSubmission.destroyed(id, this.#bump());
  }

  async vacation(): Promise<VacationRecord> {
    return this.#vacation;
  }

  async setVacation(vacation: VacationRecord): Promise<void> {
    this.#vacation = vacation;
    this.#bump();
  }

  async quota(): Promise<{ readonly usedBytes: number; readonly limitBytes: number | null }> {
    const usedBytes = [...this.#emails.values()].reduce((sum, email) => sum + email.record.size, 0);
    return { usedBytes, limitBytes: this.#options.limitBytes ?? null };
  }

  subscribe(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }
}
