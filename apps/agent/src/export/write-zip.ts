import { PassThrough, type Readable } from "node:stream";
import type { Entry } from "@casaforte/arena";
import yazl from "yazl";
import { type WalkOptions, walkPoint } from "../restore/walk-point.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ExportFigures } from "./export-figures.ts";
import { filePieces, segmentsOf, wholeBytesMax, wholeFile } from "./file-data.ts";
import type { Sink } from "./sink.ts";

/**
 * The wanted part of a point as a ZIP, with zip64 where it is needed: files, directories and symbolic links, with mode
 * and time. A ZIP has no hard links (each name has its content), no owners, attributes, fifos or devices; what is left
 * out for that is noted.
 */
export async function writeZip(
  options: WalkOptions,
  sink: Sink,
  onProgress: (figures: ExportFigures) => void,
): Promise<ExportFigures> {
  const figures: ExportFigures = { entries: 0, bytes: 0 };
  const zip = new yazl.ZipFile();
  const failed = new Promise<never>((_, reject) => zip.on("error", reject));
  failed.catch(() => undefined);
  const pumped = pump(zip.outputStream as Readable, sink);
  pumped.catch(() => undefined);
  for await (const { entry, path } of walkPoint(options)) {
    const bytes = await Promise.race([addEntry(zip, entry, path, options), failed, pumped.then(() => null)]);
    if (bytes === null) continue;
    figures.entries++;
    figures.bytes += bytes;
    onProgress(figures);
  }
  zip.end();
  await Promise.race([pumped, failed]);
  return figures;
}

async function pump(stream: Readable, sink: Sink): Promise<void> {
  for await (const piece of stream) await sink.write(piece);
}

/** Bytes of the entry; null when it is left out. Resolves when the entry's data was taken. */
async function addEntry(zip: yazl.ZipFile, entry: Entry, path: Buffer, options: WalkOptions): Promise<number | null> {
  const name = zipName(path.subarray(1));
  const mtime = timeOf(entry.modifiedNs);
  switch (entry.type) {
    case "directory":
      zip.addEmptyDirectory(name, { mtime, mode: 0o040000 | entry.mode });
      return 0;
    case "symlink":
      zip.addBuffer(Buffer.from(entry.target), name, { mtime, mode: 0o120777, compress: false });
      return 0;
    case "file":
      return addFile(zip, entry, { path, name, mtime }, options);
    case "fifo":
    case "block_device":
    case "character_device":
      options.onNote({ level: "told", code: "not_in_zip", path, message: "left out: a ZIP has no fifos and devices" });
      return null;
  }
}

async function addFile(
  zip: yazl.ZipFile,
  entry: Extract<Entry, { type: "file" }>,
  { path, name, mtime }: { readonly path: Buffer; readonly name: string; readonly mtime: Date },
  { reader, onNote }: WalkOptions,
): Promise<number | null> {
  const { content } = entry;
  const data = { reader, content, path, onNote, skipHoles: false };
  const settings = { mtime, mode: 0o100000 | entry.mode, compress: true };
  let pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  try {
    if (content.sizeBytes <= wholeBytesMax) pieces = await wholeFile(data);
    else {
      // Damage of the lists that say where the file lies leaves it out altogether, as long as none of it is written.
      await segmentsOf(reader, content);
      pieces = filePieces(data, content.sizeBytes);
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    onNote({ level: "lost", code: "damaged", path, message: "left out: its stored blocks are damaged" });
    return null;
  }
  await taken(pieces);
  return content.sizeBytes;

  /** One file at a time: the next is not begun before this one's bytes have gone. */
  async function taken(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const stream = new PassThrough();
    zip.addReadStream(stream, name, { ...settings, size: content.sizeBytes });
    const sink = (piece: Uint8Array) =>
      stream.write(piece) ? undefined : new Promise<void>((resolve) => stream.once("drain", resolve));
    for await (const piece of pieces) await sink(piece);
    const ended = new Promise<void>((resolve) => stream.once("end", resolve));
    stream.end();
    await ended;
  }
}

/** A ZIP's names are UTF-8 with no backslash: other bytes are written as %NN. */
function zipName(path: Buffer): string {
  const text = path.toString("utf8");
  const clean = Buffer.from(text).equals(path) ? text : path.toString("latin1").replace(/[\x80-\xff]/g, escaped);
  return clean.replace(/[\\\x00-\x1f\x7f]/g, escaped);
}

const escaped = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** A ZIP's times are seconds of 32 bits. */
function timeOf(ns: bigint): Date {
  return new Date(Math.min(Math.max(Number(ns / 1_000_000n), 315_532_800_000), 4_102_444_800_000));
}
