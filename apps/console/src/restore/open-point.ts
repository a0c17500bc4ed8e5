import { type ArenaReader, openArena } from "@casaforte/arena";
import { Failure, toHex } from "@casaforte/kernel";
import { ChainImage, type Container, openContainer } from "@casaforte/vbk";
import { createUnsealer, type StorageKey, unlockKeyring, webCrypto } from "@casaforte/vbk/seal";
import { BlockCache } from "./block-cache.ts";
import type { PointToOpen, Secret } from "./protocol.ts";
import { rangedSource } from "./ranged-source.ts";

/** A point whose files were authenticated. */
export interface OpenPoint {
  readonly arena: ArenaReader;
  /** When the point was made. */
  readonly at: string;
  /** When the points were made that this one builds upon, the full first. */
  readonly before: readonly string[];
  /** One of those points, by its place in `before`, out of the files that are open already. @throws corrupt. */
  earlier(index: number): Promise<ArenaReader>;
  /** Forgets the keys and every plain byte. */
  close(): void;
}

/**
 * Opens a point: the secret is tried on the keyring before a byte of the backup is fetched, and each file must be the
 * one that its child names, up to the full. @throws unauthenticated `seal.wrong_password`, not_found `seal.no_record`,
 * invalid `seal.recovery_secret`, corrupt `restore.chain` and what `openContainer` throws.
 */
export async function openPoint(point: PointToOpen, secret: Secret, signal: () => AbortSignal): Promise<OpenPoint> {
  const storageKey = await unlockKeyring(point.keyring, secret, webCrypto);
  const containers: Container[] = [];
  const close = () => {
    for (const container of containers) container.close();
    storageKey.destroy();
  };
  try {
    for (const container of await openAll(point, storageKey, signal)) containers.push(container);
    const caches: BlockCache[] = [];
    const arenaOf = (files: readonly Container[]): Promise<ArenaReader> => {
      const cache = new BlockCache(new ChainImage(files));
      caches.push(cache);
      return openArena((index) => cache.read(index), chunkHash);
    };
    const earlier = new Map<number, Promise<ArenaReader>>();
    return {
      arena: await arenaOf(containers),
      at: point.files.at(-1)?.at ?? "",
      before: point.files.slice(0, -1).map(({ at }) => at),
      earlier(index) {
        // Who looks at one point after another reads no two of them at a time.
        for (const cache of caches) cache.clear();
        const known = earlier.get(index);
        if (known !== undefined) return known;
        const opening = arenaOf(containers.slice(0, index + 1));
        earlier.set(index, opening);
        // What failed is tried again when it is asked for again.
        opening.catch(() => earlier.delete(index));
        return opening;
      },
      close: () => {
        for (const cache of caches) cache.clear();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

const chunkHash = (key: Uint8Array, bytes: Uint8Array) => webCrypto.hmacSha256(key, [bytes]);

/** All of the line at the same time; when one fails, the others are closed as they come. */
async function openAll(point: PointToOpen, storageKey: StorageKey, signal: () => AbortSignal): Promise<Container[]> {
  const unsealer = createUnsealer(storageKey, webCrypto);
  const opened = await Promise.allSettled(
    point.files.map(async (file) => {
      const container = await openContainer(rangedSource({ deviceId: point.deviceId, file, signal }), { unsealer });
      try {
        checkFile(container, file, point.chainId);
        return container;
      } catch (error) {
        container.close();
        throw error;
      }
    }),
  );
  const failed = opened.find((result) => result.status === "rejected");
  const containers = opened.filter((result) => result.status === "fulfilled").map((result) => result.value);
  if (failed === undefined) return containers;
  for (const container of containers) container.close();
  throw failed.reason;
}

/** The server's catalogue is not believed: what the sealed file says of itself counts. `ChainImage` checks the links. */
function checkFile(container: Container, file: PointToOpen["files"][number], chainId: string): void {
  const { position, root, kind } = container;
  if (position?.chainId !== chainId) throw broken("a file belongs to another chain");
  if (root === null || toHex(root) !== file.fileRoot) throw broken("a file is not the one listed");
  if ((kind === "full") !== (file.kind === "vbk")) throw broken("a file is not of the kind listed");
}

const broken = (message: string): Failure => new Failure("corrupt", "restore.chain", message);
