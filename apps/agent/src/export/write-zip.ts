import { crc32 } from "node:zlib";
import type { Entry } from "@casaforte/arena";
import { concatBytes } from "@casaforte/kernel";
import { type ZipEntry, ZipWriter, zipName, zipNameBytesMax } from "@casaforte/zip";
import { type WalkOptions, walkPoint } from "../restore/walk-point.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ExportFigures } from "./export-figures.ts";
import { filePieces, segmentsOf, wholeBytesMax, wholeFile } from "./file-data.ts";
import type { Sink } from "./sink.ts";
import { zipDeflate } from "./zip-deflate.ts";

/** Files up to this size are deflated at once, and stored where that makes them no shorter. */
const atOnceBytesMax = 1024 * 1024;

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
  const zip = new ZipWriter((bytes) => sink.write(bytes), { crc32, deflate: zipDeflate });
  for await (const { entry, path } of walkPoint(options)) {
    const bytes = await addEntry(zip, entry, path, options);
    if (bytes === null) continue;
    figures.entries++;
    figures.bytes += bytes;
    onProgress(figures);
  }
  await zip.finish();
  return figures;
}

/** Bytes of the entry; null when it is left out. */
async function addEntry(zip: ZipWriter, entry: Entry, path: Buffer, options: WalkOptions): Promise<number | null> {
  const name = zipName(path.subarray(1));
  if (name.length > zipNameBytesMax) {
    options.onNote({ level: "lost", code: "not_in_zip", path, message: "left out: its name is too long for a ZIP" });
    return null;
  }
  const named: ZipEntry = { name, mode: entry.mode, modifiedMs: Number(entry.modifiedNs / 1_000_000n) };
  switch (entry.type) {
    case "directory":
      await zip.directory(named);
      return 0;
    case "symlink":
      await zip.symlink(named, entry.target);
      return 0;
    case "file":
      return addFile(zip, named, { entry, path }, options);
    case "fifo":
    case "block_device":
    case "character_device":
      options.onNote({ level: "told", code: "not_in_zip", path, message: "left out: a ZIP has no fifos and devices" });
      return null;
  }
}

interface FoundFile {
  readonly entry: Extract<Entry, { type: "file" }>;
  readonly path: Buffer;
}

async function addFile(
  zip: ZipWriter,
  named: ZipEntry,
  { entry, path }: FoundFile,
  { reader, onNote }: WalkOptions,
): Promise<number | null> {
  const { content } = entry;
  const data = { reader, content, path, onNote, skipHoles: false };
  let pieces: readonly Uint8Array[] | AsyncIterable<Uint8Array>;
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
  if (Symbol.asyncIterator in pieces) await zip.stream(named, content.sizeBytes, pieces);
  else if (content.sizeBytes <= atOnceBytesMax) await zip.file(named, concatBytes(pieces));
  else await zip.stream(named, content.sizeBytes, inTurn(pieces));
  return content.sizeBytes;
}

async function* inTurn(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
