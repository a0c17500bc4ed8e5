import {
  type BodyBytes,
  type CopyResult,
  type ExpungeResult,
  type FlagColumns,
  FlagTable,
  type MailboxChanges,
  type MailboxSnapshot,
  type MessageFacts,
  type MessageFields,
  type ModseqStep,
  type OpenMailbox,
  type SearchQuery,
  type SortCriterion,
  type StoreRequest,
  type StoreResult,
  type ThreadNode,
} from "@casaforte/imap";
import { type Actor, type BlobId, Failure, type MailAccountId, type MailboxId, type TenantId } from "@casaforte/kernel";
import type { MessageIndex } from "@casaforte/mime";
import type { TenantTx } from "@casaforte/platform/db";
import { copyMessages, moveMessages } from "./copy-messages.ts";
import { mailboxLimits } from "./limits.ts";
import { noSuchMailbox } from "./locked-account.ts";
import { readBlobRange } from "./read-blob.ts";
import { expunge } from "./remove-messages.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { storeFlags } from "./store-flags.ts";
import { claimRecentUids } from "./store-mailboxes.ts";
import { selectMatches, selectSorted, selectThreadRows } from "./store-search.ts";
import {
  type FactRow,
  type PackedView,
  packedRowBytes,
  selectBlob,
  selectExpunged,
  selectFacts,
  selectUids,
  selectView,
} from "./store-view.ts";
import { threadByOrderedSubject, threadByReferences } from "./thread-messages.ts";

/** Who opened which account. */
export interface OpenContext {
  readonly services: MailboxEdgeServices;
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly accountId: MailAccountId;
}

/** A selected mailbox. Holds flags' numbers and where blobs lie, nothing of the database. */
export class StoredImapMailbox implements OpenMailbox {
  readonly id: MailboxId;
  readonly table = new FlagTable();
  readonly snapshot: MailboxSnapshot;
  readonly #context: OpenContext;
  /** Where a message's bytes lie and how many they are never changes, so it may be remembered. */
  readonly #bodies = new Map<number, { readonly blobId: BlobId; readonly sizeBytes: number | null }>();

  static async open(context: OpenContext, id: MailboxId, readOnly: boolean): Promise<StoredImapMailbox> {
    const { services, tenantId, accountId } = context;
    const view = await services.db.tenant(tenantId, (tx) => selectView(tx, accountId, id, -1), {
      readOnly: true,
      oneTrip: true,
    });
    if (!view?.mailbox.selectable) throw noSuchMailbox();
    const unclaimed = view.mailbox.recentUid < view.mailbox.uidnext;
    const claimed =
      unclaimed && !readOnly
        ? await services.db.tenant(tenantId, (tx) => claimRecentUids(tx, id), { oneTrip: true })
        : null;
    const recentFromUid = readOnly ? view.mailbox.recentUid : (claimed ?? view.mailbox.uidnext);
    return new StoredImapMailbox(context, view, recentFromUid);
  }

  private constructor(context: OpenContext, view: PackedView, recentFromUid: number) {
    const { mailbox } = view;
    this.id = mailbox.id;
    this.#context = context;
    this.snapshot = {
      ...this.#unpack(view),
      uidValidity: mailbox.uidvalidity,
      uidNext: mailbox.uidnext,
      highestModseq: mailbox.highestModseq,
      recentFromUid,
      keywords: view.knownKeywords,
    };
  }

  async changesSince(modseq: number): Promise<MailboxChanges> {
    const { accountId } = this.#context;
    return this.#read(async (tx) => {
      const view = await selectView(tx, accountId, this.id, modseq);
      if (!view?.mailbox.selectable) throw noSuchMailbox();
      const { highestModseq, uidnext } = view.mailbox;
      const changed = this.#unpack(view);
      if (highestModseq <= modseq)
        return { changed, vanished: new Uint32Array(0), highestModseq: modseq, uidNext: uidnext };
      const expunged = await selectExpunged(tx, accountId, this.id, { after: modseq, upTo: highestModseq });
      const vanished = expunged ? Uint32Array.from(expunged) : complement(await selectUids(tx, this.id), uidnext);
      return { changed, vanished, highestModseq, uidNext: uidnext };
    });
  }

  async claimRecent(): Promise<number> {
    const { services, tenantId, accountId } = this.#context;
    const claimed = await services.db.tenant(tenantId, (tx) => claimRecentUids(tx, this.id), { oneTrip: true });
    if (claimed !== null) return claimed;
    const view = await this.#read((tx) => selectView(tx, accountId, this.id, Number.MAX_SAFE_INTEGER));
    return view?.mailbox.uidnext ?? 1;
  }

  async *facts(uids: Uint32Array, fields: MessageFields): AsyncGenerator<readonly MessageFacts[]> {
    const columns = {
      ids: fields.ids === true,
      preview: fields.preview === true,
      envelope: fields.envelope === true,
      structureWire: fields.bodyStructure === true,
      index: fields.structure === true,
      header: fields.header === true,
    };
    for (let at = 0; at < uids.length; at += mailboxLimits.fetchBatch) {
      const batch = uids.subarray(at, at + mailboxLimits.fetchBatch);
      const known = this.#knownSizes(batch, fields);
      if (known) {
        yield known;
        continue;
      }
      const rows = await this.#read((tx) => selectFacts(tx, this.id, batch, columns));
      const facts: MessageFacts[] = [];
      for (const row of rows) {
        this.#remember(row.uid, row.blobId, row.size);
        facts.push(await this.#toFacts(row, fields));
      }
      yield facts;
    }
  }

  async body(uid: number, range: { readonly offset: number; readonly length: number }): Promise<BodyBytes> {
    const { services, tenantId } = this.#context;
    let blobId = this.#bodies.get(uid)?.blobId;
    if (blobId === undefined) {
      const found = await this.#read((tx) => selectBlob(tx, this.id, uid));
      if (!found) throw new Failure("not_found", "mailbox.message_gone", "the message is gone");
      blobId = found.blobId;
      this.#remember(uid, blobId, null);
    }
    return readBlobRange(services, tenantId, blobId, range);
  }

  async store(request: StoreRequest): Promise<StoreResult> {
    const { accountId } = this.#context;
    const result = await this.#write((tx, { actor, services }) =>
      storeFlags(tx, actor, { accountId, mailboxId: this.id, ...request }, services),
    );
    const count = result.stored.length;
    const stored = { uids: new Uint32Array(count), flagSets: new Uint32Array(count), modseqs: new Float64Array(count) };
    for (const [index, message] of result.stored.entries()) {
      stored.uids[index] = message.uid;
      stored.flagSets[index] = this.table.intern(message.bits, message.keywords);
      stored.modseqs[index] = message.modseq;
    }
    const { modseqBefore, modseqAfter } = result;
    return { stored, modified: Uint32Array.from(result.modified), modseqBefore, modseqAfter };
  }

  async copy(uids: Uint32Array, target: MailboxId): Promise<CopyResult> {
    return this.#transfer(copyMessages, uids, target);
  }

  async move(uids: Uint32Array, target: MailboxId): Promise<CopyResult & ModseqStep> {
    return this.#transfer(moveMessages, uids, target);
  }

  async expunge(uids: Uint32Array | null): Promise<ExpungeResult> {
    const { accountId } = this.#context;
    const result = await this.#write((tx, { actor, services }) =>
      expunge(tx, actor, { accountId, mailboxId: this.id, uids, onlyDeleted: true }, services),
    );
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
    this.#bodies.clear();
  }

  async #transfer(
    operation: typeof copyMessages,
    uids: Uint32Array,
    target: MailboxId,
  ): Promise<CopyResult & ModseqStep> {
    const { accountId } = this.#context;
    const result = await this.#write((tx, { actor, services }) =>
      operation(tx, actor, { accountId, source: this.id, uids, target }, services),
    );
    return {
      uidValidity: result.uidvalidity,
      sourceUids: Uint32Array.from(result.sourceUids),
      targetUids: Uint32Array.from(result.targetUids),
      modseqBefore: result.modseqBefore,
      modseqAfter: result.modseqAfter,
    };
  }

  async #toFacts(row: FactRow, fields: MessageFields): Promise<MessageFacts> {
    const index = row.index === null ? null : (JSON.parse(row.index) as MessageIndex);
    return {
      uid: row.uid,
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

  #remember(uid: number, blobId: BlobId, sizeBytes: number | null): void {
    if (this.#bodies.size >= mailboxLimits.blobPlacesKept) this.#bodies.clear();
    this.#bodies.set(uid, { blobId, sizeBytes });
  }

  /** For whoever fetches bodies after metadata, as most clients do: no question to the database; null if one is needed. */
  #knownSizes(uids: Uint32Array, fields: MessageFields): readonly MessageFacts[] | null {
    const { size: _, ...others } = fields;
    if (Object.values(others).some(Boolean)) return null;
    const facts: MessageFacts[] = [];
    for (const uid of uids) {
      const sizeBytes = this.#bodies.get(uid)?.sizeBytes;
      if (sizeBytes === undefined || sizeBytes === null) return null;
      facts.push({ uid, sizeBytes });
    }
    return facts;
  }

  #unpack(view: PackedView): FlagColumns {
    const { packed } = view;
    const count = packed.length / packedRowBytes;
    const columns = {
      uids: new Uint32Array(count),
      flagSets: new Uint32Array(count),
      modseqs: new Float64Array(count),
    };
    for (let row = 0, at = 0; row < count; row++, at += packedRowBytes) {
      columns.uids[row] = packed.readUInt32BE(at);
      columns.flagSets[row] = packed.readUInt16BE(at + 4);
      columns.modseqs[row] = packed.readUInt32BE(at + 6) * 0x1_0000_0000 + packed.readUInt32BE(at + 10);
    }
    let row = 0;
    for (const { uid, keywords } of view.keywords) {
      while (row < count && (columns.uids[row] ?? 0) < uid) row++;
      columns.flagSets[row] = this.table.intern(columns.flagSets[row] ?? 0, keywords);
    }
    return columns;
  }

  #read<T>(work: (tx: TenantTx) => Promise<T>): Promise<T> {
    return this.#context.services.db.tenant(this.#context.tenantId, work, { readOnly: true });
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

/** Every UID below `uidNext` that is not there: what an old client is told when tombstones are pruned (RFC 7162 §3.2.5). */
function complement(present: readonly number[], uidNext: number): Uint32Array {
  const absent = new Uint32Array(Math.max(0, uidNext - 1 - present.length));
  let at = 0;
  let next = 0;
  for (let uid = 1; uid < uidNext && at < absent.length; uid++) {
    if (present[next] === uid) next++;
    else absent[at++] = uid;
  }
  return absent.subarray(0, at);
}
