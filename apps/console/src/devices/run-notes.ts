import type { texts } from "./texts-it.ts";

type NoteKey = Extract<keyof typeof texts, `note.${string}`>;

/** By the agent's code of a note. Codes of a format (`vbk.block_crc`) say that something stored is damaged. */
const notes: Readonly<Record<string, NoteKey>> = {
  no_permission: "note.permission",
  unreadable: "note.unreadable",
  attribute: "note.attribute",
  subvolume: "note.subvolume",
  damaged: "note.damaged",
  changed_while_read: "note.changed",
  vanished: "note.vanished",
  socket: "note.socket",
  skipped: "note.skipped",
  other_file_system: "note.otherDisk",
  no_snapshot: "note.noSnapshot",
  snapshot_left: "note.snapshotLeft",
  state_damaged: "note.state",
  point_time: "note.pointTime",
  hook_failed: "note.hook",
  chain_damaged: "note.chain",
  chain_not_composed: "note.notMerged",
};

/** What a kind of note means, as a sentence with its count. Agents are of many versions: an unknown code has one of its own. */
export const runNote = (code: string): NoteKey => notes[code.includes(".") ? "damaged" : code] ?? "note.other";

/** How long a run took, in the largest unit that has one: `{unit, count}`; at least a second. */
export function runTook(
  startedAt: string,
  finishedAt: string,
): { unit: "hours" | "minutes" | "seconds"; count: number } {
  const seconds = Math.max(1, Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000));
  if (seconds < 100) return { unit: "seconds", count: seconds };
  if (seconds < 100 * 60) return { unit: "minutes", count: Math.round(seconds / 60) };
  return { unit: "hours", count: Math.round(seconds / 3600) };
}
