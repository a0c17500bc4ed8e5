import { Failure } from "@casaforte/kernel";
import type { FileReply, VaultClient } from "@casaforte/vault";
import { fetchAhead, type RandomAccessSource } from "@casaforte/vbk";
import { connectionsMax, filesAheadMax } from "../limits.ts";
import { lineageOf, vaultSource } from "./chain-image.ts";
import { type ChainSurvey, surveyChain } from "./survey.ts";

export interface EarlySurveyOptions {
  readonly vault: VaultClient;
  readonly chainId: string;
  readonly signal: AbortSignal;
  /** Of a point of more files none is fetched early. */
  readonly filesMax?: number;
}

/**
 * A survey that is begun at most once, as soon as it is known that there is a chain; its failure waits for who asks. With
 * it comes what opening the newest point reads first, so that a run waits for none of it once it has its key. Whoever
 * ends it ends what is still fetched.
 */
export class EarlySurvey implements Disposable {
  readonly #options: EarlySurveyOptions;
  readonly #over = new AbortController();
  #begun: Promise<ChainSurvey> | null = null;

  constructor(options: EarlySurveyOptions) {
    this.#options = options;
  }

  /** `isOpened`: the run will build upon the newest point. */
  begin(isOpened: boolean): void {
    if (this.#begun !== null) return;
    const { vault, chainId } = this.#options;
    const survey = surveyChain(vault, chainId);
    this.#begun = isOpened ? survey.then((found) => ({ ...found, ahead: this.#fetch(found) })) : survey;
    this.#begun.catch(() => undefined);
  }

  /** What was begun, or a new one. */
  take(): Promise<ChainSurvey> {
    return this.#begun ?? surveyChain(this.#options.vault, this.#options.chainId);
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  /** A few files at a time. One of which nothing could be fetched is read as if nobody had tried. */
  #fetch(survey: ChainSurvey): ReadonlyMap<string, Promise<RandomAccessSource>> {
    const ahead = new Map<string, Promise<RandomAccessSource>>();
    const signal = AbortSignal.any([this.#options.signal, this.#over.signal]);
    const turns = Array.from({ length: connectionsMax }, (): Promise<unknown> => Promise.resolve());
    const { filesMax = filesAheadMax } = this.#options;
    for (const [index, file] of newestFiles(survey, filesMax).entries()) {
      const source = vaultSource(this.#options.vault, file, signal);
      const turn = index % connectionsMax;
      const fetched = (turns[turn] ?? Promise.resolve()).then(() => fetchAhead(source)).catch(() => source);
      turns[turn] = fetched;
      ahead.set(file.fileId, fetched);
    }
    return ahead;
  }
}

/** None where the list has a gap, which whoever opens the point tells, or where it is too long. */
function newestFiles({ chain, files }: ChainSurvey, filesMax: number): readonly FileReply[] {
  const last = files.findLast(({ fileId }) => fileId === chain.head?.fileId);
  try {
    const lineage = last === undefined ? [] : lineageOf(last, files);
    return lineage.length > filesMax ? [] : lineage;
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
