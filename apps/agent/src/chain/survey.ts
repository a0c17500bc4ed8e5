import type { ChainState, FileReply, PointReply, VaultClient } from "@casaforte/vault";
import type { RandomAccessSource } from "@casaforte/vbk";

/** What the vault says of a chain before a run. */
export interface ChainSurvey {
  readonly chain: ChainState;
  /** Committed files, oldest first. */
  readonly files: readonly FileReply[];
  /** Oldest first. */
  readonly points: readonly PointReply[];
  /** By file id: files of the newest point of which the beginning is fetched already. For one opening each. */
  readonly ahead?: ReadonlyMap<string, Promise<RandomAccessSource>>;
}

/** Asks for everything at once, so that a run waits for one answer instead of three. */
export async function surveyChain(vault: VaultClient, chainId: string): Promise<ChainSurvey> {
  const filesNow = () => listOf(vault.files({ chainId }));
  const pointsNow = () => listOf(vault.points({ chainId }));
  const [chain, files, points] = await Promise.all([vault.chain(chainId), filesNow(), pointsNow()]);
  // Another writer may have committed between the answers: then the lists are asked for after the head.
  const { head } = chain;
  if (head === null || files.some(({ fileId }) => fileId === head.fileId)) return { chain, files, points };
  return { chain, files: await filesNow(), points: await pointsNow() };
}

/** All that a paged answer has. */
export async function listOf<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}
