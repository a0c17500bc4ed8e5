// RFC 9051 §6.4.3 EXPUNGE, §6.4.9 UID EXPUNGE, RFC 7162 §3.2.7
import type { Handler } from "../command.ts";
import { resolveIndexes, uidsAt } from "../resolve-set.ts";
import { parseSequenceSet } from "../syntax/sequence-set.ts";
import { syncAfter } from "../updates.ts";

/** Removes messages with \Deleted: all, or for UID EXPUNGE those named. */
export const expunge: Handler = async (session, { cursor, uid }) => {
  const { selected } = session;
  let uids: Uint32Array | null = null;
  if (uid) {
    cursor.space();
    uids = uidsAt(selected, resolveIndexes(selected, parseSequenceSet(cursor.sequenceText()), true));
  }
  cursor.end();
  if (selected.readOnly) return "NO [CANNOT] The mailbox is open read-only";
  const result = await selected.mailbox.expunge(uids);
  selected.tracker.applyVanished(result.vanished, result);
  await syncAfter(session, { ask: false, mayExpunge: true });
  const modseq =
    session.enabled.condstore && result.vanished.length > 0 ? `[HIGHESTMODSEQ ${selected.tracker.modseq}] ` : "";
  return `OK ${modseq}EXPUNGE completed`;
};
