import {
  assert,
  type Bytes,
  type Clock,
  concatBytes,
  Failure,
  type MailboxId,
  type MessageId,
  newId,
  type Random,
  type ThreadId,
} from "@casaforte/kernel";
import { parseMessage } from "@casaforte/mime";
import type {
  AppendMessage,
  AppendResult,
  Hint,
  ImapAccount,
  MailboxInfo,
  MailboxStatus,
  OpenMailbox,
  OpenOptions,
  QuotaUsage,
  SpecialUse,
  StagedMessage,
} from "../backend.ts";
import { flagBits } from "../flag-table.ts";
import type { MemoryContent, MemoryMailbox, MemoryMessage } from "./memory-mailbox.ts";
import { MemoryOpenMailbox } from "./memory-open-mailbox.ts";

interface MemoryStaged extends StagedMessage {
  readonly content: MemoryContent;
}

/** The truth of one account of the memory store; sessions share it. */
export class MemoryMail {
  readonly clock: Clock;
  readonly random: Random;
  readonly name: string;
  readonly limitBytes: number | null;
  mailboxes: MemoryMailbox[] = [];
  modseq = 1;
  /** Hints are lost while this is set, as a bus may lose them. */
  losesHints = false;
  #uidValidity: number;
  #listeners = new Set<(hint: Hint) => void>();

  constructor(options: { name: string; clock: Clock; random: Random; limitBytes?: number | null }) {
    this.name = options.name;
    this.clock = options.clock;
    this.random = options.random;
    this.limitBytes = options.limitBytes ?? null;
    this.#uidValidity = Math.floor(this.clock.nowMs() / 1000);
    this.addMailbox("INBOX", null);
  }

  find(id: MailboxId): MemoryMailbox {
    const mailbox = this.mailboxes.find((candidate) => candidate.id === id && !candidate.deleted);
    if (!mailbox) throw new Failure("not_found", "mailbox.not_found", "No such mailbox");
    return mailbox;
  }

  findSelectable(id: MailboxId): MemoryMailbox {
    const mailbox = this.find(id);
    if (!mailbox.selectable) throw new Failure("not_found", "mailbox.not_found", "No such mailbox");
    return mailbox;
  }

  byName(name: string): MemoryMailbox | undefined {
    return this.mailboxes.find((mailbox) => mailbox.name === name);
  }

  addMailbox(name: string, specialUse: SpecialUse | null): MemoryMailbox {
    const mailbox: MemoryMailbox = {
      id: newId<MailboxId>(this.clock, this.random),
      name,
      selectable: true,
      specialUse,
      subscribed: true,
      uidValidity: this.#uidValidity++,
      uidNext: 1,
      recentUid: 1,
      deleted: false,
      messages: [],
      tombstones: [],
      everything: new Map(),
    };
    this.mailboxes.push(mailbox);
    return mailbox;
  }

  /** Adds a message as delivery does. Returns its UID. */
  deliver(
    mailboxName: string,
    message: Bytes | string,
    flags: { bits?: number; keywords?: readonly string[] } = {},
  ): number {
    const mailbox = this.byName(mailboxName);
    assert(mailbox, "the mailbox exists");
    const bytes = typeof message === "string" ? Buffer.from(message.replace(/\r?\n/g, "\r\n"), "utf8") : message;
    this.modseq++;
    const added = this.addMessage(mailbox, parseContent(bytes), {
      bits: flags.bits ?? 0,
      keywords: flags.keywords ?? [],
      internalDateMs: this.clock.nowMs(),
    });
    this.hint(mailbox.id);
    return added.uid;
  }

  addMessage(
    mailbox: MemoryMailbox,
    content: MemoryContent,
    facts: {
      bits: number;
      keywords: readonly string[];
      internalDateMs: number;
      emailId?: MessageId;
      threadId?: ThreadId;
    },
  ): MemoryMessage {
    const message: MemoryMessage = {
      uid: mailbox.uidNext++,
      content,
      emailId: facts.emailId ?? newId<MessageId>(this.clock, this.random),
      threadId: facts.threadId ?? newId<ThreadId>(this.clock, this.random),
      internalDateMs: facts.internalDateMs,
      savedDateMs: this.clock.nowMs(),
      bits: facts.bits,
      keywords: facts.keywords,
      modseq: this.modseq,
    };
    mailbox.messages.push(message);
    mailbox.everything.set(message.uid, content);
    return message;
  }

  usedBytes(): number {
    let bytes = 0;
    for (const { messages } of this.mailboxes) for (const { content } of messages) bytes += content.bytes.length;
    return bytes;
  }

  watch(listener: (hint: Hint) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  hint(mailboxId: MailboxId | null): void {
    if (this.losesHints) return;
    for (const listener of this.#listeners) queueMicrotask(() => listener({ mailboxId }));
  }
}

export function parseContent(bytes: Bytes): MemoryContent {
  const { index, summary } = parseMessage(bytes);
  return { bytes, index, summary };
}

/** A session's hold on an account of the memory store. */
export class MemoryAccount implements ImapAccount {
  readonly #mail: MemoryMail;

  constructor(mail: MemoryMail) {
    this.#mail = mail;
  }

  get name(): string {
    return this.#mail.name;
  }

  async list(): Promise<readonly MailboxInfo[]> {
    return this.#mail.mailboxes.map(info);
  }

  async create(name: string, { specialUse }: { specialUse: SpecialUse | null }): Promise<MailboxInfo> {
    const existing = this.#mail.byName(name);
    if (existing?.selectable) throw new Failure("conflict", "mailbox.exists", "The mailbox exists");
    if (existing) {
      existing.selectable = true;
      return info(existing);
    }
    this.#createParents(name);
    this.#mail.modseq++;
    return info(this.#mail.addMailbox(name, specialUse));
  }

  async delete(id: MailboxId): Promise<void> {
    const mailbox = this.#mail.find(id);
    if (mailbox.name === "INBOX") throw new Failure("forbidden", "mailbox.inbox", "INBOX cannot be deleted");
    const hasChildren = this.#mail.mailboxes.some(({ name }) => name.startsWith(`${mailbox.name}/`));
    if (hasChildren && !mailbox.selectable) {
      throw new Failure("conflict", "mailbox.has_children", "The mailbox has children");
    }
    this.#mail.modseq++;
    mailbox.deleted = true;
    mailbox.messages = [];
    this.#mail.mailboxes = this.#mail.mailboxes.filter((other) => other !== mailbox);
    if (hasChildren) this.#mail.addMailbox(mailbox.name, null).selectable = false;
    this.#mail.hint(null);
  }

  async rename(id: MailboxId, newName: string): Promise<void> {
    const mailbox = this.#mail.find(id);
    if (this.#mail.byName(newName)) throw new Failure("conflict", "mailbox.exists", "The mailbox exists");
    this.#createParents(newName);
    this.#mail.modseq++;
    if (mailbox.name === "INBOX") {
      this.#moveAll(mailbox, this.#mail.addMailbox(newName, null));
      return;
    }
    const oldName = mailbox.name;
    for (const other of this.#mail.mailboxes) {
      if (other === mailbox) other.name = newName;
      else if (other.name.startsWith(`${oldName}/`)) other.name = newName + other.name.slice(oldName.length);
    }
    this.#mail.hint(null);
  }

  #moveAll(from: MemoryMailbox, to: MemoryMailbox): void {
    for (const message of from.messages) {
      this.#mail.addMessage(to, message.content, message);
      from.tombstones.push({ uid: message.uid, modseq: this.#mail.modseq });
    }
    from.messages = [];
    this.#mail.hint(from.id);
  }

  #createParents(name: string): void {
    for (let at = name.indexOf("/"); at > 0; at = name.indexOf("/", at + 1)) {
      const parent = name.slice(0, at);
      if (!this.#mail.byName(parent)) this.#mail.addMailbox(parent, null);
    }
  }

  async subscribe(id: MailboxId, subscribed: boolean): Promise<void> {
    this.#mail.find(id).subscribed = subscribed;
  }

  async status(ids: readonly MailboxId[]): Promise<readonly (MailboxStatus | null)[]> {
    return ids.map((id) => {
      const mailbox = this.#mail.mailboxes.find((candidate) => candidate.id === id);
      return mailbox ? statusOf(mailbox, this.#mail.modseq) : null;
    });
  }

  async open(id: MailboxId, options: OpenOptions): Promise<OpenMailbox> {
    return new MemoryOpenMailbox(this.#mail, this.#mail.findSelectable(id), options);
  }

  async stage(
    mailboxId: MailboxId,
    { sizeBytes, body }: { sizeBytes: number; body: AsyncIterable<Bytes> },
  ): Promise<StagedMessage> {
    this.#mail.findSelectable(mailboxId);
    const { limitBytes } = this.#mail;
    if (limitBytes !== null && this.#mail.usedBytes() + sizeBytes > limitBytes) {
      throw new Failure("over_quota", "mailbox.over_quota", "The mailbox is full");
    }
    const pieces: Bytes[] = [];
    for await (const piece of body) pieces.push(piece.slice());
    const staged: MemoryStaged = { sizeBytes, content: parseContent(concatBytes(pieces)) };
    return staged;
  }

  async append(mailboxId: MailboxId, messages: readonly AppendMessage[]): Promise<AppendResult> {
    const mailbox = this.#mail.findSelectable(mailboxId);
    this.#mail.modseq++;
    const uids = messages.map(({ staged, flags, internalDateMs }) => {
      const { content } = staged as MemoryStaged;
      const at = internalDateMs ?? this.#mail.clock.nowMs();
      return this.#mail.addMessage(mailbox, content, { ...flags, internalDateMs: at }).uid;
    });
    this.#mail.hint(mailbox.id);
    return { uidValidity: mailbox.uidValidity, uids: Uint32Array.from(uids) };
  }

  async discard(): Promise<void> {}

  async quota(): Promise<QuotaUsage> {
    const usedMessages = this.#mail.mailboxes.reduce((sum, { messages }) => sum + messages.length, 0);
    return {
      usedBytes: this.#mail.usedBytes(),
      limitBytes: this.#mail.limitBytes,
      usedMessages,
      limitMessages: null,
    };
  }

  watch(onHint: (hint: Hint) => void): Disposable {
    return this.#mail.watch(onHint);
  }

  async close(): Promise<void> {}
}

function info({ id, name, selectable, specialUse, subscribed }: MemoryMailbox): MailboxInfo {
  return { id, name, selectable, specialUse, subscribed };
}

function statusOf(mailbox: MemoryMailbox, modseq: number): MailboxStatus {
  const { messages } = mailbox;
  const deleted = messages.filter(({ bits }) => (bits & flagBits.deleted) !== 0);
  const size = (list: readonly MemoryMessage[]): number =>
    list.reduce((sum, { content }) => sum + content.bytes.length, 0);
  return {
    messages: messages.length,
    unseen: messages.filter(({ bits }) => (bits & flagBits.seen) === 0).length,
    deleted: deleted.length,
    deletedBytes: size(deleted),
    recent: messages.filter(({ uid }) => uid >= mailbox.recentUid).length,
    uidNext: mailbox.uidNext,
    uidValidity: mailbox.uidValidity,
    highestModseq: modseq,
    sizeBytes: size(messages),
  };
}
