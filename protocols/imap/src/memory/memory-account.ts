import { type Bytes, concatBytes, Failure, type MailboxId } from "@casaforte/kernel";
import type {
  AppendMessage,
  AppendResult,
  Hint,
  ImapAccount,
  MailboxInfo,
  MailboxStatus,
  MessageToStage,
  OpenMailbox,
  OpenOptions,
  QuotaUsage,
  SpecialUse,
  StagedMessage,
} from "../backend.ts";
import { flagBits } from "../flag-table.ts";
import { MemoryAcl } from "./memory-acl.ts";
import { MemoryAnnotations } from "./memory-annotations.ts";
import { type MemoryMail, parseContent } from "./memory-mail.ts";
import type { MemoryMailbox, MemoryMessage, MemoryStaged } from "./memory-mailbox.ts";
import { MemoryOpenMailbox } from "./memory-open-mailbox.ts";

/** A session's hold on an account of the memory store. */
export class MemoryAccount implements ImapAccount {
  readonly #mail: MemoryMail;
  readonly acl: MemoryAcl;
  readonly annotations: MemoryAnnotations;

  constructor(mail: MemoryMail) {
    this.#mail = mail;
    this.acl = new MemoryAcl(mail);
    this.annotations = new MemoryAnnotations(mail);
  }

  get name(): string {
    return this.#mail.name;
  }

  get jmap() {
    return this.#mail.jmap;
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
    this.#mail.hint(null);
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
    this.#mail.hint(null);
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

  async stage(mailboxId: MailboxId, { sizeBytes, body, stagedBytes = 0 }: MessageToStage): Promise<StagedMessage> {
    this.#mail.findSelectable(mailboxId);
    const { limitBytes } = this.#mail;
    if (limitBytes !== null && this.#mail.usedBytes() + stagedBytes + sizeBytes > limitBytes) {
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
    return { usedBytes: this.#mail.usedBytes(), limitBytes: this.#mail.limitBytes };
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
