import { backupLimits } from "./limits.ts";

/** A file that is still stored, with what it builds upon. */
export interface ChainLink {
  readonly fileId: string;
  readonly parentFileId: string | null;
  readonly isLive: boolean;
  /** When it last came out of the bin. */
  readonly revivedMs: number | null;
}

/**
 * Whether a file may be replaced by a full that leaves out what nobody needs of it: who composes one knows of live files
 * only, and agents of before know of one line of them. What lies in the bin, as a deleted point or as the earlier file of
 * one, could be taken back and find its blocks gone; so could what was taken back after the agent had listed the chain,
 * which is some time before it opens its upload. Pure. `links`: all that is stored of the chain.
 */
export function mayBecomeFull(links: readonly ChainLink[], fileId: string, openedMs: number): boolean {
  const children = Map.groupBy(links, (link) => link.parentFileId);
  for (let at = fileId; ; ) {
    const [child, ...others] = children.get(at) ?? [];
    if (child === undefined) return true;
    const isKnown = child.revivedMs === null || child.revivedMs < openedMs - backupLimits.revivedUnknownMs;
    if (others.length > 0 || !child.isLive || !isKnown) return false;
    at = child.fileId;
  }
}

/**
 * How many live increments do not stand right behind what they build upon. Agents and their VBM take a chain for lines, one
 * behind the other. Pure. `links`: in the order of commits.
 */
export function countBreaks(links: readonly ChainLink[]): number {
  const live = links.filter((link) => link.isLive);
  return live.filter(({ parentFileId }, at) => parentFileId !== null && live[at - 1]?.fileId !== parentFileId).length;
}
