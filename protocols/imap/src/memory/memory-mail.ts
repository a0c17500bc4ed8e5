import {
  assert,
  type Bytes,
  type Clock,
  Failure,
  type MailboxId,
  type MessageId,
  newId,
  type Random,
  type ThreadId,
} from "@casaforte/kernel";
import { parseMessage } from "@casaforte/mime";
import type { Hint, SpecialUse } from "../backend.ts";
import type { MemoryContent, MemoryMailbox, MemoryMessage } from "./memory-mailbox.ts";

/** The truth of one account of the memory store; sessions share it. */
export class MemoryMail {
  readonly clock: Clock;
  readonly random: Random;
  readonly name: string;
  readonly limitBytes: number | null;
  mailboxes: MemoryMailbox[] = [];
  modseq = 1;
  /** Where the same mail is over JMAP, as the server is told. */
  jmap: { readonly url: string; readonly isOpenToLogin: boolean } | null = null;
  /** Hints are lost while this is set, as a bus may lose them. */
  losesHints = false;
  /** What fails while it is named here, as in a store that cannot be reached. */
  readonly unavailable = new Set<"changes" | "recent" | "search">();
  /** Ends whoever has a mailbox open, as a store whose table of flags is full. */
  readonly outgrown = new AbortController();
  /** What searches and copies wait for, as in a store that has much to do. */
  busy: Promise<void> = Promise.resolve();
  /** About the account itself. */
  readonly annotations = new Map<string, string>();
  /** Rights given to others of the same store on the whole account, by name. They are kept and told; nobody enters by them here. */
  readonly given = new Map<string, string>();
  readonly isNeighbour: (name: string) => boolean;
  #uidValidity: number;
  #listeners = new Set<(hint: Hint) => void>();

  constructor(options: {
    name: string;
    clock: Clock;
    random: Random;
    limitBytes?: number | null;
    isNeighbour?: (name: string) => boolean;
  }) {
    this.name = options.name;
    this.clock = options.clock;
    this.random = options.random;
    this.limitBytes = options.limitBytes ?? null;
    this.isNeighbour = options.isNeighbour ?? (() => false);
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
      annotations: new Map(),
      given: new Map(),
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

/** What is kept of a message's bytes. */
export function parseContent(bytes: Bytes): MemoryContent {
  const { index, summary } = parseMessage(bytes);
  return { bytes, index, summary };
}
