import { type BigIntStats, readlinkSync } from "node:fs";
import type { Entry, EntryAttributes } from "@casaforte/arena";
import { type RawPath, splitDevice } from "../posix.ts";

/** The entry of a link, a fifo or a device. @throws the system's error. */
export function contentlessEntry(path: RawPath, stats: BigIntStats, attributes: EntryAttributes): Entry {
  if (stats.isSymbolicLink()) {
    return { ...attributes, type: "symlink", target: readlinkSync(path, { encoding: "buffer" }) };
  }
  if (stats.isFIFO()) return { ...attributes, type: "fifo" };
  const type = stats.isBlockDevice() ? "block_device" : "character_device";
  return { ...attributes, type, ...splitDevice(stats.rdev) };
}
