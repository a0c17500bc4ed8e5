import { toHex } from "@casaforte/kernel";
import type { ChainImage } from "./chain-image.ts";
import type { Container, KeySetRecord } from "./types.ts";
import type { VbkBuilder } from "./vbk-builder.ts";

/** Stored bytes of an older file that become bytes of the new one: the vault adds references and copies nothing. */
export interface ComposeRange {
  readonly from: Container;
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly length: number;
}

/**
 * Puts the image of a chain's newest point into a new full without touching a block: each live block keeps its
 * ciphertext and its key set. The caller composes the ranges in the vault, then places the summary and finishes.
 * A block that is not used becomes a hole; so must be only what no point built upon this one needs.
 * `sha256Of` looks a block's hash up in its file's clear block map. Ranges ascend by `toOffset`; neighbours are joined.
 */
export function composeFull(
  builder: VbkBuilder,
  chain: ChainImage,
  sha256Of: (container: Container, offset: number) => Uint8Array,
  isUsed: (imageBlock: number) => boolean = () => true,
): readonly ComposeRange[] {
  const ranges: ComposeRange[] = [];
  const placed = new Map<Container, Map<number, number>>();
  for (let index = 0; index < chain.blocks; index++) {
    const { container, storeIndex } = chain.locate(index);
    if (container === null || !isUsed(index)) continue;
    const known = placed.get(container) ?? new Map<number, number>();
    placed.set(container, known);
    const earlier = known.get(storeIndex);
    if (earlier !== undefined) {
      builder.reuseBlock(index, earlier);
      continue;
    }
    const block = container.storedBlock(storeIndex);
    const place = builder.placeBlock(index, { ...block, sha256: sha256Of(container, block.offset) });
    known.set(storeIndex, place.storeIndex);
    const { offset: fromOffset, allocatedSize: length } = block;
    append(ranges, { from: container, fromOffset, toOffset: place.offset, length });
  }
  return ranges;
}

function append(ranges: ComposeRange[], next: ComposeRange): void {
  const last = ranges.at(-1);
  const isNeighbour =
    last !== undefined &&
    last.from === next.from &&
    last.fromOffset + last.length === next.fromOffset &&
    last.toOffset + last.length === next.toOffset;
  if (isNeighbour) ranges[ranges.length - 1] = { ...last, length: last.length + next.length };
  else ranges.push(next);
}

/** The key sets that the newest point's blocks are sealed with: `FileKeysInput.olderKeySets` of a composed full. */
export function liveKeySets(
  chain: ChainImage,
  isUsed: (imageBlock: number) => boolean = () => true,
): readonly KeySetRecord[] {
  const used = new Set<string>();
  for (let index = 0; index < chain.blocks; index++) {
    const { container, storeIndex } = chain.locate(index);
    if (container !== null && isUsed(index)) used.add(toHex(container.storedBlock(storeIndex).keySetId));
  }
  const found = new Map<string, KeySetRecord>();
  for (const keySet of chain.containers.flatMap((container) => container.keySets)) {
    const id = toHex(keySet.id);
    if (used.has(id)) found.set(id, keySet);
  }
  return [...found.values()];
}
