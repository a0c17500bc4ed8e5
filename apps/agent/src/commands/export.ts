import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Writable } from "node:stream";
import { openArena } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { chunkHash } from "../chain/chunk-hash.ts";
import type { ExportFigures } from "../export/export-figures.ts";
import { OutputFile, type Sink, streamSink } from "../export/sink.ts";
import { onlyFile, type RawOptions, writeRaw } from "../export/write-raw.ts";
import { writeTar } from "../export/write-tar.ts";
import { writePlainVbk } from "../export/write-vbk.ts";
import { writeZip } from "../export/write-zip.ts";
import type { ShownNote } from "../notes.ts";
import type { Selection } from "../select/selection.ts";
import type { ReadContext } from "./context.ts";
import { openPoint } from "./open-point.ts";

export const exportFormats = ["tar", "zip", "raw", "vbk"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportInput {
  readonly format: ExportFormat;
  /** A file or a device; `-` for standard output. */
  readonly output: string;
  readonly stdout: Writable;
  readonly selection: Selection;
  readonly isLimited: boolean;
  /** In a VBK: the chosen file is a disk and becomes the image itself, instead of a tar with it. */
  readonly asDisk: boolean;
}

export interface ExportResult extends ExportFigures {
  readonly result: "ok" | "partial";
  readonly pointId: string;
  readonly format: ExportFormat;
  readonly lost: number;
  readonly notes: readonly ShownNote[];
}

/**
 * Writes a point in a format that other programs read. What is damaged is named; the rest is whole.
 * @throws invalid `agent.usage`, not_found `agent.path`, over_quota `agent.disk_full`.
 */
export async function exportPoint(context: ReadContext, input: ExportInput): Promise<ExportResult> {
  const { point, notes, signal } = context;
  // An archive's writer keeps the pieces of a small file for a while; a disk's has written each before it reads the next.
  const pooled = input.format === "raw" || (input.format === "vbk" && input.asDisk);
  using image = await openPoint(context, { pooled });
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  const walk: RawOptions = { reader, port: image.files, selection: input.selection, onNote: notes.add, signal };
  const onProgress = ({ entries, bytes }: ExportFigures) =>
    context.onProgress({ phase: "exporting", files: entries, bytes, sentBytes: 0 });
  const figures =
    input.format === "vbk" ? await toVbk(context, input, walk, onProgress) : await toOutput(input, walk, onProgress);
  if (figures.entries === 0 && input.isLimited && notes.lost === 0) {
    throw new Failure("not_found", "agent.path", "the restore point has nothing at that path");
  }
  const result = notes.lost > 0 ? "partial" : "ok";
  return { result, pointId: point.pointId, format: input.format, ...figures, lost: notes.lost, notes: notes.kept };
}

type OnProgress = (figures: ExportFigures) => void;

async function toOutput(input: ExportInput, walk: RawOptions, onProgress: OnProgress): Promise<ExportFigures> {
  if (input.output === "-") return write(input, walk, streamSink(input.stdout), onProgress);
  using file = new OutputFile(input.output);
  const figures = await write(input, walk, file, onProgress);
  file.finish();
  return figures;
}

async function write(input: ExportInput, walk: RawOptions, sink: Sink, onProgress: OnProgress): Promise<ExportFigures> {
  if (input.format === "zip") return writeZip(walk, sink, onProgress);
  if (input.format === "raw") return writeRaw(walk, await onlyFile(walk), sink, onProgress);
  return writeTar(walk, sink, onProgress);
}

/** A VBK's head is written last, so for standard output it is made in a file first. */
async function toVbk(
  context: ReadContext,
  input: ExportInput,
  walk: RawOptions,
  onProgress: OnProgress,
): Promise<ExportFigures> {
  if (input.output !== "-") return intoVbk(context, input.output, input, walk, onProgress);
  const directory = mkdtempSync(join(tmpdir(), "casaforte-export-"));
  try {
    const path = join(directory, "export.vbk");
    const figures = await intoVbk(context, path, input, walk, onProgress);
    const sink = streamSink(input.stdout);
    for await (const piece of createReadStream(path)) await sink.write(piece);
    return figures;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function intoVbk(
  { vault }: ReadContext,
  path: string,
  input: ExportInput,
  walk: RawOptions,
  onProgress: OnProgress,
): Promise<ExportFigures> {
  const { deviceId, name } = await vault.device();
  const disk = input.asDisk ? await onlyFile(walk) : null;
  using output = new OutputFile(path);
  if (output.isDevice) throw new Failure("invalid", "agent.usage", "a VBK is written into a file");
  let figures: ExportFigures = { entries: 0, bytes: 0 };
  await writePlainVbk({
    output,
    fileName: basename(path),
    deviceId,
    deviceName: name,
    imageName: disk === null ? "files.tar" : "disk",
    image: async (sink) => {
      figures = await (disk === null ? writeTar(walk, sink, onProgress) : writeRaw(walk, disk, sink, onProgress));
    },
  });
  output.finish();
  return figures;
}
