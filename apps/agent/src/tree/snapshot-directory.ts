import { type BigIntStats, lstatSync } from "node:fs";
import { dirname } from "node:path";
import { toHex } from "@casaforte/kernel";
import { systemRandom } from "../outside.ts";

const prefix = ".casaforte-snapshot-";
const randomBytes = 16;
const nameBytes = prefix.length + 2 * randomBytes;

/** Of the directory in which a snapshot of btrfs lies: nobody can foretell it and put something there. */
export const snapshotDirectoryName = (): string => `${prefix}${toHex(systemRandom.bytes(randomBytes))}`;

export const isSnapshotDirectoryName = (name: string): boolean =>
  name.length === nameBytes && /^\.casaforte-snapshot-[0-9a-f]+$/.test(name);

/** One that this agent made, now or in a run that was killed: only whoever it runs as can have made such a directory. */
export const isSnapshotDirectory = (name: Buffer, stats: BigIntStats): boolean =>
  name.length === nameBytes &&
  isSnapshotDirectoryName(name.toString("latin1")) &&
  stats.isDirectory() &&
  Number(stats.mode & 0o7777n) === 0o700 &&
  Number(stats.uid) === process.geteuid?.();

/**
 * Whether nobody but root, and whom the agent runs as, can put something into a directory or another one in its place.
 * @throws the system's error, such as ENOENT.
 */
export function isAloneWritable(directory: string): boolean {
  for (let path = directory; ; path = dirname(path)) {
    const stats = lstatSync(path);
    if (!stats.isDirectory() || (stats.uid !== 0 && stats.uid !== process.geteuid?.())) return false;
    // What is root's in a sticky directory, as /tmp is, nobody else can move.
    const isSticky = path !== directory && (stats.mode & 0o1000) !== 0;
    if ((stats.mode & 0o022) !== 0 && !isSticky) return false;
    if (path === "/") return true;
  }
}
