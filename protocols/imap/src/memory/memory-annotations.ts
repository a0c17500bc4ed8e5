import { Failure, type MailboxId } from "@casaforte/kernel";
import type { Annotation, AnnotationStore } from "../annotation-store.ts";
import type { MemoryMail } from "./memory-mail.ts";

const annotationsMax = 100;

export class MemoryAnnotations implements AnnotationStore {
  readonly #mail: MemoryMail;

  constructor(mail: MemoryMail) {
    this.#mail = mail;
  }

  #at(id: MailboxId | null): Map<string, string> {
    if (id === null) return this.#mail.annotations;
    return this.#mail.find(id).annotations;
  }

  async read(id: MailboxId | null): Promise<readonly Annotation[]> {
    return [...this.#at(id)].map(([entry, value]) => ({ entry, value })).sort((a, b) => (a.entry < b.entry ? -1 : 1));
  }

  async digests(ids: readonly (MailboxId | null)[]) {
    const there = ids.filter((id) => id === null || this.#mail.mailboxes.some((mailbox) => mailbox.id === id));
    return new Map(there.map((id) => [id, new Map(this.#at(id))]));
  }

  async write(id: MailboxId | null, changes: Parameters<AnnotationStore["write"]>[1]): Promise<void> {
    if (id === null && changes.some(({ entry }) => entry.startsWith("/shared/")))
      throw new Failure("forbidden", "mailbox.shared_annotation", "Nobody sets what a whole server shares");
    const at = this.#at(id);
    const next = new Map(at);
    for (const { entry, value } of changes)
      if (value === null) next.delete(entry);
      else next.set(entry, value);
    if (next.size > at.size && next.size > annotationsMax)
      throw new Failure("over_quota", "mailbox.annotations_full", "There is no room for more annotations");
    at.clear();
    for (const [entry, value] of next) at.set(entry, value);
    this.#mail.hint(id);
  }
}
