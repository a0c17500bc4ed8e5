import type { MessageFacts, MessageFields } from "@casaforte/imap";
import type { BlobId, MailboxId } from "@casaforte/kernel";
import { mailboxLimits } from "./limits.ts";

/** What never changes about a message in its place; fields that nobody asked for yet are absent. */
export interface PlacedFacts extends MessageFacts {
  readonly sizeBytes: number;
  readonly blobId: BlobId;
}

/** About what an entry costs beside its texts. */
const entryBytes = 400;

/**
 * Facts of messages as IMAP prints them, for all sessions of the process: a FETCH of what was fetched or delivered lately
 * asks the database nothing. Bounded by bytes; the mailbox not looked at for the longest time goes first.
 */
export class FactCache {
  readonly #mailboxes = new Map<MailboxId, { readonly facts: Map<number, PlacedFacts>; bytes: number }>();
  #bytes = 0;

  find(mailboxId: MailboxId, uid: number): PlacedFacts | null {
    return this.#mailboxes.get(mailboxId)?.facts.get(uid) ?? null;
  }

  /** Adds to what is known; returns everything known. */
  keep(mailboxId: MailboxId, facts: PlacedFacts): PlacedFacts {
    let mailbox = this.#mailboxes.get(mailboxId);
    if (!mailbox) {
      mailbox = { facts: new Map(), bytes: 0 };
      this.#mailboxes.set(mailboxId, mailbox);
    }
    const before = mailbox.facts.get(facts.uid);
    const whole = before ? { ...before, ...facts } : facts;
    mailbox.facts.set(facts.uid, whole);
    const grown = costOf(whole) - (before ? costOf(before) : 0);
    mailbox.bytes += grown;
    this.#bytes += grown;
    if (this.#bytes > mailboxLimits.factBytesKept) this.#shrink();
    return whole;
  }

  /** The mailbox was looked at: it goes last. */
  touch(mailboxId: MailboxId): void {
    const mailbox = this.#mailboxes.get(mailboxId);
    if (!mailbox) return;
    this.#mailboxes.delete(mailboxId);
    this.#mailboxes.set(mailboxId, mailbox);
  }

  #shrink(): void {
    for (const [id, mailbox] of this.#mailboxes) {
      if (this.#bytes <= mailboxLimits.factBytesKept / 2) return;
      this.#mailboxes.delete(id);
      this.#bytes -= mailbox.bytes;
    }
  }
}

/** Whether everything asked for is there. */
export function hasAll(facts: PlacedFacts, fields: MessageFields): boolean {
  return (
    (!fields.envelope || facts.envelope !== undefined) &&
    (!fields.bodyStructure || facts.bodyStructure !== undefined) &&
    (!fields.structure || facts.structure !== undefined) &&
    (!fields.header || facts.header !== undefined) &&
    (!fields.preview || facts.preview !== undefined) &&
    (!fields.internalDate || facts.internalDateMs !== undefined) &&
    (!fields.ids || facts.emailId !== undefined) &&
    (!fields.savedDate || facts.savedDateMs !== undefined)
  );
}

function costOf(facts: PlacedFacts): number {
  const wire = (value: object | undefined) => (value && "wire" in value ? String(value.wire).length : 0);
  return (
    entryBytes +
    wire(facts.envelope) +
    wire(facts.bodyStructure) +
    2 * (facts.preview?.length ?? 0) +
    (facts.header?.length ?? 0) +
    (facts.structure ? 2_000 : 0)
  );
}
