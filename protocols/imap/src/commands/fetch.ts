// RFC 9051 §6.4.5 FETCH, RFC 7162 §3.1.4 CHANGEDSINCE, §3.2.6 VANISHED, RFC 9586 §3.3 UIDFETCH
import { type Bytes, Failure } from "@casaforte/kernel";
import type { Handler } from "../command.ts";
import { streamMessages } from "../fetch-stream.ts";
import { LineBuffer } from "../line-buffer.ts";
import { resolveIndexes, resolveUidRanges } from "../resolve-set.ts";
import { contains } from "../search-plan.ts";
import type { Selected, Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { type FactItem, type FetchItem, parseFetchItems } from "../syntax/fetch-items.ts";
import { formatSet, parseSequenceSet, type SequenceSet } from "../syntax/sequence-set.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { announceKeywords, flagsAt } from "../updates.ts";
import { type PartialRange, parsePartialRange, windowOf } from "./return-options.ts";

/** Messages printed between two looks at back-pressure. */
const stride = 1024;

/** Prints what is asked of the messages, in order. Flags, UIDs and modseqs come from the session's own columns. */
export const fetch: Handler = async (session, { cursor, uid, name }) => {
  const { selected } = session;
  cursor.space();
  const set = parseSequenceSet(cursor.sequenceText());
  cursor.space();
  const items = parseFetchItems(cursor, session.limits);
  const { changedSince, vanished, partial } = parseModifiers(session, cursor, uid);
  cursor.end();
  if (uid && !session.enabled.uidOnly) addFact(items, "UID", true);
  if (changedSince !== null) addFact(items, "MODSEQ", false);
  if (items.some((item) => item.kind === "fact" && item.fact === "MODSEQ")) session.enabled.condstore = true;
  let indexes = resolveIndexes(selected, set, uid);
  if (changedSince !== null) {
    if (vanished) await printVanished(session, selected, set, changedSince);
    indexes = indexes.filter((index) => selected.tracker.modseqAt(index) > changedSince);
  }
  // RFC 9394 §3.2: a part of what the other modifiers left.
  if (partial) indexes = indexes.slice(...windowOf(partial, indexes.length));
  // Other sessions of the mailbox may have met keywords that this client was not told of.
  announceKeywords(session, selected);
  const printers = items.map((item) => columnPrinter(selected, item));
  if (printers.every((printer) => printer !== null)) await printColumns(session, selected, { indexes, printers });
  else {
    const missing = await streamMessages(session, selected, { indexes, items }).catch(unknownEncoding);
    if (missing === null) return "NO [UNKNOWN-CTE] The part has a transfer encoding nobody knows";
    if (missing && !uid) return "NO [EXPUNGEISSUED] Some of the messages are gone";
    if (missing) session.hinted = true;
  }
  return `OK ${name} completed`;
};

function unknownEncoding(error: unknown): null {
  if (error instanceof Failure && error.code === "imap.unknown_cte") return null;
  throw error;
}

function addFact(items: FetchItem[], fact: FactItem, first: boolean): void {
  if (items.some((item) => item.kind === "fact" && item.fact === fact)) return;
  if (first) items.unshift({ kind: "fact", fact });
  else items.push({ kind: "fact", fact });
}

function parseModifiers(
  session: Session,
  cursor: Cursor,
  uid: boolean,
): { changedSince: number | null; vanished: boolean; partial: PartialRange | null } {
  let changedSince: number | null = null;
  let vanished = false;
  let partial: PartialRange | null = null;
  if (cursor.take(" ") && !cursor.atEnd) {
    cursor.list(() => {
      const word = cursor.word("a FETCH modifier");
      if (word === "CHANGEDSINCE") {
        cursor.space();
        changedSince = cursor.modseq();
      } else if (word === "VANISHED") vanished = true;
      else if (word === "PARTIAL" && uid && !partial) {
        cursor.space();
        partial = parsePartialRange(cursor);
      } else throw new SyntaxFailure("Unknown FETCH modifier");
    }, 4);
  }
  if (changedSince !== null) session.enabled.condstore = true;
  if (vanished && (!uid || changedSince === null || !session.enabled.qresync)) {
    throw new SyntaxFailure("VANISHED needs UID FETCH, CHANGEDSINCE and QRESYNC");
  }
  return { changedSince, vanished, partial };
}

async function printVanished(session: Session, selected: Selected, set: SequenceSet, since: number): Promise<void> {
  const ranges = resolveUidRanges(selected, set, true);
  const { vanished } = await selected.mailbox.changesSince(since);
  const gone = vanished.filter((uid) => contains(ranges, uid) && selected.tracker.indexOf(uid) < 0);
  if (gone.length > 0) session.out.line(`* VANISHED (EARLIER) ${formatSet(gone)}`);
}

type ColumnPrinter = (line: LineBuffer, index: number) => void;

/** Prints an item from the session's columns, or null when the store must be asked. */
function columnPrinter(selected: Selected, item: FetchItem): ColumnPrinter | null {
  if (item.kind !== "fact") return null;
  const { tracker } = selected;
  if (item.fact === "FLAGS") return flagsPrinter(selected);
  if (item.fact === "UID") {
    return (line, index) => {
      line.ascii("UID ");
      line.number(tracker.uidAt(index));
    };
  }
  if (item.fact !== "MODSEQ") return null;
  return (line, index) => {
    line.ascii("MODSEQ (");
    line.number(tracker.modseqAt(index));
    line.ascii(")");
  };
}

/** A mailbox has few combinations of flags: each is made into bytes once. */
function flagsPrinter(selected: Selected): ColumnPrinter {
  const { tracker } = selected;
  const prepared: (Bytes | undefined)[] = [];
  return (line, index) => {
    const key = tracker.flagSetAt(index) * 2 + (tracker.isRecentAt(index) ? 1 : 0);
    const bytes = prepared[key] ?? Buffer.from(`FLAGS (${flagsAt(selected, index)})`, "latin1");
    prepared[key] = bytes;
    line.raw(bytes);
  };
}

async function printColumns(
  session: Session,
  { tracker }: Selected,
  { indexes, printers }: { readonly indexes: Uint32Array; readonly printers: readonly ColumnPrinter[] },
): Promise<void> {
  const { uidOnly } = session.enabled;
  const { out } = session;
  const line = new LineBuffer((bytes) => out.bytes(bytes));
  for (let at = 0; at < indexes.length; at++) {
    const index = indexes[at] ?? 0;
    line.ascii("* ");
    line.number(uidOnly ? tracker.uidAt(index) : index + 1);
    line.ascii(uidOnly ? " UIDFETCH (" : " FETCH (");
    for (let which = 0; which < printers.length; which++) {
      if (which > 0) line.ascii(" ");
      printers[which]?.(line, index);
    }
    line.ascii(")\r\n");
    if (at % stride === stride - 1 && out.isFull) await out.pressure();
  }
  line.flush();
}
