/** Puts the results from one index up to another into their places; asked for one stretch behind the other. */
type Fill = (rows: Uint32Array, from: number, to: number) => void;

/** Rows of the results of a query, in their order: as many are looked for as somebody wants to see. */
export class ListedResults {
  readonly total: number;
  readonly #rows: Uint32Array;
  readonly #fill: Fill;
  #found = 0;

  constructor(total: number, fill: Fill) {
    this.total = total;
    this.#rows = new Uint32Array(total);
    this.#fill = fill;
  }

  /** Bytes that it holds, with what tells which threads were met. */
  get bytes(): number {
    return 5 * this.total;
  }

  /** The first so many rows, or a few more; fewer where there are no more. */
  first(count: number): Uint32Array {
    const wanted = Math.min(count, this.total);
    if (wanted > this.#found) {
      this.#fill(this.#rows, this.#found, wanted);
      this.#found = wanted;
    }
    return this.#rows.subarray(0, this.#found);
  }

  /** Looks at one stretch behind the other until `look` has seen enough. */
  walk(look: (row: number, at: number) => "enough" | "more"): void {
    for (let from = 0, to = 1_024; from < this.total; to *= 4) {
      const rows = this.first(to);
      for (let at = from; at < rows.length; at++) if (look(rows[at] ?? 0, at) === "enough") return;
      from = rows.length;
    }
  }
}
