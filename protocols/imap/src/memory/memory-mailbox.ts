import type { Bytes, MailboxId, MessageId, ThreadId } from "@casaforte/kernel";
import type { MessageIndex, MessageSummary } from "@casaforte/mime";
import type { FlagColumns, SpecialUse, StagedMessage } from "../backend.ts";
import type { Flags, FlagTable } from "../flag-table.ts";

/** What all copies of a message share. */
export interface MemoryContent {
  readonly bytes: Bytes;
  readonly index: MessageIndex;
  readonly summary: MessageSummary;
}

export interface MemoryMessage {
  readonly uid: number;
  readonly content: MemoryContent;
  readonly emailId: MessageId;
  readonly threadId: ThreadId;
  readonly internalDateMs: number;
  readonly savedDateMs: number;
  bits: number;
  keywords: readonly string[];
  modseq: number;
}

/** A mailbox of the memory store: rows in order of UID, and the UIDs that went. */
export interface MemoryMailbox {
  readonly id: MailboxId;
  name: string;
  selectable: boolean;
  specialUse: SpecialUse | null;
  subscribed: boolean;
  readonly annotations: Map<string, string>;
  /** Rights given to others on this mailbox alone, by name. */
  readonly given: Map<string, string>;
  readonly uidValidity: number;
  uidNext: number;
  recentUid: number;
  deleted: boolean;
  messages: MemoryMessage[];
  tombstones: { readonly uid: number; readonly modseq: number }[];
  /** Bytes stay readable after an expunge, as a blob store keeps them for a while. */
  readonly everything: Map<number, MemoryContent>;
}

export interface MemoryStaged extends StagedMessage {
  readonly content: MemoryContent;
}

/** Rows as columns. */
export function toColumns(messages: readonly MemoryMessage[], table: FlagTable): FlagColumns {
  return {
    uids: Uint32Array.from(messages, ({ uid }) => uid),
    flagSets: Uint32Array.from(messages, ({ bits, keywords }) => table.intern(bits, keywords)),
    modseqs: Float64Array.from(messages, ({ modseq }) => modseq),
  };
}

/** The flags after a STORE; keywords compare without case. */
export function applyFlags(
  message: { readonly bits: number; readonly keywords: readonly string[] },
  operation: "add" | "remove" | "replace",
  flags: Flags,
): Flags {
  if (operation === "replace") return flags;
  const named = new Set(flags.keywords.map((keyword) => keyword.toLowerCase()));
  const others = message.keywords.filter((keyword) => !named.has(keyword.toLowerCase()));
  if (operation === "remove") return { bits: message.bits & ~flags.bits, keywords: others };
  const had = new Set(message.keywords.map((keyword) => keyword.toLowerCase()));
  const added = flags.keywords.filter((keyword) => !had.has(keyword.toLowerCase()));
  return { bits: message.bits | flags.bits, keywords: [...message.keywords, ...added] };
}

export function sameFlags(a: Flags, b: Flags): boolean {
  if (a.bits !== b.bits || a.keywords.length !== b.keywords.length) return false;
  const words = new Set(a.keywords.map((keyword) => keyword.toLowerCase()));
  return b.keywords.every((keyword) => words.has(keyword.toLowerCase()));
}
