import { filterWords } from "./filter-words.ts";
import { filterConditionsMax, filterDepthMax, filterWordsMax } from "./limits.ts";
import { JmapError } from "./method-error.ts";

/** What one filter may still hold, all levels together. */
export class FilterBudget {
  #left = filterConditionsMax;
  #wordsLeft = filterWordsMax;

  /**
   * Takes an operator, or an object of conditions: as many as there are, null being none, a list of ids
   * as much as it has, and one where it is empty.
   * @throws JmapError `unsupportedFilter` when the filter holds too much, or is too deep.
   */
  take(node: Readonly<Record<string, unknown>>, depth: number): void {
    if (depth > filterDepthMax) throw new JmapError("unsupportedFilter", "the filter is too deep");
    const conditions = () => Object.values(node).reduce<number>((sum, value) => sum + weightOf(value), 0);
    this.#left -= node["operator"] === undefined ? Math.max(1, conditions()) : 1;
    if (this.#left < 0) throw new JmapError("unsupportedFilter", "the filter has too many conditions");
  }

  /** Takes a text condition. @throws JmapError `unsupportedFilter` when the filter looks for too many words. */
  takeText(text: string): void {
    for (const words = filterWords(text); words.next().done !== true; ) {
      this.#wordsLeft -= 1;
      if (this.#wordsLeft < 0) throw new JmapError("unsupportedFilter", "the filter looks for too many words");
    }
  }
}

const weightOf = (value: unknown): number => {
  if (value === null) return 0;
  return Array.isArray(value) ? Math.max(1, value.length) : 1;
};
