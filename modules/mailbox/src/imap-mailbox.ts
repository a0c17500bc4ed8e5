import {
  type AppendMessage,
  type AppendResult,
  type BodyBytes,
  type CopyResult,
  type ExpungeResult,
  type FlagReader,
  type MailboxChanges,
  type MailboxSnapshot,
  type MessageFacts,
  type MessageFields,
  type ModseqStep,
  type OpenMailbox,
  type RecentClaim,
  type SearchQuery,
  type SortCriterion,
  type StoreRequest,
  type StoreResult,
  type ThreadNode,
  withoutSpelling,
} from "@casaforte/imap";
import { type Actor, Failure, type MailAccountId, type MailboxId, type TenantId } from "@casaforte/kernel";
import type { MessageIndex } from "@casaforte/mime";
import type { TenantTx } from "@casaforte/platform/db";
import { appendMessages } from "./append-message.ts";
import { copyMessages, moveMessages } from "./copy-messages.ts";
import { hasAll, type PlacedFacts } from "./fact-cache.ts";
import { flagBits } from "./flags.ts";
import type { AccountSharing } from "./imap-sharing.ts";
import { mailboxLimits } from "./limits.ts";
import type { MailboxView } from "./mailbox-view.ts";
import type { MailboxViews, ViewLease } from "./mailbox-views.ts";
import { readBlobRange } from "./read-blob.ts";
import { expunge } from "./remove-messages.ts";
import { assertMayUse, type MailboxEdgeServices } from "./services.ts";
import { toAppendResult, toMessage } from "./staged-message.ts";
import { storeFlags } from "./store-flags.ts";
import { claimRecentUids } from "./store-mailboxes.ts";
import { selectMatches, selectSorted, selectThreadRows } from "./store-search.ts";
import { type FactRow, selectBlob, selectFacts } from "./store-view.ts";
import { threadByOrderedSubject, threadByReferences } from "./thread-messages.ts";

/** Who opened which account. */
export interface OpenContext {
  readonly services: MailboxEdgeServices;
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly accountId: MailAccountId;
  readonly views: MailboxViews;
  readonly sharing: AccountSharing | null;
  /** A transaction of one trip, that of others of the account perhaps. */
  readonly write: <T>(work: (tx: TenantTx) => Promise<T>) => Promise<T>;
}

/** A selected mailbox of one session: a lease on the process's view of it. */
export class StoredImapMailbox implements OpenMailbox {
  readonly id: MailboxId;
  readonly table: FlagReader;
  readonly #context: OpenContext;
  readonly #lease: ViewLease;
  readonly #recent: RecentClaim;
  readonly #hearing: Disposable | null;

  static async open(context: OpenContext, id: MailboxId, readOnly: boolean): Promise<StoredImapMailbox> {
    const guard = context.sharing?.guard;
    if (guard) await guard(id);
    const lease = context.views.take(context.tenantId, context.accountId, id);
    try {
      const { view } = lease;
      const claimed = readOnly ? await view.refresh() : await view.refreshAndClaim();
      const recent = readOnly
        ? { fromUid: view.recentUid, upToUid: view.uidNext }
        : (claimed ?? (await claimRecent(context, view)));
      return new StoredImapMailbox(context, lease, recent);
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(context: OpenContext, lease: ViewLease, recent: RecentClaim) {
    const { view } = lease;
    this.id = view.address.mailboxId;
    // A keyword keeps the spelling of who used it first, elsewhere in the account perhaps.
    this.table = context.sharing?.isOfSome ? withoutSpelling(view.table) : view.table;
    this.#context = context;
    this.#lease = lease;
    this.#recent = recent;
    this.#hearing = context.sharing?.hear?.() ?? null;
    context.views.facts.touch(this.id);
  }

  get ended(): AbortSignal {
    return this.#view.spent;
  }

  /** As it is now; made anew each time, since it would hold on to columns that the view gave up long ago. */
  get snapshot(): MailboxSnapshot {
    const view = this.#view;
    return {
      ...view.columns.whole,
      shared: true,
      uidValidity: view.uidValidity,
      uidNext: view.uidNext,
      highestModseq: view.highestModseq,
      recentFromUid: this.#recent.fromUid,
      recentUpToUid: this.#recent.upToUid,
      // Those that stand in this mailbox are told by its table.
      keywords: this.#context.sharing?.isOfSome ? [] : view.keywords,
    };
  }

  async changesSince(modseq: number): Promise<MailboxChanges> {
    const guard = this.#context.sharing?.guard;
    if (guard) await guard(this.id);
    return this.#view.changesSince(modseq);
  }

  async claimRecent(): Promise<RecentClaim> {
    await this.#view.refresh();
    return claimRecent(this.#context, this.#view);
  }

  async *facts(uids: Uint32Array, fields: MessageFields): AsyncGenerator<readonly MessageFacts[]> {
    const guard = this.#context.sharing?.guard;
    for (let at = 0; at < uids.length; at += mailboxLimits.fetchBatch) {
      if (guard) await guard(this.id);
      yield await this.#factsOf(uids.subarray(at, at + mailboxLimits.fetchBatch), fields);
    }
  }

  async body(uid: number, range: { readonly offset: number; readonly length: number }): Promise<BodyBytes> {
    const { services, tenantId, views } = this.#context;
    let blobId = views.facts.find(this.id, uid)?.blobId;
    if (blobId === undefined) {
      const found = await this.#read((tx) => selectBlob(tx, this.id, uid));
      if (!found) throw new Failure("not_found", "mailbox.message_gone", "the message is gone");
      blobId = found.blobId;
    }
    return readBlobRange(services, tenantId, blobId, range);
  }

  async store(request: StoreRequest): Promise<StoreResult> {
    const { accountId, services, actor, write } = this.#context;
    const input = { accountId, mailboxId: this.id, ...request };
    const result = await write((tx) => storeFlags(tx, actor, input, services));
    const { modseqBefore, modseqAfter } = result;
    const stored = this.#view.takeStored(result);
    return { stored, modified: Uint32Array.from(result.modified), modseqBefore, modseqAfter };
  }

  async replace(uid: number, target: MailboxId, message: AppendMessage): Promise<AppendResult> {
    const { accountId, services, tenantId, actor } = this.#context;
    const taken = { accountId, mailboxId: this.id, uids: [uid], onlyDeleted: false };
    const given = { accountId, mailboxIds: [target], messages: [toMessage(message)] };
    const [gone, added] = await services.db
      .tenant(
        tenantId,
        // Taken first: what it leaves counts as room for the other.
        (tx) => Promise.all([expunge(tx, actor, taken, services), appendMessages(tx, actor, given, services)]),
        { oneTrip: true },
      )
      .catch((error: unknown) => {
        // The target was found a moment ago, so it lies in an account that is shared.
        const isElsewhere = target !== this.id && error instanceof Failure && error.code === "mailbox.not_found";
        if (!isElsewhere) throw error;
        throw new Failure("unsupported", "mailbox.replace_across", "a message is replaced within one account");
      });
    this.#vanished(gone.vanished, gone);
    return toAppendResult(added);
  }

  async copy(uids: Uint32Array, target: MailboxId): Promise<CopyResult> {
    return this.#transfer(copyMessages, uids, target);
  }

  async move(uids: Uint32Array, target: MailboxId): Promise<CopyResult & ModseqStep> {
    const moved = await this.#transfer(moveMessages, uids, target);
    if (target !== this.id) this.#vanished([...moved.sourceUids], moved);
    return moved;
  }

  async expunge(uids: Uint32Array | null): Promise<ExpungeResult> {
    const { accountId, services, actor, write } = this.#context;
    const { columns, table, highestModseq: knownModseq } = this.#view;
    const wanted = uids === null ? { uids: columns.withBit(table, flagBits.deleted), knownModseq } : { uids };
    const input = { accountId, mailboxId: this.id, ...wanted, onlyDeleted: true };
    const result = await write((tx) => expunge(tx, actor, input, services));
    this.#vanished(result.vanished, result);
    return { ...result, vanished: Uint32Array.from(result.vanished) };
  }

  search(query: SearchQuery): Promise<Uint32Array> {
    return this.#read((tx) => selectMatches(tx, this.id, query));
  }

  sort(query: SearchQuery, criteria: readonly SortCriterion[]): Promise<Uint32Array> {
    return this.#read((tx) => selectSorted(tx, this.id, query, criteria));
  }

  async thread(query: SearchQuery, algorithm: "REFERENCES" | "ORDEREDSUBJECT"): Promise<readonly ThreadNode[]> {
    const rows = await this.#read((tx) => selectThreadRows(tx, this.id, query));
    return algorithm === "REFERENCES" ? threadByReferences(rows) : threadByOrderedSubject(rows);
  }

  async close(): Promise<void> {
    this.#hearing?.[Symbol.dispose]();
    this.#lease[Symbol.dispose]();
  }

  get #view(): MailboxView {
    return this.#lease.view;
  }

  /** In place: the new copies are read back from the database. */
  #vanished(uids: readonly number[], step: ModseqStep): void {
    const view = this.#view;
    view.columns.remove(uids.map((uid) => ({ uid, modseq: step.modseqAfter })));
    view.step(step);
  }

  async #transfer(
    operation: typeof copyMessages,
    uids: Uint32Array,
    target: MailboxId,
  ): Promise<CopyResult & ModseqStep> {
    const { accountId, sharing } = this.#context;
    const isMove = operation === moveMessages;
    const across = await sharing?.across({ accountId, source: this.id, uids, target, isMove });
    const result =
      across ??
      (await this.#write((tx, { actor, services }) =>
        operation(tx, actor, { accountId, source: this.id, uids, target }, services),
      ));
    return {
      uidValidity: result.uidvalidity,
      sourceUids: Uint32Array.from(result.sourceUids),
      targetUids: Uint32Array.from(result.targetUids),
      modseqBefore: result.modseqBefore,
      modseqAfter: result.modseqAfter,
    };
  }

  /** From memory as far as it goes, the rest in one question. */
  async #factsOf(uids: Uint32Array, fields: MessageFields): Promise<readonly MessageFacts[]> {
    const { facts } = this.#context.views;
    const known: (PlacedFacts | null)[] = [];
    const asked: number[] = [];
    for (const uid of uids) {
      const found = facts.find(this.id, uid);
      known.push(found && hasAll(found, fields) ? found : null);
      if (known.at(-1) === null) asked.push(uid);
    }
    if (asked.length === 0) return known.filter((found) => found !== null);
    const columns = {
      preview: fields.preview === true,
      envelope: fields.envelope === true,
      structureWire: fields.bodyStructure === true,
      index: fields.structure === true,
      header: fields.header === true,
    };
    const rows = await this.#read((tx) => selectFacts(tx, this.id, asked, columns));
    const read = new Map<number, PlacedFacts>();
    for (const row of rows) read.set(row.uid, facts.keep(this.id, await this.#toFacts(row, fields)));
    const whole: MessageFacts[] = [];
    for (const [at, uid] of uids.entries()) {
      const found = known[at] ?? read.get(uid);
      if (found) whole.push(found);
    }
    return whole;
  }

  async #toFacts(row: FactRow, fields: MessageFields): Promise<PlacedFacts> {
    const index = row.index === null ? null : (JSON.parse(row.index) as MessageIndex);
    return {
      uid: row.uid,
      blobId: row.blobId,
      sizeBytes: row.size,
      internalDateMs: row.received.getTime(),
      savedDateMs: row.saved.getTime(),
      emailId: row.messageId,
      threadId: row.threadId,
      ...(row.preview === null ? {} : { preview: row.preview }),
      ...(fields.envelope ? envelopeFact(row, index) : {}),
      ...(fields.bodyStructure ? structureFact(row, index) : {}),
      ...(fields.structure && index ? { structure: index.structure } : {}),
      ...(fields.header ? { header: row.header ?? (await this.#longHeader(row, index)) } : {}),
    };
  }

  async #longHeader(row: FactRow, index: MessageIndex | null): Promise<Uint8Array> {
    const { services, tenantId } = this.#context;
    const range = { offset: 0, length: index?.structure.headerSizeBytes ?? 0 };
    const pieces: Uint8Array[] = [];
    for await (const piece of services.blobs.read(tenantId, row.blobId, range)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  #read<T>(work: (tx: TenantTx) => Promise<T>): Promise<T> {
    const { services, tenantId, actor, accountId } = this.#context;
    return services.db.tenant(
      tenantId,
      (tx) => {
        assertMayUse(tx, actor, accountId, "read", [this.id]);
        return work(tx);
      },
      { readOnly: true, oneTrip: true },
    );
  }

  #write<T>(work: (tx: TenantTx, context: OpenContext) => Promise<T>): Promise<T> {
    return this.#context.services.db.tenant(this.#context.tenantId, (tx) => work(tx, this.#context));
  }
}

function envelopeFact(row: FactRow, index: MessageIndex | null): Pick<MessageFacts, "envelope"> {
  if (row.envelope !== null) return { envelope: { wire: row.envelope } };
  return index ? { envelope: index.envelope } : {};
}

function structureFact(row: FactRow, index: MessageIndex | null): Pick<MessageFacts, "bodyStructure"> {
  if (row.structure !== null) return { bodyStructure: { wire: row.structure } };
  return index ? { bodyStructure: index.structure } : {};
}

/** Claims \Recent where there is something to claim. It takes no modseq, so it need not wait for the disk. */
async function claimRecent({ services, tenantId }: OpenContext, view: MailboxView): Promise<RecentClaim> {
  const { uidNext, address } = view;
  if (view.recentUid >= uidNext) return { fromUid: uidNext, upToUid: uidNext };
  const claimed = await services.db.tenant(tenantId, (tx) => claimRecentUids(tx, address.mailboxId, uidNext), {
    oneTrip: true,
  });
  view.claimedRecent(uidNext);
  return { fromUid: claimed ?? uidNext, upToUid: uidNext };
}
