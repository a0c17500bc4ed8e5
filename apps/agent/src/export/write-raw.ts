import type { Entry } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { type WalkOptions, walkPoint } from "../restore/walk-point.ts";
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

/** A disk image as its bytes. Holes stay holes in a file, and are zeros on a device or in a pipe. */
export async function writeRaw(
  { reader, onNote }: WalkOptions,
  { entry, path }: FoundFile,
  sink: Sink,
  onProgress: (figures: ExportFigures) => void,
): Promise<ExportFigures> {
  const figures: ExportFigures = { entries: 1, bytes: 0 };
  for await (const extent of reader.extents(entry.content)) {
    if (extent.kind === "chunk") {
      await sink.write(await chunkOrZeros(extent));
      figures.bytes += extent.lengthBytes;
      onProgress(figures);
    } else if (sink instanceof OutputFile && !sink.isDevice) sink.skip(extent.lengthBytes);
    else {
      for (let left = extent.lengthBytes; left > 0; left -= zeros.length) {
        await sink.write(zeros.subarray(0, Math.min(left, zeros.length)));
      }
    }
  }
  return figures;

  /** A disk with a hole in it is worth more than none: what is damaged is zeros, and said. */
  async function chunkOrZeros(extent: {
    ref: Parameters<typeof reader.chunk>[0];
    offsetBytes: number;
    lengthBytes: number;
  }) {
    try {
      return await reader.chunk(extent.ref);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const message = `zeros stand for ${extent.lengthBytes} damaged bytes at ${extent.offsetBytes}`;
      onNote({ level: "lost", code: "damaged", path, message });
      return Buffer.alloc(extent.lengthBytes);
    }
  }
}

const zeros = Buffer.alloc(0x10_0000);
const usage = (message: string): Failure => new Failure("invalid", "agent.usage", message);
