// RFC 9051 §6.3.11 STATUS, RFC 7162 §3.1.7, RFC 8438 SIZE, RFC 8474 §4.3, RFC 7889 §4, RFC 9208 §4.1.4
import { Failure } from "@casaforte/kernel";
import type { MailboxInfo, MailboxStatus, StatusRequest } from "../backend.ts";
import type { Handler } from "../command.ts";
import { mailboxArgument, printedName, requireMailbox } from "../mailbox-lookup.ts";
import type { Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";

const items = {
  MESSAGES: (status: MailboxStatus) => status.messages,
  RECENT: (status: MailboxStatus) => status.recent,
  UIDNEXT: (status: MailboxStatus) => status.uidNext,
  UIDVALIDITY: (status: MailboxStatus) => status.uidValidity,
  UNSEEN: (status: MailboxStatus) => status.unseen,
  DELETED: (status: MailboxStatus) => status.deleted,
  "DELETED-STORAGE": (status: MailboxStatus) => status.deletedBytes,
  SIZE: (status: MailboxStatus) => status.sizeBytes,
  HIGHESTMODSEQ: (status: MailboxStatus) => status.highestModseq,
  MAILBOXID: (_: MailboxStatus, mailbox: MailboxInfo) => `(${mailbox.id})`,
  APPENDLIMIT: (_: MailboxStatus, __: MailboxInfo, session: Session) => session.limits.appendBytes,
} as const;

export type StatusItem = keyof typeof items;

/** Figures of a mailbox without selecting it. */
export const status: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.space();
  const asked = parseStatusItems(session, cursor);
  cursor.end();
  const mailbox = await requireMailbox(session, name);
  const [found] = mailbox.selectable ? await session.account.status([mailbox.id], figuresOf(asked)) : [];
  if (!found) throw new Failure("not_found", "imap.no_mailbox", "No such mailbox");
  session.out.line(formatStatus(session, mailbox, found, asked));
  return "OK STATUS completed";
};

/** What the store has to look for beyond a mailbox's counters. */
export const figuresOf = (asked: readonly StatusItem[]): StatusRequest => ({
  deleted: asked.includes("DELETED") || asked.includes("DELETED-STORAGE"),
});

/** `(MESSAGES UIDNEXT …)`. Asking for HIGHESTMODSEQ enables CONDSTORE (RFC 7162 §3.1). */
export function parseStatusItems(session: Session, cursor: Cursor): StatusItem[] {
  const asked = cursor.list(() => {
    const word = cursor.word("a STATUS item");
    if (!Object.hasOwn(items, word)) throw new SyntaxFailure("Unknown STATUS item");
    return word as StatusItem;
  }, 32);
  if (asked.includes("HIGHESTMODSEQ")) session.enabled.condstore = true;
  return asked;
}

export function formatStatus(
  session: Session,
  mailbox: MailboxInfo,
  found: MailboxStatus,
  asked: readonly StatusItem[],
): string {
  const figures = asked.map((item) => `${item} ${items[item](found, mailbox, session)}`).join(" ");
  return `* STATUS ${printedName(session, mailbox.name)} (${figures})`;
}
