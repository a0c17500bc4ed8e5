import type { ArenaReader, Content, PlacedExtent } from "@casaforte/arena";
import { type OnNote, reasonOf } from "../tree/note.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { TarSegment } from "./pax-tar.ts";

/** Files up to this size are read whole before their name is written, so that damage leaves them out altogether. */
export const wholeBytesMax = 32 * 1024 * 1024;
const zeros = Buffer.alloc(0x10_0000);

/** Where a file has data; null when it has no holes. @throws corrupt. */
export async function segmentsOf(reader: ArenaReader, content: Content): Promise<readonly TarSegment[] | null> {
  const segments: { offset: number; length: number }[] = [];
  let hasHoles = false;
  for await (const { kind, offsetBytes: offset, lengthBytes: length } of reader.extents(content)) {
    if (kind === "hole") {
      hasHoles = true;
      continue;
    }
    const last = segments.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length += length;
    else segments.push({ offset, length });
  }
  return hasHoles ? segments : null;
}

export interface FileDataInput {
  readonly reader: ArenaReader;
  readonly content: Content;
  readonly path: Buffer;
  readonly onNote: OnNote;
  /** Leave holes out, as a sparse archive does; else they are zeros. */
  readonly skipHoles: boolean;
}

/** A file that is small enough, whole. @throws corrupt when a chunk of it is damaged. */
export async function wholeFile(input: FileDataInput): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const extent of input.reader.extents(input.content)) {
    if (extent.kind === "chunk") pieces.push(await input.reader.chunk(extent.ref));
    else if (!input.skipHoles) pieces.push(...zerosOf(extent.lengthBytes));
  }
  return pieces;
}

/**
 * A file piece by piece, `promisedBytes` in all whatever is damaged: that was said in the archive already. Zeros stand for
 * what is damaged, and the file is noted as lost.
 */
export async function* filePieces(input: FileDataInput, promisedBytes: number): AsyncGenerator<Uint8Array> {
  const { reader, content, skipHoles } = input;
  let given = 0;
  try {
    for await (const extent of reader.extents(content)) {
      if (extent.kind === "hole" && skipHoles) continue;
      if (extent.kind === "chunk") yield* chunkOrZeros(input, extent);
      else yield* zerosOf(extent.lengthBytes);
      given += extent.lengthBytes;
    }
  } catch (error) {
    // A list of extents that was whole when the size was promised need not be so when it is read again.
    if (!isDamage(error)) throw error;
    const message = `zeros stand for the last ${promisedBytes - given} bytes: ${reasonOf(error)}`;
    input.onNote({ level: "lost", code: "damaged", path: input.path, message });
    yield* zerosOf(promisedBytes - given);
  }
}

async function* chunkOrZeros(
  { reader, path, onNote }: FileDataInput,
  extent: Extract<PlacedExtent, { kind: "chunk" }>,
): AsyncGenerator<Uint8Array> {
  try {
    yield await reader.chunk(extent.ref);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const message = `zeros stand for ${extent.lengthBytes} damaged bytes at ${extent.offsetBytes}: ${reasonOf(error)}`;
    onNote({ level: "lost", code: "damaged", path, message });
    yield* zerosOf(extent.lengthBytes);
  }
}

function* zerosOf(lengthBytes: number): Generator<Uint8Array> {
  for (let left = lengthBytes; left > 0; left -= zeros.length) yield zeros.subarray(0, Math.min(left, zeros.length));
}
