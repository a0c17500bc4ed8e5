import { blockSizeBytes } from "@casaforte/arena";
import { equalBytes, Failure, toHex } from "@casaforte/kernel";
import type { FileReply, VaultClient } from "@casaforte/vault";
import { type Container, openContainer, type RandomAccessSource } from "@casaforte/vbk";
import { createUnsealer, type StorageKey } from "@casaforte/vbk/seal";
import { type BlockPlace, BlockReader } from "../download/block-reader.ts";
import { filesInThreads } from "../download/files-in-threads.ts";
import { UnsealPool } from "../download/unseal-pool.ts";
import { connectionsMax, readAheadBlocks, readCacheBlocks } from "../limits.ts";
import type { AgentHome } from "../state/home.ts";
import { madePoint } from "../state/made-points.ts";
import { type FilePort, filesHere } from "../tree/file-port.ts";
import type { OnNote } from "../tree/note.ts";
import type { OpenedFiles } from "./opened-files.ts";
import { mindTime } from "./point-time.ts";
import { listOf } from "./survey.ts";

export interface OpenChainOptions {
  readonly vault: VaultClient;
  readonly chainId: string;
  readonly storageKey: StorageKey;
  /** The point to be read. */
  readonly pointId: string;
  /** The chain's files, when they were listed already. */
  readonly files?: readonly FileReply[] | undefined;
  /** By file id: where the beginning of a file is fetched already. */
  readonly ahead?: ReadonlyMap<string, Promise<RandomAccessSource>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Opens blocks in threads, several ahead: for whoever reads much of the image. */
  readonly pooled?: boolean;
  /** Of the machine that may have made the point: what it remembers of it, the vault's word must not contradict. */
  readonly home?: AgentHome | undefined;
  /** Told when the point is hardly the one that the vault calls it. */
  readonly onNote?: OnNote;
  /** Keeps the files open for the next point; without it they are closed with the image. */
  readonly opened?: OpenedFiles;
}

/**
 * Opens a point: its file and all it builds upon, back to the full. Each file must be the one its child names.
 * @throws not_found `agent.point`, corrupt `agent.chain`, and what `openContainer` throws.
 */
export async function openChain(options: OpenChainOptions): Promise<ChainImage> {
  const listed = options.files ?? (await listOf(options.vault.files({ chainId: options.chainId })));
  const last = listed.findLast((file) => file.pointId === options.pointId);
  if (last === undefined) throw new Failure("not_found", "agent.point", "the vault has no such restore point");
  const lineage = lineageOf(last, listed);
  const containers = await openAll(lineage, options);
  const isOurs = options.opened === undefined;
  try {
    for (const [index, file] of lineage.entries()) {
      const [container, child] = [containers[index], containers[index - 1]];
      if (container === undefined) continue;
      checkFile(container, file, options.chainId);
      if (child !== undefined) checkParent(child, container);
    }
    const position = containers[0]?.position;
    const made = options.home && madePoint(options.home, options.pointId);
    if (made && position?.pointId !== made) throw broken("the vault shows another point in its place");
    if (options.onNote !== undefined && position) mindTime(position, last, options.onNote);
  } catch (error) {
    if (isOurs) for (const container of containers) container.close();
    throw error;
  }
  const fileIds = lineage.map(({ fileId }) => fileId);
  const { vault, signal } = options;
  return new ChainImage(containers, options.pooled === true ? { vault, signal, fileIds } : null, isOurs);
}

/** A file and those it builds upon, back to the full, as the vault lists them. @throws corrupt `agent.chain`. */
export function lineageOf(last: FileReply, listed: readonly FileReply[]): readonly FileReply[] {
  const files = new Map(listed.map((file) => [file.fileId, file]));
  const lineage = [last];
  for (let file = last; file.parent !== null; ) {
    const parent = files.get(file.parent.fileId);
    if (parent === undefined || lineage.length > files.size) throw broken("a file of the chain is missing");
    lineage.push(parent);
    file = parent;
  }
  return lineage;
}

/** Opens files, a few at a time; when one of them cannot be opened, none is. */
async function openAll(lineage: readonly FileReply[], options: OpenChainOptions): Promise<readonly Container[]> {
  const opened = new Map<number, Container>();
  const waiting = [...lineage.entries()];
  const openNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, file] = next;
      const source = (await options.ahead?.get(file.fileId)) ?? vaultSource(options.vault, file, options.signal);
      const open = () => openContainer(source, { unsealer: createUnsealer(options.storageKey) });
      opened.set(index, await (options.opened?.open(file.fileId, open) ?? open()));
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: connectionsMax }, openNext));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) {
    if (options.opened === undefined) for (const container of opened.values()) container.close();
    throw failed.reason;
  }
  return [...opened].sort(([a], [b]) => a - b).map(([, container]) => container);
}

interface PooledOptions {
  readonly vault: VaultClient;
  readonly signal: AbortSignal | undefined;
  /** In the order of the containers. */
  readonly fileIds: readonly string[];
}

const zeroBlock = new Uint8Array(blockSizeBytes);

/** The image as one point shows it: each block from the newest file that says something about it. */
export class ChainImage implements Disposable {
  /** Newest first; the last is the full. */
  readonly containers: readonly Container[];
  readonly #cache = new Map<number, Promise<Uint8Array>>();
  readonly #pool: UnsealPool | null;
  readonly #reader: BlockReader | null = null;
  readonly #fileIds: readonly string[];
  readonly #closesFiles: boolean;

  constructor(containers: readonly Container[], pooled: PooledOptions | null = null, closesFiles = true) {
    this.containers = containers;
    this.#closesFiles = closesFiles;
    this.#pool = pooled === null ? null : new UnsealPool();
    this.#fileIds = pooled?.fileIds ?? [];
    if (pooled === null || this.#pool === null) return;
    const { vault, signal } = pooled;
    const locate = (imageBlock: number) => this.placeOf(imageBlock);
    this.#reader = new BlockReader({ pool: this.#pool, vault, signal, locate, imageBlocks: this.blocks });
  }

  get blocks(): number {
    return this.containers[0]?.image.blocks ?? 0;
  }

  isLive(block: number): boolean {
    return this.#owner(block) !== null;
  }

  /**
   * Plain bytes, checked and decrypted; zeros for a hole. Whoever reads on gets blocks that were fetched ahead. They are
   * valid until the next blocks are read.
   */
  readBlock(block: number): Promise<Uint8Array> {
    if (this.#reader !== null) return this.isLive(block) ? this.#reader.read(block) : Promise.resolve(zeroBlock);
    if (this.#cache.has(block - 1))
      for (let ahead = 1; ahead <= readAheadBlocks; ahead++) if (this.isLive(block + ahead)) this.#fetch(block + ahead);
    const wanted = this.#fetch(block);
    this.#trim();
    return wanted;
  }

  /** Where files are written from this image's blocks: in the pool's threads if there is one. */
  get files(): FilePort {
    if (this.#pool === null || this.#reader === null) return filesHere({ block: (block) => this.readBlock(block) });
    return filesInThreads(this.#pool, this.#reader, (block) => this.isLive(block));
  }

  [Symbol.dispose](): void {
    this.#cache.clear();
    this.#pool?.[Symbol.dispose]();
    if (this.#closesFiles) for (const container of this.containers) container.close();
  }

  #fetch(block: number): Promise<Uint8Array> {
    let found = this.#cache.get(block);
    this.#cache.delete(block);
    if (found === undefined) {
      const made = this.#read(block);
      found = made;
      // A block fetched ahead may fail before anybody asks for it; whoever asks gets the failure then. Who asks later, as
      // programs of a mounted point do, has it tried anew.
      made.catch(() => this.#cache.get(block) === made && this.#cache.delete(block));
    }
    this.#cache.set(block, found);
    return found;
  }

  async #read(block: number): Promise<Uint8Array> {
    const owner = this.#owner(block);
    if (owner === null) return new Uint8Array(blockSizeBytes);
    const bytes = await owner.readBlock(block);
    if (bytes === null) throw broken("an image block went missing");
    return bytes;
  }

  /** Where a block is stored, of a pooled image; null for a hole. */
  placeOf(imageBlock: number): BlockPlace | null {
    const container = this.#owner(imageBlock);
    const found = container?.imageBlock(imageBlock);
    if (container === null || found?.state !== "stored") return null;
    const fileId = this.#fileIds[this.containers.indexOf(container)] ?? "";
    return { container, fileId, block: container.storedBlock(found.storeIndex) };
  }

  #owner(block: number): Container | null {
    for (const container of this.containers) {
      if (block >= container.image.blocks) continue;
      const { state } = container.imageBlock(block);
      if (state === "stored") return container;
      if (state === "hole") return null;
    }
    return null;
  }

  /** Oldest first: what was asked for or fetched last is at the end. */
  #trim(): void {
    for (const block of this.#cache.keys()) {
      if (this.#cache.size <= readCacheBlocks) return;
      this.#cache.delete(block);
    }
  }
}

/** A file in the vault, by range requests. */
export function vaultSource(vault: VaultClient, file: FileReply, signal: AbortSignal | undefined): RandomAccessSource {
  const call = signal === undefined ? {} : { signal };
  return { size: file.size, read: (offset, length) => vault.readRange(file.fileId, offset, length, call) };
}

/** The vault's catalogue is not believed: what the sealed file says of itself counts. */
function checkFile(container: Container, file: FileReply, chainId: string): void {
  if (container.position?.chainId !== chainId) throw broken("a file belongs to another chain");
  if (container.root === null || toHex(container.root) !== file.fileRoot) throw broken("a file is not the one listed");
  if ((container.kind === "full") !== (file.parent === null)) throw broken("a file is not of the kind listed");
}

/** A full may stand in the place of the file that the child was built upon: then it says so under its own root. */
function checkParent(child: Container, parent: Container): void {
  const root = parent.position?.standsFor ?? parent.root;
  const named = child.position?.parentRoot ?? null;
  if (root === null || named === null || !equalBytes(named, root)) throw broken("a file does not follow its parent");
}

const broken = (message: string): Failure => new Failure("corrupt", "agent.chain", message);
