import type { Entry, PlacedExtent } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { type WalkOptions, walkPoint } from "../restore/walk-point.ts";
import { ChunkFeed, type HeldBlocks } from "../tree/chunk-feed.ts";
import type { FilePort } from "../tree/file-port.ts";
import type { ChunkWork } from "../tree/file-work.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ExportFigures } from "./export-figures.ts";
import { OutputFile, type Sink } from "./sink.ts";

export type FileEntry = Extract<Entry, { type: "file" }>;

export interface FoundFile {
  readonly entry: FileEntry;
  readonly path: Buffer;
}

/** The one file that was asked for. @throws invalid `agent.usage` for none or several. */
export async function onlyFile(options: WalkOptions): Promise<FoundFile> {
  let found: FoundFile | null = null;
  for await (const { entry, path, wanted } of walkPoint(options)) {
    if (!wanted || entry.type !== "file") continue;
    if (found !== null) throw usage("a raw image is one file of the point: name it with --path");
    found = { entry, path };
  }
  if (found === null) throw usage("a raw image is one file of the point, and there is none: name it with --path");
  return found;
}

export interface RawOptions extends WalkOptions {
  readonly port: FilePort;
}

/**
 * A disk image as its bytes. Holes stay holes in a file, and are zeros on a device or in a pipe. What comes next is read
 * and compared, in the port's threads if it has any, while this is written: from where it lies in its blocks.
 */
export async function writeRaw(
  { reader, port, onNote }: RawOptions,
  { entry, path }: FoundFile,
  sink: Sink,
  onProgress: (figures: ExportFigures) => void,
): Promise<ExportFigures> {
  const figures: ExportFigures = { entries: 1, bytes: 0 };
  const feed = new ChunkFeed(reader, port);
  let stopped: { readonly error: unknown } | null = null;
  /** Resolves when all before has been written; rejects never. */
  let turn: Promise<void> = Promise.resolve();
  try {
    for await (const extent of reader.extents(entry.content)) {
      if (extent.kind === "chunk") {
        await feed.room(none);
        const held: HeldBlocks = new Map();
        const chunk = await taken(extent, held);
        feed.send(held, () => (turn = writeChunk(extent, chunk, turn)));
      } else {
        await turn;
        throwIfStopped();
        if (sink instanceof OutputFile && !sink.isDevice) sink.skip(extent.lengthBytes);
        else await writeZeros(extent.lengthBytes);
      }
      throwIfStopped();
    }
  } finally {
    await feed.drain();
  }
  throwIfStopped();
  return figures;

  function throwIfStopped(): void {
    if (stopped !== null) throw stopped.error;
  }

  /** Null when a block that it needs is damaged. */
  async function taken(extent: ChunkExtent, held: HeldBlocks): Promise<ChunkWork | null> {
    try {
      return await feed.take(extent, extent.ref, held);
    } catch (error) {
      if (isDamage(error)) return null;
      for (const { release } of held.values()) release();
      throw error;
    }
  }

  /** A disk with a hole in it is worth more than none: what is damaged is zeros, and said. */
  async function writeChunk(extent: ChunkExtent, chunk: ChunkWork | null, before: Promise<void>): Promise<void> {
    try {
      const isIntact = chunk !== null && (await feed.compare(chunk)) === null;
      await before;
      if (stopped !== null) return;
      if (isIntact) for (const piece of chunk.pieces) await sink.write(piece);
      else {
        const message = `zeros stand for ${extent.lengthBytes} damaged bytes at ${extent.offsetBytes}`;
        onNote({ level: "lost", code: "damaged", path, message });
        await writeZeros(extent.lengthBytes);
      }
      figures.bytes += extent.lengthBytes;
      onProgress(figures);
    } catch (error) {
      stopped ??= { error };
    }
  }

  async function writeZeros(lengthBytes: number): Promise<void> {
    for (let left = lengthBytes; left > 0; left -= zeros.length) {
      await sink.write(zeros.subarray(0, Math.min(left, zeros.length)));
    }
  }
}

type ChunkExtent = Extract<PlacedExtent, { kind: "chunk" }>;

const none: HeldBlocks = new Map();
const zeros = Buffer.alloc(0x10_0000);
const usage = (message: string): Failure => new Failure("invalid", "agent.usage", message);
