// RFC 9051 §6.3.2 SELECT, §6.3.3 EXAMINE, RFC 7162 §3.1.8 CONDSTORE, §3.2.5 QRESYNC, RFC 8474 §4.2, RFC 9586 §3
import { Failure } from "@casaforte/kernel";
import type { Handler } from "../command.ts";
import { mailboxArgument, printedName, requireMailbox } from "../mailbox-lookup.ts";
import type { Selected, Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { delimiter } from "../syntax/mailbox-name.ts";
import { formatSet, normalizeRanges, parseSequenceSet } from "../syntax/sequence-set.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { announceKeywords, printFlags, printFlagUpdates } from "../updates.ts";

interface Resync {
  readonly uidValidity: number;
  readonly modseq: number;
  /** UIDs the client knows; null means all. */
  readonly known: Uint32Array | null;
}

/** Opens a mailbox. A failed SELECT leaves no mailbox selected. */
export const select: Handler = async (session, { cursor, name: verb }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  const resync = parseParameters(session, cursor);
  cursor.end();
  const wasSelected = session.selectedOrNull !== null;
  await session.unselect();
  if (wasSelected && (session.enabled.qresync || session.enabled.rev2))
    session.out.line("* OK [CLOSED] The earlier mailbox is closed");
  const info = await requireMailbox(session, name);
  const readOnly = verb === "EXAMINE" || (info.rights !== undefined && !info.rights.includes("w"));
  if (!info.selectable) throw new Failure("not_found", "imap.no_mailbox", "The mailbox cannot be selected");
  // A session that is not told of \Recent leaves it to those that are.
  const mailbox = await session.account.open(info.id, { readOnly: readOnly || session.enabled.rev2 });
  const selected = await session.select(mailbox, name, readOnly);
  printState(session, selected);
  try {
    if (resync) await printResync(session, selected, resync);
  } catch (error) {
    await session.unselect();
    throw error;
  }
  return `OK [${readOnly ? "READ-ONLY" : "READ-WRITE"}] ${verb} completed`;
};

function printState(session: Session, selected: Selected): void {
  const { out } = session;
  const { tracker, mailbox } = selected;
  const { snapshot } = mailbox;
  for (const keyword of snapshot.keywords) selected.announcedKeywords.set(keyword.toLowerCase(), keyword);
  selected.announcedFlagSets = 32;
  out.line(`* ${tracker.count} EXISTS`);
  if (!session.enabled.rev2) out.line(`* ${tracker.recentCount} RECENT`);
  const before = selected.announcedKeywords.size;
  announceKeywords(session, selected);
  if (selected.announcedKeywords.size === before) printFlags(session, selected);
  const unseen = session.enabled.uidOnly ? 0 : firstUnseen(selected);
  if (unseen > 0) out.line(`* OK [UNSEEN ${unseen}] First unseen message`);
  out.line(`* OK [UIDVALIDITY ${snapshot.uidValidity}] UIDs valid`);
  out.line(`* OK [UIDNEXT ${tracker.uidNext}] Next UID`);
  out.line(`* OK [HIGHESTMODSEQ ${tracker.modseq}] Highest modseq`);
  out.line(`* OK [MAILBOXID (${mailbox.id})] Mailbox id`);
  if (session.enabled.rev2) out.line(`* LIST () "${delimiter}" ${printedName(session, selected.name)}`);
}

function firstUnseen(selected: Selected): number {
  const { tracker, mailbox } = selected;
  for (let index = 0; index < tracker.count; index++) {
    if ((mailbox.table.flags(tracker.flagSetAt(index)).bits & 1) === 0) return index + 1;
  }
  return 0;
}

function parseParameters(session: Session, cursor: Cursor): Resync | null {
  let resync: Resync | null = null;
  if (!cursor.take(" ") || cursor.atEnd) return null;
  cursor.list(() => {
    const word = cursor.word("a SELECT parameter");
    if (word === "CONDSTORE") session.enabled.condstore = true;
    else if (word === "QRESYNC") resync = parseResync(session, cursor);
    else throw new SyntaxFailure("Unknown SELECT parameter");
  }, 8);
  return resync;
}

function parseResync(session: Session, cursor: Cursor): Resync {
  if (!session.enabled.qresync) throw new SyntaxFailure("ENABLE QRESYNC first");
  cursor.space();
  cursor.expect("(");
  const uidValidity = cursor.nonZeroNumber();
  cursor.space();
  const modseq = cursor.modseq();
  let known: Uint32Array | null = null;
  if (cursor.take(" ") && cursor.peek() !== "(") {
    known = knownUids(cursor.sequenceText());
    cursor.take(" ");
  }
  if (cursor.peek() === "(") {
    if (session.enabled.uidOnly) throw new SyntaxFailure("[UIDREQUIRED] Message numbers are not used");
    // Sequence match data lets a server without tombstones guess; this one has them (RFC 7162 §3.2.5.2).
    cursor.expect("(");
    knownUids(cursor.sequenceText());
    cursor.space();
    knownUids(cursor.sequenceText());
    cursor.expect(")");
  }
  cursor.expect(")");
  return { uidValidity, modseq, known };
}

function knownUids(text: string): Uint32Array {
  const set = parseSequenceSet(text);
  if (set.kind !== "ranges" || set.pairs.includes(0)) throw new SyntaxFailure("Expected plain UIDs");
  return normalizeRanges(set.pairs, 0xffff_ffff);
}

/** What changed and what went since the client's last visit; nothing when its UIDVALIDITY is not ours. */
async function printResync(session: Session, selected: Selected, resync: Resync): Promise<void> {
  const { tracker, mailbox } = selected;
  if (resync.uidValidity !== mailbox.snapshot.uidValidity) return;
  const { vanished } = await mailbox.changesSince(resync.modseq);
  const gone = vanished.filter((uid) => isKnown(resync, uid) && tracker.indexOf(uid) < 0);
  if (gone.length > 0) session.out.line(`* VANISHED (EARLIER) ${formatSet(gone)}`);
  const changed: number[] = [];
  for (let index = 0; index < tracker.count; index++) {
    if (tracker.modseqAt(index) > resync.modseq && isKnown(resync, tracker.uidAt(index))) changed.push(index);
  }
  printFlagUpdates(session, selected, changed);
}

function isKnown(resync: Resync, uid: number): boolean {
  const { known } = resync;
  if (known === null) return true;
  for (let at = 0; at < known.length; at += 2) {
    if (uid >= (known[at] ?? 0) && uid <= (known[at + 1] ?? 0)) return true;
  }
  return false;
}
