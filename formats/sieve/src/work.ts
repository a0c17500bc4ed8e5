import { sieveLimits } from "./limits.ts";

/** A run that cannot go on: the message is kept and the reason recorded. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
}

/** Bounds the comparisons of one run. */
export class Work {
  #left: number = sieveLimits.workMax;

  /** @throws RunFailure. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new RunFailure("the script compares too much");
  }
}
