import { utf8 } from "@casaforte/kernel";

/** Room for a name (APPNOTE 4.4.10), less the slash behind a directory's. */
export const zipNameBytesMax = 65_534;

const [percent, backslash, colon] = [0x25, 0x5c, 0x3a];

/**
 * A path as every unpacker takes it, and no other path has it: UTF-8 without what some unpackers drop, refuse or take for
 * a way between folders. Written as `%` and two hex digits are a backslash, control characters, the colon of a drive in
 * front, and in a path that is no UTF-8 every byte beyond ASCII; and a `%` that two hex digits follow, so that it is none
 * of these.
 */
export function zipName(path: Uint8Array): Uint8Array {
  const isText = isUtf8(path);
  const isTaken = (byte: number, at: number): boolean =>
    byte === backslash ||
    byte < 0x20 ||
    byte === 0x7f ||
    (byte > 0x7f && !isText) ||
    (byte === percent && isHexDigit(path[at + 1]) && isHexDigit(path[at + 2])) ||
    (byte === colon && at === 1 && isLetter(path[0]));
  if (!path.some(isTaken)) return path;
  const named: number[] = [];
  path.forEach((byte, at) => {
    if (isTaken(byte, at)) named.push(...utf8(`%${byte.toString(16).toUpperCase().padStart(2, "0")}`));
    else named.push(byte);
  });
  return Uint8Array.from(named);
}

/** Whether every byte belongs to text. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const isLetter = (byte = 0): boolean => /[a-z]/i.test(String.fromCharCode(byte));
const isHexDigit = (byte = 0): boolean => /[0-9a-f]/i.test(String.fromCharCode(byte));
