// RFC 9051 §6.4.7 COPY, §6.4.8 MOVE, §7.1 COPYUID
import type { CopyResult } from "../backend.ts";
import type { Command, Handler } from "../command.ts";
import { findMailbox, mailboxArgument } from "../mailbox-lookup.ts";
import { resolveIndexes, uidsAt } from "../resolve-set.ts";
import type { Session } from "../session.ts";
import { formatOrderedSet, formatSet, parseSequenceSet } from "../syntax/sequence-set.ts";
import { syncAfter } from "../updates.ts";

/** Copies messages to another mailbox, all or none. */
export const copy: Handler = async (session, command) => {
  const { uids, target } = await parse(session, command);
  if (target === null) return "NO [TRYCREATE] No such mailbox";
  if (uids.length === 0) return `OK ${command.name} completed`;
  const { selected } = session;
  const result = await selected.mailbox.copy(uids, target);
  if (target === selected.mailbox.id) {
    session.hinted = true;
    session.notifier?.noteOwn(result.targetUids);
  }
  if (result.sourceUids.length === 0) return "NO [EXPUNGEISSUED] The messages are gone";
  return `OK [${copyUid(result)}] ${command.name} completed`;
};

/** Moves messages; COPYUID comes before the expunges, as RFC 9051 asks. */
export const move: Handler = async (session, command) => {
  const { uids, target } = await parse(session, command);
  const { selected } = session;
  if (selected.readOnly) return "NO [CANNOT] The mailbox is open read-only";
  if (target === null) return "NO [TRYCREATE] No such mailbox";
  if (uids.length === 0) return `OK ${command.name} completed`;
  const result = await selected.mailbox.move(uids, target);
  if (result.sourceUids.length > 0) session.out.line(`* OK [${copyUid(result)}] Moved`);
  const inPlace = target === selected.mailbox.id;
  if (inPlace) session.notifier?.noteOwn(result.targetUids);
  // In place the step also holds the new copies, which the sync below must still read.
  selected.tracker.applyVanished(result.sourceUids, inPlace ? { modseqBefore: 0, modseqAfter: 0 } : result);
  await syncAfter(session, { ask: inPlace, mayExpunge: true });
  const modseq = session.enabled.condstore ? `[HIGHESTMODSEQ ${selected.tracker.modseq}] ` : "";
  return `OK ${modseq}${command.name} completed`;
};

async function parse(
  session: Session,
  { cursor, uid }: Command,
): Promise<{ uids: Uint32Array; target: NonNullable<Awaited<ReturnType<typeof findMailbox>>>["id"] | null }> {
  const { selected } = session;
  cursor.space();
  const set = parseSequenceSet(cursor.sequenceText());
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.end();
  const uids = uidsAt(selected, resolveIndexes(selected, set, uid));
  const target = await findMailbox(session, name);
  return { uids, target: target?.selectable ? target.id : null };
}

function copyUid(result: CopyResult): string {
  return `COPYUID ${result.uidValidity} ${formatSet(result.sourceUids)} ${formatOrderedSet(result.targetUids)}`;
}
