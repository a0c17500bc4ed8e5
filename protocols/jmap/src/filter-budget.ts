import { filterConditionsMax, filterDepthMax } from "./limits.ts";
import { JmapError } from "./method-error.ts";

/** What one filter may still hold, all levels together. */
export class FilterBudget {
  #left = filterConditionsMax;

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
}

const weightOf = (value: unknown): number => {
  if (value === null) return 0;
  return Array.isArray(value) ? Math.max(1, value.length) : 1;
};
