import { openArena } from "@casaforte/arena";
import { equalBytes, Failure } from "@casaforte/kernel";
import { type VaultClient, vaultLimits } from "@casaforte/vault";
import { compression } from "@casaforte/vbk";
import { sealBlock } from "@casaforte/vbk/seal";
import { type ChainImage, openChain } from "../chain/chain-image.ts";
import { chunkHash } from "../chain/chunk-hash.ts";
import { LiveChunks } from "../chain/live-chunks.ts";
import type { BlockPlace } from "../download/block-reader.ts";
import { repairBlocksMax } from "../limits.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ReadContext } from "./context.ts";

export interface RepairResult {
  /** Stored blocks that could not be read, and those of them that were sent again and then read whole. */
  readonly damagedBlocks: number;
  readonly mendedBlocks: number;
  /** The code of what ended the repair early. */
  readonly trouble: string | null;
}

export const noRepair: RepairResult = { damagedBlocks: 0, mendedBlocks: 0, trouble: null };

/** A damaged block as it was stored, with its padding. */
interface Rebuilt {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Sends damaged blocks of a point again where this machine still has everything that lay in them: sealed under the same
 * key they become the same bytes, so the file, and every point that needs it, is what it was. Nothing else is changed.
 * What ends it early is told, not thrown: what was mended by then counts.
 */
export async function repairPoint(context: ReadContext): Promise<RepairResult> {
  const sent: Sent = { damagedBlocks: 0, blocks: new Set() };
  const ended = await troubleOf(() => sendDamaged(context, sent), context.signal);
  let mendedBlocks = 0;
  const unread = await troubleOf(async () => {
    for await (const _ of wholeBlocks(context, sent.blocks)) mendedBlocks++;
  }, context.signal);
  return { damagedBlocks: sent.damagedBlocks, mendedBlocks, trouble: ended ?? unread };
}

/** The code of the failure that a piece of work ends with. @throws what is no failure, and when it was broken off. */
export async function troubleOf(work: () => Promise<void>, signal: AbortSignal): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    return error.code;
  }
}

/** What is known while damaged blocks are sent: how many there are, and which the vault took. */
interface Sent {
  damagedBlocks: number;
  readonly blocks: Set<number>;
}

async function sendDamaged(context: ReadContext, sent: Sent): Promise<void> {
  const { vault, storageKey, point, signal } = context;
  const { chainId, pointId } = point;
  using image = await openChain({ vault, storageKey, chainId, pointId, signal, pooled: true });
  const damaged = await damagedBlocks(image, signal);
  sent.damagedBlocks = damaged.size;
  if (damaged.size === 0) return;
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  const live = await LiveChunks.find(reader, new Set(damaged.keys()), signal);
  for (const [block, place] of damaged) {
    if (sent.blocks.has(block)) continue;
    signal.throwIfAborted();
    const rebuilt = sealed(live.rebuild(block), place);
    if (rebuilt === null) continue;
    const neighbours = [...damaged].filter(([, { fileId }]) => fileId === place.fileId);
    const rebuildAll = (from: number, to: number) =>
      neighbours
        .filter(([, { block: stored }]) => stored.offset < to && stored.offset + stored.allocatedSize > from)
        .map(([index, at]) => ({ index, rebuilt: sealed(live.rebuild(index), at) }));
    for (const index of await mend(context, { block, place, rebuilt, rebuildAll })) sent.blocks.add(index);
    // Packing makes buffers of the compressor's own, which are freed only when the loop turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Of blocks those that can be read, as they are stored now. A vault takes bytes for what it holds to be sound, too. */
async function* wholeBlocks(context: ReadContext, blocks: ReadonlySet<number>): AsyncGenerator<number> {
  if (blocks.size === 0) return;
  const { vault, storageKey, point, signal } = context;
  using image = await openChain({ vault, storageKey, chainId: point.chainId, pointId: point.pointId, signal });
  for (const block of blocks) {
    signal.throwIfAborted();
    try {
      await image.readBlock(block);
    } catch (error) {
      if (!isDamage(error)) throw error;
      continue;
    }
    yield block;
  }
}

async function damagedBlocks(image: ChainImage, signal: AbortSignal): Promise<ReadonlyMap<number, BlockPlace>> {
  const damaged = new Map<number, BlockPlace>();
  for (let block = 0; block < image.blocks && damaged.size < repairBlocksMax; block++) {
    signal.throwIfAborted();
    const place = image.placeOf(block);
    if (place === null) continue;
    try {
      await image.readBlock(block);
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.set(block, place);
    }
  }
  return damaged;
}

/** Null unless it is, to the last bit, what stands in the file's own record of it. */
function sealed(plain: Uint8Array | null, { container, block }: BlockPlace): Rebuilt | null {
  const keys = container.threadKeys(block.keySetId);
  if (plain === null || keys === null || block.compression === compression.none) return null;
  const packed = sealBlock(plain, keys, { compression: block.compression });
  if (packed.storedSize !== block.storedSize || !equalBytes(packed.hmac, block.hmac)) return null;
  return { offset: block.offset, bytes: packed.stored };
}

interface MendStep {
  readonly block: number;
  readonly place: BlockPlace;
  readonly rebuilt: Rebuilt;
  readonly rebuildAll: (
    from: number,
    to: number,
  ) => readonly { readonly index: number; readonly rebuilt: Rebuilt | null }[];
}

/** Sends one block; when other bytes of its part are lost too, the part as a whole. Returns the blocks that are mended. */
async function mend({ vault, signal }: ReadContext, step: MendStep): Promise<readonly number[]> {
  const { fileId } = step.place;
  const part = await send(vault, fileId, step.rebuilt, signal);
  if (part === null) return [step.block];
  if (part.length > vaultLimits.partBytesMax) return [];
  const inside = step.rebuildAll(part.offset, part.offset + part.length);
  const pieces = inside.flatMap(({ rebuilt }) => (rebuilt === null ? [] : [rebuilt]));
  const bytes = await wholePart(vault, fileId, part, pieces, signal);
  if (bytes === null || (await send(vault, fileId, { offset: part.offset, bytes }, signal)) !== null) return [];
  return inside.map(({ index }) => index);
}

/** Null: taken. Else where the part lies of which more is lost. */
async function send(
  vault: VaultClient,
  fileId: string,
  { offset, bytes }: Rebuilt,
  signal: AbortSignal,
): Promise<{ readonly offset: number; readonly length: number } | null> {
  try {
    await vault.mend(fileId, offset, new Uint8Array(bytes), { signal });
    return null;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "vault.mend_differs") throw error;
    const { offset: from, length } = error.details ?? {};
    return { offset: Number(from), length: Number(length) };
  }
}

/** The part of rebuilt blocks and, between them, of what the vault still reads; null when that is not all of it. */
async function wholePart(
  vault: VaultClient,
  fileId: string,
  part: { readonly offset: number; readonly length: number },
  pieces: readonly Rebuilt[],
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(part.length);
  const end = part.offset + part.length;
  let at = part.offset;
  const fill = async (to: number) => {
    if (to > at) bytes.set(await vault.readRange(fileId, at, to - at, { signal }), at - part.offset);
  };
  try {
    for (const piece of [...pieces].sort((a, b) => a.offset - b.offset)) {
      // Parts are cut between blocks; of a composed file one may begin or end within.
      const from = Math.max(piece.offset, part.offset);
      const to = Math.min(piece.offset + piece.bytes.length, end);
      await fill(from);
      bytes.set(piece.bytes.subarray(from - piece.offset, to - piece.offset), from - part.offset);
      at = to;
    }
    await fill(end);
    return bytes;
  } catch (error) {
    if (error instanceof Failure && (error.code === "vault.part_damaged" || error.code === "vault.short_read"))
      return null;
    throw error;
  }
}
