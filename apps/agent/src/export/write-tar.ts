import type { Entry } from "@casaforte/arena";
import { type WalkOptions, walkPoint } from "../restore/walk-point.ts";
import { linkKey } from "../tree/link-key.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ExportFigures } from "./export-figures.ts";
import { filePieces, segmentsOf, wholeBytesMax, wholeFile } from "./file-data.ts";
import { type TarSegment, tarEnd, tarHeader, tarPadding } from "./pax-tar.ts";
import type { Sink } from "./sink.ts";

/** The wanted part of a point as a pax tar with everything that an entry carries. Returns what went into it. */
export async function writeTar(
  options: WalkOptions,
  sink: Sink,
  onProgress: (figures: ExportFigures) => void,
): Promise<ExportFigures> {
  const figures: ExportFigures = { entries: 0, bytes: 0 };
  /** Link key to the path in the archive that has its content. */
  const linked = new Map<string, Buffer>();
  for await (const { entry, path } of walkPoint(options)) {
    const inside = path.subarray(1);
    const bytes = entry.type === "file" ? await writeFile({ ...options, entry, path, inside, linked, sink }) : 0;
    if (bytes === null) continue;
    if (entry.type !== "file") {
      await sink.write(tarHeader({ path: inside, entry, sizeBytes: 0, hardLink: null, sparse: null }));
    }
    figures.entries++;
    figures.bytes += bytes;
    onProgress(figures);
  }
  await sink.write(tarEnd);
  return figures;
}

interface WriteFileInput extends WalkOptions {
  readonly entry: Extract<Entry, { type: "file" }>;
  readonly path: Buffer;
  readonly inside: Buffer;
  readonly linked: Map<string, Buffer>;
  readonly sink: Sink;
}

/** Null when the file is damaged and left out. */
async function writeFile(input: WriteFileInput): Promise<number | null> {
  const { entry, inside, linked, sink } = input;
  const { content } = entry;
  const group = linkKey(entry);
  const hardLink = group === null ? null : (linked.get(group) ?? null);
  if (hardLink !== null) {
    await sink.write(tarHeader({ path: inside, entry, sizeBytes: 0, hardLink, sparse: null }));
    return 0;
  }
  const found = await findData(input);
  if (found === null) return null;
  const { sparse, dataBytes, pieces } = found;
  // From here on all of it is promised: whatever is damaged, as many bytes follow.
  await sink.write(tarHeader({ path: inside, entry, sizeBytes: content.sizeBytes, hardLink: null, sparse }));
  for await (const piece of pieces) await sink.write(piece);
  await sink.write(tarPadding(dataBytes));
  if (group !== null) linked.set(group, inside);
  return dataBytes;
}

interface FoundData {
  readonly sparse: readonly TarSegment[] | null;
  readonly dataBytes: number;
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Null, and noted, when damage is known before a byte of the file is in the archive. */
async function findData({ reader, entry, path, onNote }: WriteFileInput): Promise<FoundData | null> {
  const { content } = entry;
  try {
    const sparse = await segmentsOf(reader, content);
    const dataBytes = sparse === null ? content.sizeBytes : sparse.reduce((sum, { length }) => sum + length, 0);
    const data = { reader, content, path, onNote, skipHoles: sparse !== null };
    return {
      sparse,
      dataBytes,
      pieces: dataBytes <= wholeBytesMax ? await wholeFile(data) : filePieces(data, dataBytes),
    };
  } catch (error) {
    if (!isDamage(error)) throw error;
    onNote({ level: "lost", code: "damaged", path, message: "left out: its stored blocks are damaged" });
    return null;
  }
}
