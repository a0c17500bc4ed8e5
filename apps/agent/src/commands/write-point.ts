import { type ArenaTotals, ArenaWriter, blockSizeBytes, type ChunkRef, ChunkTable, openArena } from "@casaforte/arena";
import { toHex } from "@casaforte/kernel";
import type { FileReply } from "@casaforte/vault";
import { compression, VbkBuilder, writeSummary } from "@casaforte/vbk";
import { copyBytes } from "@casaforte/vbk/blocks";
import { ChunkComparer } from "../ahead/chunk-comparer.ts";
import { FilesAhead } from "../ahead/files-ahead.ts";
import { asciiName } from "../chain/ascii-name.ts";
import { type ChainImage, openChain } from "../chain/chain-image.ts";
import { chunkHash } from "../chain/chunk-hash.ts";
import { blocksGivenUp } from "../chain/repack.ts";
import type { ChainSurvey } from "../chain/survey.ts";
import { currentVbm, imageName, updateVbm } from "../chain/vbm.ts";
import { turnAfterBytes, turnAfterEntries } from "../limits.ts";
import { systemClock } from "../outside.ts";
import { keepDirectories, keptDirectories } from "../state/kept-directories.ts";
import { keepInodes, keptInodes, settleInodes } from "../state/kept-inodes.ts";
import { keepMadePoint } from "../state/made-points.ts";
import type { DirectoryInodes } from "../tree/directory-inodes.ts";
import { isChunkLive, type ParentPoint } from "../tree/parent-entries.ts";
import type { RootNode } from "../tree/roots.ts";
import { scan } from "../tree/scan.ts";
import { ScanFilter, type ScanRules } from "../tree/scan-filter.ts";
import { noFigures, type ScanFigures } from "../tree/scan-options.ts";
import type { SeenTree } from "../tree/seen-tree.ts";
import { ContainerUpload } from "../upload/container-upload.ts";
import { chunkKeyOf, fileKeysOf } from "../upload/file-identity.ts";
import { type JournalContent, type JournalHead, metadataVersion, type UploadJournal } from "../upload/journal.ts";
import { SealPool } from "../upload/seal-pool.ts";
import type { RunContext } from "./context.ts";
import { openRequest, type ResumedUpload } from "./resume-upload.ts";

export interface WritePointInput {
  readonly context: RunContext;
  readonly roots: RootNode;
  readonly seen: SeenTree | undefined;
  readonly rules: readonly ScanRules[] | undefined;
  readonly journal: UploadJournal;
  readonly survey: ChainSurvey;
  readonly head: JournalHead;
  readonly resumed: ResumedUpload | null;
  readonly compression: "lz4" | "zstd";
}

export interface WrittenPoint {
  readonly pointId: string;
  readonly at: string;
  readonly sizeBytes: number;
  readonly figures: ScanFigures;
  readonly sentBytes: number;
  /** The chain's, with the one written. */
  readonly files: readonly FileReply[];
}

/** Writes one container and commits it: blocks, metadata, head, commit, VBM. */
export async function writePoint(input: WritePointInput): Promise<WrittenPoint> {
  const { context, head, resumed, journal } = input;
  const { vault, storageKey, signal, enrolment } = context;
  const { chainId } = input.survey.chain;
  const keys = fileKeysOf(head, storageKey);
  const parentRoot = head.parent === null ? null : new Uint8Array(Buffer.from(head.parent.fileRoot, "hex"));
  const position = { fileId: head.fileId, chainId: head.chainId, pointId: head.pointId, parentRoot };
  const builder = new VbkBuilder({ kind: head.kind === "vbk" ? "full" : "increment", position, sealer: keys });
  await using opening = new ParentOpening(input);
  const { uploadId, partHolesMax = 0 } = resumed ?? (await vault.openUpload(openRequest({ head }), { signal }));
  const packing = compression[input.compression];
  await using pool = new SealPool({ keys: keys.blockKeys, compression: packing, directory: journal.directory });
  const figures = noFigures();
  const meter = new Meter(context, figures);
  const onSent = (bytes: number) => meter.sent(bytes);
  const upload = new ContainerUpload({
    vault,
    uploadId,
    builder,
    journal,
    pool,
    keys: keys.blockKeys,
    compression: packing,
    signal,
    holesMax: partHolesMax,
    onSent,
  });
  if (resumed !== null) upload.resume(resumed.content, resumed.missing);
  const writeAll = () => writeImage(input, opening, { upload, holesMax: partHolesMax, meter });
  const end = resumed?.content.end ?? null;
  const { imageBlocks, inodes } = end === null ? await writeAll() : { ...end, inodes: null };
  const folderName = asciiName(enrolment.name);
  const container = builder.finish({ imageName, folderName, imageBlocks, leaveOutFreePages: partHolesMax > 0 });
  meter.phase = "finishing";
  const before = currentVbm({ vault, storageKey, chainId });
  before.catch(() => undefined);
  const fileRoot = toHex(container.root);
  // A run that only ends another one's knows nothing of the disk: what that one kept still stands.
  if (inodes !== null) keepInodes(context.home, fileRoot, inodes);
  const { blockMapSha256, headSha256 } = await upload.finishFile(container);
  const { kind, parent, fileName } = head;
  const committed = await vault.commit(
    uploadId,
    { size: container.sizeBytes, headSha256, fileRoot, parentRoot: parent?.fileRoot ?? null, blockMapSha256 },
    { signal },
  );
  journal.clear();
  const { deviceId, name } = enrolment;
  const { fileId, pointId, size, at } = committed;
  settleInodes(context.home);
  keepMadePoint(context.home, pointId, head.pointId);
  const file = {
    fileId,
    chainId,
    pointId,
    kind,
    fileName,
    size,
    fileRoot,
    parent,
    standsFor: null,
    blockMapSha256,
    at,
  };
  const imageBytes = imageBlocks * blockSizeBytes;
  const words = { kind: kind === "vbk" ? "full" : "increment", position, root: container.root, imageBytes } as const;
  const added = { before, file, words };
  const files = await updateVbm({ vault, storageKey, chainId, deviceId, name, folderName, added });
  keys.destroy();
  return {
    pointId,
    at,
    sizeBytes: size,
    figures: meter.figures,
    sentBytes: meter.sentBytes,
    files,
  };
}

/** The parent point, opened while the upload is. Whoever takes it closes it; if nobody does, the end of this does. */
class ParentOpening implements AsyncDisposable {
  #image: Promise<ChainImage | null>;

  constructor({ context, head, resumed, survey }: WritePointInput) {
    const { vault, storageKey, signal } = context;
    const { chain, files, ahead } = survey;
    const isRead = head.parent !== null && (resumed?.content.end ?? null) === null;
    const pointId = chain.head?.pointId ?? "";
    this.#image = isRead
      ? openChain({ vault, chainId: chain.chainId, storageKey, pointId, files, ahead, signal })
      : Promise.resolve(null);
    this.#image.catch(() => undefined);
  }

  /** Null without a parent. @throws what `openChain` throws. */
  take(): Promise<ChainImage | null> {
    const taken = this.#image;
    this.#image = Promise.resolve(null);
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    (await this.#image.catch(() => null))?.[Symbol.dispose]();
  }
}

/** Scans the roots into the image and closes it. */
async function writeImage(
  input: WritePointInput,
  opening: ParentOpening,
  { upload, holesMax, meter }: { upload: ContainerUpload; holesMax: number; meter: Meter },
): Promise<{ readonly imageBlocks: number; readonly inodes: DirectoryInodes }> {
  using image = await opening.take();
  const { context, resumed } = input;
  const { chain } = input.survey;
  const { storageKey, signal, home } = context;
  const givenUp = image === null ? new Set<number>() : blocksGivenUp(home, chain, context.notes.add);
  const known = new ChunkTable();
  const parent = image === null ? null : await parentOf(image, known, givenUp);
  // What the interrupted run added is told from what the parent has.
  if (resumed !== null) await parent?.readIndex();
  const placed = placedBlocks(resumed?.content ?? null);
  for (const ref of resumed?.content.chunks ?? []) known.add(ref);
  const superblock = parent?.reader.superblock;
  let firstBlock = superblock?.blocks ?? 1;
  for (const block of placed) firstBlock = Math.max(firstBlock, block + 1);
  const chunkKey = superblock?.chunkKey ?? chunkKeyOf(chain.chainId, storageKey);
  await using ahead = new FilesAhead({ chunkKey });
  await using comparer = new ChunkComparer({ chunkKey });
  const writer = new ArenaWriter({
    chunkKey,
    hash: chunkHash,
    newBlock: () => upload.newBlock(),
    copy: copyBytes,
    onBlock: (index, bytes) => upload.onBlock(index, bytes),
    onChunk: (ref) => upload.onChunk(ref),
    known,
    firstBlock,
    generation: (superblock?.generation ?? 0) + 1,
    previousSegment: superblock?.lastSegment ?? null,
    earlierChunks: resumed?.content.chunks.filter((ref) => known.find(ref.id)?.address === ref.address) ?? [],
  });
  // Of blocks that are given up only a walk tells which files lie there.
  const directories = givenUp.size === 0 ? keptDirectories(home) : undefined;
  const inodes = keptInodes(home, image === null ? undefined : chain.head?.fileRoot);
  const { root, figures } = await scan({
    writer,
    roots: input.roots,
    parent,
    clock: systemClock,
    onNote: context.notes.add,
    pace: (bytes) => meter.pace(bytes, upload),
    onProgress: (figures) => meter.read(figures),
    signal,
    seen: input.seen,
    skip: [home.directory],
    ahead,
    comparer,
    known: directories,
    inodes,
    filter: input.rules === undefined ? undefined : new ScanFilter(input.rules, context.notes.add),
  });
  if (directories !== undefined) keepDirectories(home, directories);
  const totals: ArenaTotals = { entries: figures.entries, logicalBytes: figures.logicalBytes };
  const { blocks } = writer.finish(root, totals);
  await upload.finishImage({ imageBlocks: blocks, metadata: metadataVersion, holesMax }, summaryOf(input, blocks));
  return { imageBlocks: blocks, inodes };
}

function summaryOf({ head, survey, context }: WritePointInput, blocks: number): Uint8Array {
  const { chain } = survey;
  const { deviceId, name } = context.enrolment;
  return writeSummary({
    chainId: head.chainId,
    fileId: head.fileId,
    pointId: head.pointId,
    pointNumber: chain.points + 1,
    kind: head.kind === "vbk" ? "full" : "increment",
    createdMs: head.startedMs,
    jobName: name,
    objectId: deviceId,
    objectName: name,
    fileName: head.fileName,
    previousFileName: "",
    folderName: asciiName(name),
    imageName,
    imageBytes: blocks * blockSizeBytes,
    sealed: true,
  });
}

/**
 * The parent point. Its chunks that are still stored go into the table, but for those in blocks given up: those of its
 * catalogue as they are read, so that directories are found again as they were; all others with the index, which a run
 * that meets nothing new never fetches.
 */
async function parentOf(image: ChainImage, known: ChunkTable, givenUp: ReadonlySet<number>): Promise<ParentPoint> {
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  const isLive = (block: number) => image.isLive(block) && !givenUp.has(block);
  const add = (ref: ChunkRef) => void (isChunkLive({ isLive }, ref) && known.add(ref));
  reader.onCatalogueChunk = add;
  let index: Promise<void> | null = null;
  const fetchIndex = async () => {
    for await (const segment of reader.segments()) for (const ref of segment.records) add(ref);
  };
  return { reader, isLive, readIndex: () => (index ??= fetchIndex()) };
}

function placedBlocks(content: JournalContent | null): ReadonlySet<number> {
  const placed = new Set<number>();
  for (const part of content?.parts ?? []) for (const block of part.blocks.imageBlocks()) placed.add(block);
  return placed;
}

/** Paces the scan and tells how far it is. */
class Meter {
  figures: ScanFigures;
  phase: "reading" | "finishing" = "reading";
  sentBytes = 0;
  readonly #context: RunContext;
  #bytesSinceTurn = 0;
  #stepsSinceTurn = 0;

  constructor(context: RunContext, figures: ScanFigures) {
    this.#context = context;
    this.figures = figures;
  }

  sent(lengthBytes: number): void {
    this.sentBytes += lengthBytes;
    this.#tell();
  }

  read(figures: ScanFigures): void {
    this.figures = figures;
    this.#tell();
  }

  /** Waits for the upload, and lets the event loop turn now and then even when there is room. */
  pace(lengthBytes: number, upload: ContainerUpload): Promise<void> | undefined {
    this.#bytesSinceTurn += lengthBytes;
    this.#stepsSinceTurn++;
    const full = upload.room();
    if (full === undefined && this.#bytesSinceTurn < turnAfterBytes && this.#stepsSinceTurn < turnAfterEntries) {
      return undefined;
    }
    this.#bytesSinceTurn = 0;
    this.#stepsSinceTurn = 0;
    return full ?? new Promise((resolve) => setImmediate(resolve));
  }

  #tell(): void {
    const { files, readBytes } = this.figures;
    this.#context.onProgress({ phase: this.phase, files, bytes: readBytes, sentBytes: this.sentBytes });
  }
}
