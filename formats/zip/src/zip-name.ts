import { utf8 } from "@casaforte/kernel";

/** Room for a name (APPNOTE 4.4.10), less the slash behind a directory's. */
export const zipNameBytesMax = 65_534;

const backslash = 0x5c;
const isTaken = (byte: number): boolean => byte === backslash || byte < 0x20 || byte === 0x7f;

/**
 * A path as a ZIP may say it: what some unpackers take for a way between folders (a backslash), or for no text at all (control
 * characters), is written as `%` and its two hex digits.
 */
export function zipName(path: Uint8Array): Uint8Array {
  if (!path.some(isTaken)) return path;
  return Uint8Array.from(
    [...path].flatMap((byte) =>
      isTaken(byte) ? [...utf8(`%${byte.toString(16).toUpperCase().padStart(2, "0")}`)] : [byte],
    ),
  );
}
