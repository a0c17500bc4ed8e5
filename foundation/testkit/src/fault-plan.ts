/** Decides which call of a port fails: the k-th, counted over all ports that share the plan. */
export class FaultPlan {
  #calls = 0;
  #failAt: number;

  constructor(failAt: number) {
    this.#failAt = failAt;
  }

  /** Call before the real work. @throws Error `injected fault` on the chosen call. */
  pass(what: string): void {
    this.#calls++;
    if (this.#calls === this.#failAt) throw new Error(`injected fault at call ${this.#calls}: ${what}`);
  }

  get calls(): number {
    return this.#calls;
  }

  get fired(): boolean {
    return this.#calls >= this.#failAt;
  }
}
