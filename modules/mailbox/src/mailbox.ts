import { Failure, type MailAccountId, type MailboxId } from "@casaforte/kernel";
import { mailboxLimits } from "./limits.ts";

export type MailboxRole = "inbox" | "drafts" | "sent" | "junk" | "trash" | "archive";

export const mailboxRoles: readonly MailboxRole[] = ["inbox", "drafts", "sent", "junk", "trash", "archive"];

/** A folder of a mail account with its counters. Modseqs and bytes are plain numbers below 2^53. */
export interface Mailbox {
  readonly id: MailboxId;
  readonly accountId: MailAccountId;
  /** Names joined by `/`. */
  readonly path: string;
  readonly role: MailboxRole | null;
  readonly selectable: boolean;
  readonly uidvalidity: number;
  readonly uidnext: number;
  readonly recentUid: number;
  readonly total: number;
  readonly unseen: number;
  readonly sizeBytes: number;
  readonly subscribed: boolean;
  readonly sortOrder: number;
  readonly createdModseq: number;
  readonly propertiesModseq: number;
  readonly highestModseq: number;
}

/** What others share is listed below it in IMAP (RFC 2342): no mailbox of one's own begins so. */
export const othersPrefix = "Other Users";

export const parentPath = (path: string): string | null => {
  const at = path.lastIndexOf("/");
  return at < 0 ? null : path.slice(0, at);
};

/** `a`, `a/b` for `a/b/c`. */
export function ancestorPaths(path: string): string[] {
  const ancestors: string[] = [];
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) ancestors.push(path.slice(0, at));
  return ancestors;
}

/**
 * NFC, INBOX in capitals wherever it is the first level, no empty levels, no control characters, nothing that reads as
 * a wildcard, nothing that is kept for others' mailboxes. @throws invalid `mailbox.name`.
 */
export function checkMailboxPath(text: string): string {
  const levels = text.normalize("NFC").split("/");
  const path = levels
    .map((level, index) => (index === 0 && level.toUpperCase() === "INBOX" ? "INBOX" : level))
    .join("/");
  const bytes = new TextEncoder().encode(path).length;
  if (
    bytes === 0 ||
    bytes > mailboxLimits.mailboxNameBytesMax ||
    levels.length > mailboxLimits.mailboxLevelsMax ||
    levels[0] === othersPrefix ||
    levels.some((level) => level.trim() === "" || level === "." || level === "..") ||
    /[\p{Cc}\u2028\u2029\ufffd%*]/u.test(path) ||
    !path.isWellFormed()
  )
    throw new Failure("invalid", "mailbox.name", "this mailbox name is not allowed");
  return path;
}
