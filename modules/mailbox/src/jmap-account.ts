import {
  type AccountInfo,
  type AccountStore,
  type ChangeSet,
  type DataType,
  type Draft,
  type EmailChange,
  type EmailQuery,
  type EmailQueryResult,
  type EmailRecord,
  type Filed,
  type IdentityRecord,
  JmapError,
  type MailboxDraft,
  type MailboxRecord,
  type NewEmail,
  type NewSubmission,
  type Outcome,
  type StateChain,
  type SubmissionRecord,
  type ThreadRecord,
  type UploadedBlob,
  type VacationRecord,
} from "@casaforte/jmap";
import {
  type Actor,
  type BlobId,
  type Bytes,
  Failure,
  type MailboxId,
  type MessageId,
  newId,
  parseId,
  type TenantId,
  type ThreadId,
} from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { createMailbox, deleteMailbox } from "./change-mailboxes.ts";
import { destroyMessages } from "./change-messages.ts";
import { emailRecord } from "./email-record.ts";
import { fileAlong } from "./file-along.ts";
import { changeEmails } from "./jmap-change-emails.ts";
import { changeJmapMailbox } from "./jmap-change-mailbox.ts";
import { composeDraft } from "./jmap-compose.ts";
import { createEmail, noSuchMailbox } from "./jmap-create-email.ts";
import { isIdentityTold, noteIdentities, readIdentities } from "./jmap-identities.ts";
import { asMailboxError, mailboxRecords, pathOf } from "./jmap-mailboxes.ts";
import {
  cancelSubmission,
  destroySubmission,
  type JmapServices,
  readSubmissions,
  type SubmissionId,
  stepState,
  submitEmail,
} from "./jmap-submission.ts";
import { keepUpload, readUpload } from "./jmap-uploads.ts";
import { lockedAccount } from "./locked-account.ts";
import type { MailAccount } from "./mail-account.ts";
import {
  changesInSight,
  identityChanges,
  mailboxChanges,
  messageChanges,
  readState,
  submissionChanges,
  threadChanges,
} from "./read-changes.ts";
import { hintChange, mayUse } from "./services.ts";
import { foldersInSight, type Share, type ShareAccess } from "./share-access.ts";
import { selectAccount } from "./store-accounts.ts";
import { stepAccount } from "./store-changes.ts";
import { putIdentity, selectJmapMessages, selectMessageBlob, selectThreads } from "./store-jmap.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { lockSubmission } from "./store-submissions.ts";

export type MailActor = Extract<Actor, { kind: "mail_account" }>;

/** Ids from outside; what is no UUID names nothing here. */
const known = <I extends string>(ids: readonly string[]): I[] =>
  ids.filter((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) as I[];

type AccountFacts = Pick<MailAccount, "id" | "address" | "displayName">;

/** How far he may use it, as a whole and in single mailboxes. */
type Reach = Pick<Share, "folders"> & { readonly access: ShareAccess | "own" | null };

/** One account as JMAP shows it to whoever is signed in: his own, or one that is shared with him. */
export class JmapAccount implements AccountStore {
  readonly info: AccountInfo;
  readonly #services: JmapServices;
  readonly #actor: MailActor;
  readonly #account: AccountFacts;
  /** Null: to some mailboxes of the account alone. */
  readonly #access: ShareAccess | "own" | null;
  readonly #share: Reach;
  readonly #tenantId: TenantId;
  readonly #chain: StateChain | null;

  constructor(
    services: JmapServices,
    actor: MailActor,
    account: AccountFacts,
    share: Reach,
    chain: StateChain | null = null,
  ) {
    const { access, folders } = share;
    this.#services = services;
    this.#actor = actor;
    this.#account = account;
    this.#tenantId = actor.tenantId;
    this.#share = share;
    this.#access = access;
    this.#chain = chain;
    this.info = {
      id: account.id,
      name: account.address,
      isPersonal: access === "own",
      isReadOnly: (access === "read" || access === null) && ![...folders.values()].includes("write"),
      mayManage: access === "own" || access === "manage",
    };
  }

  /** Names, signatures, sending and automatic answers are the owner's; who sends as him does so from his own account. */
  #assertOwn(): void {
    if (this.#access !== "own") throw new Failure("forbidden", "mailbox.not_yours", "this is for the owner alone");
  }

  #read<Result>(work: (tx: TenantTx) => Promise<Result>): Promise<Result> {
    return this.#services.db.tenant(this.#tenantId, work, { readOnly: true });
  }

  #write<Result>(work: (tx: TenantTx) => Promise<Result>): Promise<Result> {
    return this.#services.db.tenant(this.#tenantId, work);
  }

  /**
   * A change: the account is locked from the state before it to the one after. `ahead` is for what comes before that: rows
   * that everybody locks ahead of the account's, and what has a state of its own. `isDone`: the world knows it already, so no
   * state refuses it.
   */
  async #change<Result>(
    work: (tx: TenantTx) => Promise<Result>,
    { ahead, isDone }: { readonly ahead?: (tx: TenantTx) => Promise<unknown>; readonly isDone?: boolean } = {},
  ): Promise<Result> {
    const accountId = this.#account.id;
    const { result, before, after } = await this.#write(async (tx) => {
      await ahead?.(tx);
      const [, before] = await Promise.all([lockedAccount(tx, accountId), readState(tx, this.#actor, { accountId })]);
      if (!isDone) this.#chain?.enter(before);
      const result = await work(tx);
      return { result, before, after: await readState(tx, this.#actor, { accountId }) };
    });
    this.#chain?.note(before, after);
    return result;
  }

  state(): Promise<string> {
    return this.#read((tx) => readState(tx, this.#actor, { accountId: this.#account.id }));
  }

  noting(chain: StateChain): AccountStore {
    return new JmapAccount(this.#services, this.#actor, this.#account, this.#share, chain);
  }

  async changes(type: DataType, since: string, max: number): Promise<ChangeSet | null> {
    const input = { accountId: this.#account.id, since, max };
    if (type === "EmailSubmission" || type === "Identity") this.#assertOwn();
    if (type === "Identity") await this.identities();
    try {
      return await this.#read(async (tx): Promise<ChangeSet> => {
        if (foldersInSight(tx, this.#account.id) !== null) return changesInSight(tx, this.#actor, input);
        if (type === "Mailbox") return mailboxChanges(tx, this.#actor, input);
        if (type === "EmailSubmission") return submissionChanges(tx, this.#actor, input);
        if (type === "Identity") return identityChanges(tx, this.#actor, input);
        return type === "Email" ? messageChanges(tx, this.#actor, input) : threadChanges(tx, this.#actor, input);
      });
    } catch (error) {
      if (error instanceof Failure && error.code === "mailbox.changes_forgotten") return null;
      throw error;
    }
  }

  mailboxes(withThreads = true): Promise<readonly MailboxRecord[]> {
    const accountId = this.#account.id;
    return this.#read(async (tx) => {
      const may = (needed: ShareAccess) => (id: MailboxId) => mayUse(tx, this.#actor, accountId, needed, id);
      const seen = (await selectMailboxes(tx, accountId)).filter(({ id }) => may("read")(id));
      const { listings } = this.#services;
      return mailboxRecords(seen, withThreads ? await listings.threadCounts(tx, accountId, seen) : null, may("write"));
    });
  }

  createMailbox(draft: MailboxDraft): Promise<string> {
    const accountId = this.#account.id;
    return this.#change(async (tx) => {
      const path = pathOf(await selectMailboxes(tx, accountId), draft.name, draft.parentId);
      const { isSubscribed: subscribed, sortOrder } = draft;
      return (await createMailbox(tx, this.#actor, { accountId, path, subscribed, sortOrder }, this.#services)).id;
    });
  }

  updateMailbox(id: string, change: Partial<MailboxDraft>): Promise<void> {
    const input = { accountId: this.#account.id, mailboxId: parseId<MailboxId>(id), change };
    return this.#change((tx) => changeJmapMailbox(tx, this.#actor, input, this.#services));
  }

  async destroyMailbox(id: string, removeEmails: boolean): Promise<void> {
    const input = { accountId: this.#account.id, mailboxId: parseId<MailboxId>(id) };
    try {
      await this.#change((tx) =>
        deleteMailbox(tx, this.#actor, { ...input, onlyEmpty: !removeEmails, refuseChildren: true }, this.#services),
      );
    } catch (error) {
      throw asMailboxError(error);
    }
  }

  async emails(ids: readonly string[]): Promise<readonly EmailRecord[]> {
    const rows = await this.#read((tx) => selectJmapMessages(tx, this.#account.id, known<MessageId>(ids)));
    return rows.map(emailRecord);
  }

  threads(ids: readonly string[]): Promise<readonly ThreadRecord[]> {
    return this.#read((tx) => selectThreads(tx, this.#account.id, known<ThreadId>(ids)));
  }

  queryEmails(query: EmailQuery): Promise<EmailQueryResult> {
    return this.#read((tx) => this.#services.listings.queryWindow(tx, this.#account.id, query));
  }

  queryPlaces(query: Pick<EmailQuery, "filter" | "sort" | "collapseThreads">, ids: readonly string[]) {
    const { listings } = this.#services;
    return this.#read((tx) => listings.queryPlaces(tx, this.#account.id, query, known<MessageId>(ids)));
  }

  async readMessage(emailId: string): Promise<Bytes> {
    const [id] = known<MessageId>([emailId]);
    const found = id === undefined ? null : await this.#read((tx) => selectMessageBlob(tx, this.#account.id, id));
    if (found === null) throw new Failure("not_found", "mailbox.message_not_found", "no such message");
    return this.#services.blobs.readAll(this.#tenantId, found.blobId);
  }

  changeEmails(changes: readonly EmailChange[]): Promise<readonly Outcome[]> {
    return this.#change((tx) => changeEmails(tx, this.#actor, this.#account.id, changes, this.#services));
  }

  async destroyEmails(ids: readonly string[]): Promise<readonly Outcome[]> {
    const accountId = this.#account.id;
    const messageIds = known<MessageId>(ids);
    const { destroyed } = await this.#change((tx) =>
      destroyMessages(tx, this.#actor, { accountId, messageIds }, this.#services),
    );
    const gone = new Set<string>(destroyed);
    return ids.map((id) =>
      gone.has(id) ? null : new Failure("not_found", "mailbox.message_not_found", "no such message"),
    );
  }

  async createEmail(email: NewEmail) {
    const mailboxIds = known<MailboxId>(email.mailboxIds);
    if (mailboxIds.length !== email.mailboxIds.length) throw noSuchMailbox();
    const input = { accountId: this.#account.id, actor: this.#actor, email, mailboxIds };
    return createEmail(this.#services, input, (work) => this.#change(work));
  }

  compose(draft: Draft): Promise<Bytes> {
    const { clock, random } = this.#services;
    const domain = this.#account.address.split("@")[1] ?? "localhost";
    return composeDraft(draft, clock, () => `${newId(clock, random)}@${domain}`);
  }

  uploadBlob(bytes: Bytes, type: string): Promise<string> {
    return keepUpload(this.#services, { tenantId: this.#tenantId, accountId: this.#account.id }, { bytes, type });
  }

  async readUpload(blobId: string): Promise<UploadedBlob | null> {
    const [id] = known<BlobId>([blobId.slice(1)]);
    if (!blobId.startsWith("U") || id === undefined) return null;
    return readUpload(this.#services, { tenantId: this.#tenantId, accountId: this.#account.id }, id);
  }

  async identities(): Promise<readonly IdentityRecord[]> {
    if (this.#access !== "own") return [];
    const account = this.#account;
    const [identities, isTold] = await this.#read(async (tx) => {
      const found = await readIdentities(tx, account, this.#services);
      return [found, await isIdentityTold(tx, account, found)] as const;
    });
    if (!isTold) await this.#write((tx) => noteIdentities(tx, account, this.#services));
    return identities;
  }

  async updateIdentity(id: string, change: Partial<IdentityRecord>): Promise<void> {
    const [identity] = (await this.identities()).filter((one) => one.id === id || one.email === id);
    if (identity === undefined) throw new Failure("not_found", "mailbox.no_identity", "no such identity");
    const changed = { ...identity, ...change, address: identity.email };
    const ahead = (tx: TenantTx) => noteIdentities(tx, this.#account, this.#services);
    const put = (tx: TenantTx) => putIdentity(tx, this.#account.id, changed).then(() => ahead(tx));
    await this.#change(put, { ahead });
  }

  async submit(submission: NewSubmission): Promise<SubmissionRecord & Filed> {
    this.#assertOwn();
    const senders = (await this.identities()).map(({ email }) => email);
    const request = { ...submission, accountId: this.#account.id, senders };
    // What is sent at once is handed over before it is noted: after that nothing may refuse it.
    const isDone = submission.holdSeconds === 0;
    return submitEmail(this.#services, this.#tenantId, request, {
      ahead: () => this.#claimState(),
      note: (work) => this.#change(work, { isDone }),
      file: this.#file,
    });
  }

  readonly #file = async (tx: TenantTx, change: EmailChange): Promise<Outcome> =>
    (await changeEmails(tx, this.#actor, this.#account.id, [change], this.#services))[0] ?? null;

  /** Before what cannot be taken back: whoever asks for the same state after this is told that it has moved on. */
  async #claimState(): Promise<void> {
    if (this.#chain?.isBound) await this.#change((tx) => stepState(tx, this.#services, this.#account.id));
    else this.#chain?.enter(await this.state());
  }

  async submissions(ids: readonly string[] | null, withOutcomes = true): Promise<readonly SubmissionRecord[]> {
    this.#assertOwn();
    const { outcomes } = this.#services;
    return this.#read((tx) => readSubmissions(tx, this.#account.id, ids, withOutcomes ? outcomes : undefined));
  }

  async cancelSubmission(id: string, filing?: EmailChange): Promise<Filed> {
    this.#assertOwn();
    const submission = parseId<SubmissionId>(id);
    const filed = await fileAlong({
      note: (work) => this.#change(work, { ahead: (tx) => lockSubmission(tx, submission) }),
      work: (tx) => cancelSubmission(tx, this.#account.id, submission, this.#services),
      file: filing ? (tx) => this.#file(tx, filing) : null,
      isDone: false,
    });
    return filed === undefined ? {} : { filed };
  }

  async destroySubmission(id: string): Promise<void> {
    this.#assertOwn();
    const [submission] = known<SubmissionId>([id]);
    if (submission === undefined) throw new JmapError("notFound", "no such submission");
    return this.#change((tx) => destroySubmission(tx, this.#account.id, submission, this.#services), {
      ahead: (tx) => lockSubmission(tx, submission),
    });
  }

  async vacation(): Promise<VacationRecord> {
    this.#assertOwn();
    return this.#read((tx) => this.#services.vacations.read(tx, this.#account.id));
  }

  async setVacation(vacation: VacationRecord): Promise<void> {
    this.#assertOwn();
    const accountId = this.#account.id;
    return this.#change(async (tx) => {
      await this.#services.vacations.set(tx, this.#actor, accountId, vacation);
      // The state moves, so that other open pages read again what has no changes of its own.
      const { modseq } = await lockedAccount(tx, accountId);
      await stepAccount(tx, accountId, { modseq: modseq + 1 });
      hintChange(tx, this.#services, accountId);
    });
  }

  async quota(): Promise<{ readonly usedBytes: number; readonly limitBytes: number | null }> {
    // How much mail there is besides is not a guest of single mailboxes' to know.
    if (this.#access === null) return { usedBytes: 0, limitBytes: null };
    const account = await this.#read((tx) => selectAccount(tx, this.#account.id));
    const limit = account?.quotaBytes ?? null;
    return { usedBytes: Number(account?.usedBytes ?? 0n), limitBytes: limit === null ? null : Number(limit) };
  }

  subscribe(onChange: () => void): () => void {
    return this.#services.bus.subscribe(`mail:${this.#account.id}`, onChange);
  }
}
