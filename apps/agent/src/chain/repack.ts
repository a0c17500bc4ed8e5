import { type BlockUse, blockSizeBytes } from "@casaforte/arena";
import type { ChainState } from "@casaforte/vault";
import { z } from "zod";
import { repackShareMax } from "../limits.ts";
import type { AgentHome, Shape } from "../state/home.ts";
import type { OnNote } from "../tree/note.ts";

const fileName = "repack.json";

interface RepackFile {
  readonly chainId: string;
  /** Of the point that the blocks were looked at in. */
  readonly pointId: string;
  readonly blocks: readonly number[];
}

const repackShape: Shape<RepackFile> = z.object({
  chainId: z.string(),
  pointId: z.string(),
  blocks: z.array(z.number()),
});

/**
 * Notes which blocks the next run shall take for lost: those of which little is needed any more, emptiest first, up to
 * the cap of one run. What is needed of them is sent again then, and the next composed full leaves them out.
 */
export function noteRepack(
  home: AgentHome,
  where: { readonly chainId: string; readonly pointId: string },
  use: BlockUse,
  image: { readonly blocks: number; isLive(block: number): boolean },
  bytesMax: number,
): readonly number[] {
  const candidates: number[] = [];
  for (let block = 1; block < image.blocks; block++) {
    const used = use.usedBytes(block);
    if (used > 0 && used < repackShareMax * blockSizeBytes && image.isLive(block)) candidates.push(block);
  }
  candidates.sort((a, b) => use.usedBytes(a) - use.usedBytes(b) || a - b);
  const blocks: number[] = [];
  for (let bytes = 0; blocks.length < candidates.length; ) {
    const block = candidates[blocks.length] ?? 0;
    bytes += use.usedBytes(block);
    if (bytes > bytesMax) break;
    blocks.push(block);
  }
  if (blocks.length === 0) home.remove(fileName);
  else home.writeJson(fileName, { ...where, blocks } satisfies RepackFile);
  return blocks;
}

/** The blocks noted, if the chain still stands where it stood then. A damaged note is none: those blocks are kept once more. */
export function blocksGivenUp(home: AgentHome, chain: ChainState, onNote: OnNote): ReadonlySet<number> {
  const noted = home.readKept(fileName, repackShape, () => {
    const message = "damaged: no block is sent again to be packed anew, and the next full that is composed says which";
    onNote({ level: "told", code: "state_damaged", path: Buffer.from(home.path(fileName)), message });
    home.remove(fileName);
  });
  const isCurrent = noted?.chainId === chain.chainId && noted.pointId === chain.head?.pointId;
  return new Set(isCurrent ? noted.blocks : []);
}
