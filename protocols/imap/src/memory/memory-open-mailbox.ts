import { Failure, type MailboxId } from "@casaforte/kernel";
import type {
  AppendMessage,
  AppendResult,
  BodyBytes,
  CopyResult,
  ExpungeResult,
  MailboxChanges,
  MailboxSnapshot,
  MessageFacts,
  MessageFields,
  ModseqStep,
  OpenMailbox,
  OpenOptions,
  RecentClaim,
  StoreRequest,
  StoreResult,
} from "../backend.ts";
import { FlagTable, flagBits } from "../flag-table.ts";
import type { SearchQuery } from "../search-query.ts";
import { matches } from "./matches.ts";
import type { MemoryMail } from "./memory-mail.ts";
import {
  applyFlags,
  type MemoryMailbox,
  type MemoryMessage,
  type MemoryStaged,
  sameFlags,
  toColumns,
} from "./memory-mailbox.ts";

const factsPerBatch = 64;
/** Longer ranges come as a stream, so that tests meet both forms. */
const streamFromBytes = 16_384;

/** A mailbox of the memory store opened by one session. */
export class MemoryOpenMailbox implements OpenMailbox {
  readonly table = new FlagTable();
  readonly snapshot: MailboxSnapshot;
  readonly #mail: MemoryMail;
  readonly #mailbox: MemoryMailbox;

  constructor(mail: MemoryMail, mailbox: MemoryMailbox, { readOnly }: OpenOptions) {
    this.#mail = mail;
    this.#mailbox = mailbox;
    this.snapshot = {
      ...toColumns(mailbox.messages, this.table),
      uidValidity: mailbox.uidValidity,
      uidNext: mailbox.uidNext,
      highestModseq: mail.modseq,
      recentFromUid: mailbox.recentUid,
      recentUpToUid: mailbox.uidNext,
      keywords: [...new Set(mailbox.messages.flatMap(({ keywords }) => keywords))],
    };
    if (!readOnly) mailbox.recentUid = mailbox.uidNext;
  }

  get ended(): AbortSignal {
    return this.#mail.outgrown.signal;
  }

  get id(): MailboxId {
    return this.#mailbox.id;
  }

  async changesSince(modseq: number): Promise<MailboxChanges> {
    this.#exists();
    this.#reach("changes");
    const { messages, tombstones, uidNext } = this.#mailbox;
    const gone = tombstones.filter((tombstone) => tombstone.modseq > modseq).map(({ uid }) => uid);
    return {
      changed: toColumns(
        messages.filter((message) => message.modseq > modseq),
        this.table,
      ),
      vanished: Uint32Array.from(gone).sort(),
      highestModseq: Math.max(modseq, this.#mail.modseq),
      uidNext,
    };
  }

  async claimRecent(): Promise<RecentClaim> {
    this.#reach("recent");
    const fromUid = this.#mailbox.recentUid;
    const upToUid = this.#mailbox.uidNext;
    this.#mailbox.recentUid = upToUid;
    return { fromUid, upToUid };
  }

  async *facts(uids: Uint32Array, fields: MessageFields): AsyncGenerator<readonly MessageFacts[]> {
    const wanted = new Set(uids);
    const found = this.#mailbox.messages.filter(({ uid }) => wanted.has(uid));
    for (let at = 0; at < found.length; at += factsPerBatch) {
      yield found.slice(at, at + factsPerBatch).map((message) => factsOf(message, fields));
    }
  }

  async body(uid: number, { offset, length }: { offset: number; length: number }): Promise<BodyBytes> {
    const content = this.#mailbox.everything.get(uid);
    if (!content) throw new Failure("not_found", "mailbox.body_gone", "The message is gone");
    const bytes = content.bytes.subarray(offset, offset + length);
    return length < streamFromBytes ? bytes : inPieces(bytes);
  }

  async store(request: StoreRequest): Promise<StoreResult> {
    this.#exists();
    const modseqBefore = this.#mail.modseq;
    const wanted = new Set(request.uids);
    const addressed = this.#mailbox.messages.filter(({ uid }) => wanted.has(uid));
    const refused = addressed.filter(({ modseq }) => modseq > (request.unchangedSince ?? Number.POSITIVE_INFINITY));
    const stored = addressed.filter((message) => !refused.includes(message));
    const next = modseqBefore + 1;
    for (const message of stored) {
      const flags = applyFlags(message, request.operation, request.flags);
      if (sameFlags(message, flags)) continue;
      message.bits = flags.bits;
      message.keywords = flags.keywords;
      message.modseq = next;
      this.#mail.modseq = next;
    }
    if (this.#mail.modseq !== modseqBefore) this.#mail.hint(this.id);
    return {
      stored: toColumns(stored, this.table),
      modified: Uint32Array.from(refused, ({ uid }) => uid),
      modseqBefore,
      modseqAfter: this.#mail.modseq,
    };
  }

  async replace(
    uid: number,
    targetId: MailboxId,
    { staged, flags, internalDateMs }: AppendMessage,
  ): Promise<AppendResult> {
    const target = this.#mail.findSelectable(targetId);
    const replaced = this.#addressed(Uint32Array.of(uid));
    this.#mail.modseq++;
    if (replaced.length > 0) this.#remove(replaced);
    const at = internalDateMs ?? this.#mail.clock.nowMs();
    const { content } = staged as MemoryStaged;
    const added = this.#mail.addMessage(target, content, { ...flags, internalDateMs: at });
    this.#mail.hint(target.id);
    return { uidValidity: target.uidValidity, uids: Uint32Array.of(added.uid) };
  }

  async copy(uids: Uint32Array, targetId: MailboxId): Promise<CopyResult> {
    const target = this.#mail.findSelectable(targetId);
    const sources = this.#addressed(uids);
    this.#mail.modseq++;
    const copies = sources.map(({ content, bits, keywords, internalDateMs, threadId }) =>
      this.#mail.addMessage(target, content, { bits, keywords, internalDateMs, threadId }),
    );
    this.#mail.hint(target.id);
    return copyResult(target, sources, copies);
  }

  async move(uids: Uint32Array, targetId: MailboxId): Promise<CopyResult & ModseqStep> {
    const target = this.#mail.findSelectable(targetId);
    const sources = this.#addressed(uids);
    const modseqBefore = this.#mail.modseq++;
    this.#remove(sources);
    const copies = sources.map((message) => this.#mail.addMessage(target, message.content, message));
    this.#mail.hint(target.id);
    return { ...copyResult(target, sources, copies), modseqBefore, modseqAfter: this.#mail.modseq };
  }

  async expunge(uids: Uint32Array | null): Promise<ExpungeResult> {
    this.#exists();
    const candidates = uids ? this.#addressed(uids) : this.#mailbox.messages;
    const doomed = candidates.filter(({ bits }) => (bits & flagBits.deleted) !== 0);
    const modseqBefore = this.#mail.modseq;
    if (doomed.length > 0) {
      this.#mail.modseq++;
      this.#remove(doomed);
    }
    return { vanished: Uint32Array.from(doomed, ({ uid }) => uid), modseqBefore, modseqAfter: this.#mail.modseq };
  }

  async search(query: SearchQuery): Promise<Uint32Array> {
    await this.#mail.busy;
    this.#reach("search");
    const found = this.#mailbox.messages.filter((message) => matches(message, query));
    return Uint32Array.from(found, ({ uid }) => uid);
  }

  async close(): Promise<void> {}

  #exists(): void {
    this.#mail.find(this.id);
  }

  #reach(what: "changes" | "recent" | "search"): void {
    if (this.#mail.unavailable.has(what)) throw new Failure("unavailable", "mailbox.unavailable", "The store is away");
  }

  #addressed(uids: Uint32Array): MemoryMessage[] {
    this.#exists();
    const wanted = new Set(uids);
    return this.#mailbox.messages.filter(({ uid }) => wanted.has(uid));
  }

  #remove(doomed: readonly MemoryMessage[]): void {
    const gone = new Set(doomed);
    this.#mailbox.messages = this.#mailbox.messages.filter((message) => !gone.has(message));
    for (const { uid } of doomed) this.#mailbox.tombstones.push({ uid, modseq: this.#mail.modseq });
    this.#mail.hint(this.id);
  }
}

function copyResult(
  target: MemoryMailbox,
  sources: readonly MemoryMessage[],
  copies: readonly MemoryMessage[],
): CopyResult {
  return {
    uidValidity: target.uidValidity,
    sourceUids: Uint32Array.from(sources, ({ uid }) => uid),
    targetUids: Uint32Array.from(copies, ({ uid }) => uid),
  };
}

function factsOf(message: MemoryMessage, fields: MessageFields): MessageFacts {
  const { index, bytes, summary } = message.content;
  return {
    uid: message.uid,
    ...(fields.size ? { sizeBytes: bytes.length } : {}),
    ...(fields.internalDate ? { internalDateMs: message.internalDateMs } : {}),
    ...(fields.ids ? { emailId: message.emailId, threadId: message.threadId } : {}),
    ...(fields.savedDate ? { savedDateMs: message.savedDateMs } : {}),
    ...(fields.preview ? { preview: summary.preview } : {}),
    ...(fields.envelope ? { envelope: index.envelope } : {}),
    ...(fields.bodyStructure ? { bodyStructure: index.structure } : {}),
    ...(fields.structure ? { structure: index.structure } : {}),
    ...(fields.header ? { header: bytes.subarray(0, index.structure.headerSizeBytes) } : {}),
  };
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 8192) yield bytes.subarray(at, at + 8192);
}
