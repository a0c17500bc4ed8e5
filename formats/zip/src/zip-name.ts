import { utf8 } from "@casaforte/kernel";

/** Room for a name (APPNOTE 4.4.10), less the slash behind a directory's. */
export const zipNameBytesMax = 65_534;

const backslash = 0x5c;
const escaped = utf8("%5C");

/** A path as a ZIP may say it: a backslash, which some unpackers take for a way between folders, is written as `%5C`. */
export function zipName(path: Uint8Array): Uint8Array {
  if (!path.includes(backslash)) return path;
  return Uint8Array.from([...path].flatMap((byte) => (byte === backslash ? [...escaped] : [byte])));
}
