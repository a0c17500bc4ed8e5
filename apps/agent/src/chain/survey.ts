import type { ChainState, FileReply, PointReply, VaultClient } from "@casaforte/vault";

/** What the vault says of a chain before a run. */
export interface ChainSurvey {
  readonly chain: ChainState;
  /** Committed files, oldest first. */
  readonly files: readonly FileReply[];
  /** Oldest first. */
  readonly points: readonly PointReply[];
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

/** A survey that is begun at most once, as soon as it is known that there is a chain; its failure waits for who asks. */
export class EarlySurvey {
  readonly #begin: () => Promise<ChainSurvey>;
  #begun: Promise<ChainSurvey> | null = null;

  constructor(vault: VaultClient, chainId: string) {
    this.#begin = () => surveyChain(vault, chainId);
  }

  begin(): void {
    if (this.#begun !== null) return;
    this.#begun = this.#begin();
    this.#begun.catch(() => undefined);
  }

  /** What was begun, or a new one. */
  take(): Promise<ChainSurvey> {
    return this.#begun ?? this.#begin();
  }
}
