import { type ChainImage, type OpenChainOptions, openChain } from "../chain/chain-image.ts";
import type { ReadContext } from "./context.ts";

/**
 * The image of the point that a command reads: it must be the one that this machine made, where it remembers that, and
 * is noted where it hardly is the one that the vault calls it. @throws as `openChain` does.
 */
export function openPoint(
  { vault, storageKey, point: { chainId, pointId }, signal, home, notes }: ReadContext,
  more: Pick<OpenChainOptions, "pooled" | "opened"> = {},
): Promise<ChainImage> {
  return openChain({ vault, storageKey, chainId, pointId, signal, home, onNote: notes.add, ...more });
}
