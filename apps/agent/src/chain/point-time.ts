import type { FileReply } from "@casaforte/vault";
import type { ChainPosition } from "@casaforte/vbk";
import { pointTimeGapMsMax } from "../limits.ts";
import type { OnNote } from "../tree/note.ts";

/**
 * Tells of a point whose run began long before or after the time that the vault gives it. The vault names points and says
 * of when they are; what the device itself gave the file, under its root, is an id with the time of its own clock. So a
 * vault that shows one point in the place of another is found out, unless both are of about one time.
 */
export function mindTime(position: ChainPosition, file: Pick<FileReply, "pointId" | "at">, onNote: OnNote): void {
  const begunMs = timeOf(position.pointId);
  if (begunMs === null) return;
  // The id that somebody noted down has a time as well, whatever a list says later.
  const claims = [Date.parse(file.at), timeOf(file.pointId)].filter((ms) => ms !== null);
  const worst = claims.find((ms) => Math.abs(ms - begunMs) > pointTimeGapMsMax);
  if (worst === undefined) return;
  const [vault, device] = [worst, begunMs].map((ms) => new Date(ms).toISOString());
  const message = `of ${vault} by the vault, begun at ${device} by the clock of the machine that made it: if no run took that long and no clock was wrong, the vault shows another point in its place`;
  onNote({ level: "told", code: "point_time", path: Buffer.from("-"), message });
}

/** When a UUID of version 7 was made; null of any other. */
function timeOf(id: string): number | null {
  return id[14] === "7" ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null;
}
