import type { Entry } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { type ZipEntry, ZipWriter, zipName, zipNameBytesMax } from "@casaforte/zip";
import { restoreLimits } from "./limits.ts";
import { openSink } from "./open-sink.ts";
import type { SaveProgress, SaveReport, Sink } from "./protocol.ts";
import { isDamage, type Node, pathBytes, shownPath, type Tree } from "./tree.ts";
import { unlessAborted, untilAborted } from "./unless-aborted.ts";

export interface SaveInput {
  readonly tree: Tree;
  readonly ids: readonly number[];
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SaveProgress) => void;
}

type FileEntry = Extract<Entry, { type: "file" }>;

/** Files of at most so much are there whole before a byte of them is written. */
const bufferedBytesMax = 8 << 20;
const zeros = new Uint8Array(1 << 20);

/** What is under these entries. @throws cancelled; a damaged directory counts as empty. */
export async function measure(
  tree: Tree,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<{ readonly files: number; readonly bytes: number; readonly entries: number }> {
  let [files, bytes, entries] = [0, 0, 0];
  const roots = outermost(ids.map((id) => tree.node(id)));
  for await (const { entry } of untilAborted(tree.walk(roots, { signal, onDamage: () => undefined }), signal)) {
    entries++;
    if (entry.type !== "file") continue;
    files++;
    bytes += entry.content.sizeBytes;
  }
  return { files, bytes, entries };
}

/**
 * Saves one file as it is, everything else as a ZIP. Each chunk was authenticated and compared with its hash before a
 * byte of it is written. What is damaged is named and left out, and the rest goes on; one damaged file alone saves nothing.
 * @throws corrupt, unavailable `restore.sink` `restore.disk_full` `restore.network`, too_large, cancelled.
 */
export async function save(input: SaveInput): Promise<SaveReport> {
  const { tree, ids, signal } = input;
  const total = await measure(tree, ids, signal);
  if (total.entries > restoreLimits.zipEntriesMax)
    throw new Failure("too_large", "restore.too_many", "more entries than a ZIP of ours takes");
  const job = new Job(input, total);
  const sink = await openSink(input.sink);
  try {
    const [only] = ids.map((id) => tree.node(id));
    if (ids.length === 1 && only?.entry.type === "file") {
      for await (const piece of job.pieces(only, only.entry)) await sink.write(piece);
      job.files++;
    } else await saveZip(job, sink.write);
    signal.throwIfAborted();
    return { ...job.report(), blob: await sink.close() };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function saveZip(job: Job, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const { tree, ids, signal } = job.input;
  const roots = outermost(ids.map((id) => tree.node(id)));
  // Chosen in one folder they are named from there, else from the top.
  const above = roots.every((node) => node.parent === roots[0]?.parent) ? (roots[0]?.parent ?? null) : null;
  const zip = new ZipWriter(write);
  const onDamage = (node: Node | null) => job.lose(node === null ? "/" : shownPath(node));
  for await (const node of untilAborted(tree.walk(roots, { signal, onDamage }), signal)) {
    const { entry } = node;
    const name = zipName(pathBytes(node, above));
    if (name.length > zipNameBytesMax) {
      job.lose(shownPath(node));
      continue;
    }
    const named = { name, mode: entry.mode, modifiedMs: Number(entry.modifiedNs / 1_000_000n) };
    if (entry.type === "directory") await zip.directory(named);
    else if (entry.type === "symlink") await zip.symlink(named, entry.target);
    else if (entry.type === "file") await addFile(job, zip, named, node, entry);
    else job.leftOut++;
  }
  await zip.finish();
}

async function addFile(job: Job, zip: ZipWriter, named: ZipEntry, node: Node, entry: FileEntry): Promise<void> {
  const path = shownPath(node);
  const { sizeBytes } = entry.content;
  try {
    if (sizeBytes > bufferedBytesMax) await zip.stream(named, sizeBytes, job.pieces(node, entry));
    else await zip.file(named, await job.whole(node, entry));
    job.files++;
  } catch (error) {
    if (!isDamage(error)) throw error;
    job.lose(path);
  }
}

/** Figures of one save. */
class Job {
  readonly input: SaveInput;
  files = 0;
  leftOut = 0;
  #bytes = 0;
  #lostMore = 0;
  readonly #lost: string[] = [];
  readonly #total: { readonly files: number; readonly bytes: number };

  constructor(input: SaveInput, total: { readonly files: number; readonly bytes: number }) {
    this.input = input;
    this.#total = total;
  }

  /** The bytes of a file, holes as zeros. @throws corrupt. */
  async *pieces(node: Node, entry: FileEntry): AsyncGenerator<Uint8Array> {
    const { arena } = node;
    const { signal } = this.input;
    const path = shownPath(node);
    this.#tell(path);
    for await (const extent of untilAborted(arena.extents(entry.content), signal)) {
      signal.throwIfAborted();
      if (extent.kind === "chunk") {
        const piece = await unlessAborted(arena.chunk(extent.ref), signal);
        this.#bytes += piece.length;
        yield piece;
        this.#tell(path);
        continue;
      }
      for (let left = extent.lengthBytes; left > 0; left -= zeros.length) {
        signal.throwIfAborted();
        const piece = zeros.subarray(0, left);
        this.#bytes += piece.length;
        yield piece;
        this.#tell(path);
      }
    }
  }

  async whole(node: Node, entry: FileEntry): Promise<Uint8Array> {
    const bytes = new Uint8Array(entry.content.sizeBytes);
    let at = 0;
    for await (const piece of this.pieces(node, entry)) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  lose(path: string): void {
    if (this.#lost.length < restoreLimits.lostNamed) this.#lost.push(path);
    else this.#lostMore++;
  }

  report(): Omit<SaveReport, "blob"> {
    const { files, leftOut } = this;
    return { files, leftOut, bytes: this.#bytes, lost: this.#lost, lostMore: this.#lostMore };
  }

  #tell(path: string): void {
    const { files: filesTotal, bytes: bytesTotal } = this.#total;
    this.input.onProgress({ files: this.files, filesTotal, bytes: this.#bytes, bytesTotal, path });
  }
}

/** Without what lies under another of them. */
function outermost(nodes: readonly Node[]): readonly Node[] {
  const chosen = new Set(nodes.map((node) => node.entry));
  return nodes.filter((node) => {
    for (let at = node.parent; at !== null; at = at.parent) if (chosen.has(at.entry)) return false;
    return true;
  });
}
