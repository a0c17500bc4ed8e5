import { createHash } from "node:crypto";
import { assert, type Bytes, utf8 } from "@casaforte/kernel";
import type { ExportEntry } from "./services.ts";

const blockBytes = 512;
/** What the size field of a plain header holds: eleven octal digits. */
const plainSizeMax = 0o77777777777;

/** A header (POSIX.1-2017, pax: ustar). */
function header(path: Bytes, size: number, mtimeMs: number, type: "0" | "x"): Bytes {
  const block = new Uint8Array(blockBytes);
  const put = (text: string, at: number) => block.set(utf8(text), at);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  block.set(path.subarray(0, 100), 0);
  put(octal(0o600, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(Math.min(size, plainSizeMax), 11), 124);
  put(octal(Math.max(0, Math.floor(mtimeMs / 1000)), 11), 136);
  put("        ", 148);
  put(type, 156);
  put("ustar\0", 257);
  put("00", 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

const padding = (size: number): Bytes => new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes);

/** One pax record: its own length, a blank, `key=value`, a line's end. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const restBytes = utf8(rest).length;
  let length = restBytes + String(restBytes).length;
  if (restBytes + String(length).length !== length) length = restBytes + String(length).length;
  return `${length}${rest}`;
}

/** Everything before an entry's bytes: a pax header where the plain one cannot say it, then the plain one. */
export function tarHead(path: string, size: number, mtimeMs: number): Bytes {
  assert(!path.split("/").includes("..") && !path.startsWith("/"), "a path in an archive stays inside it");
  const bytes = utf8(path);
  const isPlain = bytes.length <= 100 && /^[\x20-\x7e]*$/.test(path) && size <= plainSizeMax;
  if (isPlain) return header(bytes, size, mtimeMs, "0");
  const records = utf8(paxRecord("path", path) + (size > plainSizeMax ? paxRecord("size", String(size)) : ""));
  return Buffer.concat([
    header(utf8("PaxHeader"), records.length, mtimeMs, "x"),
    records,
    padding(records.length),
    header(bytes, size, mtimeMs, "0"),
  ]);
}

/** How many bytes an entry takes in an archive. */
export const tarEntryBytes = (head: Bytes, size: number): number => head.length + size + padding(size).length;

export const tarEnd: Bytes = new Uint8Array(2 * blockBytes);

/**
 * An archive of the entries in their order, and at its end `MANIFEST.csv`: path, bytes and SHA-256 of each (R63).
 * `onEntry` hears of progress. A source that gives other than it said breaks the archive and throws.
 */
export async function* tarOf(
  entries: AsyncIterable<ExportEntry>,
  options: { readonly nowMs: number; readonly signal?: AbortSignal; onEntry?(sizeBytes: number): Promise<void> },
): AsyncGenerator<Bytes> {
  const lines = ["path,bytes,sha256"];
  for await (const entry of entries) {
    options.signal?.throwIfAborted();
    yield tarHead(entry.path, entry.sizeBytes, entry.modifiedMs);
    const hash = createHash("sha256");
    let given = 0;
    for await (const piece of entry.open(options.signal)) {
      hash.update(piece);
      given += piece.length;
      yield piece;
    }
    assert(given === entry.sizeBytes, "an entry has the size it said");
    yield padding(given);
    lines.push(`"${entry.path.replaceAll('"', '""')}",${given},${hash.digest("hex")}`);
    await options.onEntry?.(given);
  }
  const manifest = utf8(`${lines.join("\r\n")}\r\n`);
  yield tarHead("MANIFEST.csv", manifest.length, options.nowMs);
  yield manifest;
  yield padding(manifest.length);
  yield tarEnd;
}
