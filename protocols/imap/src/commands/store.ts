// RFC 9051 §6.4.6 STORE, RFC 7162 §3.1.3 UNCHANGEDSINCE
import type { StoreRequest } from "../backend.ts";
import type { Handler } from "../command.ts";
import { indexesOfUids, resolveIndexes, uidsAt } from "../resolve-set.ts";
import type { Selected, Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { parseFlags } from "../syntax/flag-list.ts";
import { formatSet, parseSequenceSet } from "../syntax/sequence-set.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { announceKeywords, fetchHead, flagsAt } from "../updates.ts";

const operations: Readonly<Record<string, StoreRequest["operation"]>> = { "+": "add", "-": "remove", "": "replace" };

/** Changes flags. With UNCHANGEDSINCE the messages that changed meanwhile are named in MODIFIED, and the answer is OK. */
export const store: Handler = async (session, { cursor, uid, name }) => {
  const { selected, limits } = session;
  cursor.space();
  const set = parseSequenceSet(cursor.sequenceText());
  cursor.space();
  const unchangedSince = parseModifier(session, cursor);
  const sign = cursor.take("+") ? "+" : cursor.take("-") ? "-" : "";
  const item = cursor.word("FLAGS");
  if (item !== "FLAGS" && item !== "FLAGS.SILENT") throw new SyntaxFailure("Expected FLAGS");
  cursor.space();
  const flags = parseFlags(cursor, limits, true);
  cursor.end();
  if (selected.readOnly) return "NO [CANNOT] The mailbox is open read-only";
  const indexes = resolveIndexes(selected, set, uid);
  if (indexes.length === 0) return `OK ${name} completed`;
  const uids = uidsAt(selected, indexes);
  const result = await selected.mailbox.store({
    uids,
    operation: operations[sign] ?? "replace",
    flags,
    ...(unchangedSince === null ? {} : { unchangedSince }),
  });
  selected.tracker.applyStored(result.stored, result);
  announceKeywords(session, selected);
  const silent = item === "FLAGS.SILENT";
  if (!silent || session.enabled.condstore) printStored(session, selected, result.stored.uids, { silent, uid });
  if (!uid && result.stored.uids.length + result.modified.length < uids.length) session.hinted = true;
  if (result.modified.length === 0) return `OK ${name} completed`;
  const refused = uid ? result.modified : indexesOfUids(selected, result.modified).map((index) => index + 1);
  return `OK [MODIFIED ${formatSet(refused)}] Conditional ${name} refused for some`;
};

function parseModifier(session: Session, cursor: Cursor): number | null {
  if (cursor.peek() !== "(") return null;
  cursor.expect("(");
  if (cursor.word("UNCHANGEDSINCE") !== "UNCHANGEDSINCE") throw new SyntaxFailure("Unknown STORE modifier");
  cursor.space();
  const modseq = cursor.modseq();
  cursor.expect(")");
  cursor.space();
  session.enabled.condstore = true;
  return modseq;
}

/** Silence hides FLAGS; under CONDSTORE the new MODSEQ is told all the same (RFC 7162 §3.1.3). */
function printStored(
  session: Session,
  selected: Selected,
  uids: Uint32Array,
  how: { silent: boolean; uid: boolean },
): void {
  const { tracker } = selected;
  const { condstore, uidOnly } = session.enabled;
  for (const uid of uids) {
    const index = tracker.indexOf(uid);
    if (index < 0) continue;
    const parts: string[] = [];
    if (!uidOnly && (how.uid || condstore)) parts.push(`UID ${uid}`);
    if (!how.silent) parts.push(`FLAGS (${flagsAt(selected, index)})`);
    if (condstore) parts.push(`MODSEQ (${tracker.modseqAt(index)})`);
    session.out.text(`${fetchHead(session, selected, index)}${parts.join(" ")})\r\n`);
  }
}
