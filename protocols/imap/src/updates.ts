import { Failure } from "@casaforte/kernel";
import { dropExpunged, tellContexts } from "./search-contexts.ts";
import type { Selected, Session } from "./session.ts";
import { formatSet } from "./syntax/sequence-set.ts";

/** The mailbox went away under the session; it can only end (RFC 9051 §7.1.5). */
export class MailboxGone extends Error {
  override readonly name = "MailboxGone";
}

export interface SyncRequest {
  /** Ask the store even if no hint came. */
  readonly ask: boolean;
  /** Sequence numbers may change here (RFC 9051 §7.5.1): not in FETCH, STORE and SEARCH without UID. */
  readonly mayExpunge: boolean;
}

/**
 * Tells the client what changed in the selected mailbox (RFC 9051 §5.2): flags first, in the old numbering, then
 * expunges, then EXISTS only if there is something new: an EXISTS after a mere expunge sends some clients into a loop.
 */
export async function syncSelected(session: Session, request: SyncRequest): Promise<void> {
  const selected = session.selectedOrNull;
  if (!selected) return;
  const { tracker } = selected;
  const { notifier } = session;
  const wish = notifier?.wishes.selected ?? null;
  // What NOTIFY did not ask for is not told; the numbering stays as the client knows it.
  if (notifier !== null && wish === null) {
    if (request.mayExpunge) printExpunges(session, selected);
    return;
  }
  let grew = false;
  // A session's own changes are hinted to it too; what it knows already it does not read again.
  if (request.ask || session.hinted || session.hintedModseq > tracker.modseq) {
    session.hinted = false;
    session.hintedModseq = 0;
    const found = await changes(session, selected);
    const countBefore = tracker.count;
    const { uidNext } = tracker;
    const news = tracker.apply(found);
    grew = news.grew;
    if (grew && !session.enabled.rev2) await claimRecent(session, selected);
    announceKeywords(session, selected);
    const known = news.changed.filter((index) => index < countBefore);
    if (wish === null || wish.events.has("FLAGCHANGE")) printFlagUpdates(session, selected, known);
    if (grew && notifier !== null) notifier.newFromUid ??= uidNext;
  }
  const tellAdded = await tellContexts(session, selected);
  if (request.mayExpunge) printExpunges(session, selected);
  if (grew) {
    session.out.line(`* ${tracker.count} EXISTS`);
    if (!session.enabled.rev2) session.out.line(`* ${tracker.recentCount} RECENT`);
  }
  tellAdded();
}

/**
 * The same once a command has done its work, which is answered as it ended: what the store cannot say now is told after the
 * next command.
 */
export async function syncAfter(session: Session, request: SyncRequest): Promise<void> {
  try {
    await syncSelected(session, request);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    session.logger.warn("imap.news_unavailable", { error: error.message });
    const { selectedOrNull: selected } = session;
    if (selected !== null && request.mayExpunge) printExpunges(session, selected);
  }
}

async function changes(session: Session, selected: Selected): ReturnType<Selected["mailbox"]["changesSince"]> {
  try {
    return await selected.mailbox.changesSince(selected.tracker.modseq);
  } catch (error) {
    if (error instanceof Failure && error.kind === "not_found") throw new MailboxGone();
    session.hinted = true;
    throw error;
  }
}

/** Which of the new ones are this session's own \Recent; none of them where the store cannot say: they are told all the same. */
async function claimRecent(session: Session, { mailbox, tracker, readOnly }: Selected): Promise<void> {
  if (readOnly) return;
  try {
    tracker.addRecent(await mailbox.claimRecent());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    session.logger.warn("imap.recent_unavailable", { error: error.message });
  }
}

/** How what is told of a message begins: with its number, or with its UID alone (RFC 9586 §3.3). */
export function fetchHead(session: Session, selected: Selected, index: number): string {
  return session.enabled.uidOnly ? `* ${selected.tracker.uidAt(index)} UIDFETCH (` : `* ${index + 1} FETCH (`;
}

/** Prints withheld expunges and renumbers. */
export function printExpunges(session: Session, selected: Selected): void {
  if (!selected.tracker.withholds) return;
  dropExpunged(session, selected);
  const { expunged, vanished } = selected.tracker.release();
  if (session.enabled.qresync || session.enabled.uidOnly) {
    session.out.line(`* VANISHED ${formatSet(vanished)}`);
    return;
  }
  for (const sequence of expunged) session.out.text(`* ${sequence} EXPUNGE\r\n`);
}

/** Untagged FETCH with UID, FLAGS and, under CONDSTORE, MODSEQ (RFC 7162 §3.2). */
export function printFlagUpdates(session: Session, selected: Selected, indexes: Iterable<number>): void {
  const { tracker } = selected;
  for (const index of indexes) {
    const uid = tracker.uidAt(index);
    if (tracker.isWithheld(uid)) continue;
    const modseq = session.enabled.condstore ? ` MODSEQ (${tracker.modseqAt(index)})` : "";
    const named = session.enabled.uidOnly ? "" : `UID ${uid} `;
    session.out.text(`${fetchHead(session, selected, index)}${named}FLAGS (${flagsAt(selected, index)})${modseq})\r\n`);
  }
}

/** The flags of a message as printed between parentheses. */
export function flagsAt(selected: Selected, index: number): string {
  const text = selected.mailbox.table.text(selected.tracker.flagSetAt(index));
  if (!selected.tracker.isRecentAt(index)) return text;
  return text === "" ? "\\Recent" : `${text} \\Recent`;
}

/** Prints FLAGS and PERMANENTFLAGS when a keyword is in use that the client was not told of (RFC 9051 §7.3.5). */
export function announceKeywords(session: Session, selected: Selected): void {
  const { table } = selected.mailbox;
  if (table.size === selected.announcedFlagSets) return;
  let fresh = false;
  for (let number = selected.announcedFlagSets; number < table.size; number++) {
    for (const keyword of table.flags(number).keywords) {
      const key = keyword.toLowerCase();
      if (selected.announcedKeywords.has(key)) continue;
      selected.announcedKeywords.set(key, keyword);
      fresh = true;
    }
  }
  selected.announcedFlagSets = table.size;
  if (fresh) printFlags(session, selected);
}

/** FLAGS and PERMANENTFLAGS as they are now. */
export function printFlags(session: Session, selected: Selected): void {
  const keywords = [...selected.announcedKeywords.values()];
  const flags = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft", ...keywords].join(" ");
  session.out.line(`* FLAGS (${flags})`);
  const permanent = selected.readOnly ? "" : `${flags} \\*`;
  session.out.line(`* OK [PERMANENTFLAGS (${permanent})] Flags kept`);
}
