import { SeededRandom } from "@casaforte/testkit";

/** Chance that can be repeated: run again with SIM_SEED set to the number printed. */
export class SimRandom extends SeededRandom {
  readonly seed: number;

  constructor(seed: number) {
    super(seed);
    this.seed = seed;
    // The first outputs of neighbouring seeds resemble each other.
    for (let turn = 0; turn < 16; turn++) this.next();
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + (this.next() % (most - least + 1));
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.next() % values.length] ?? values[0];
  }
}

/**
 * The seed of a test: from SIM_SEED, else always the same, so that a change passes or fails by what it changed. Seeds that
 * nobody has tried are for `npm run soak`.
 */
export function seededRun(name: string): SimRandom {
  const seed = Number(process.env["SIM_SEED"]) || 20_261_130;
  process.stdout.write(`${name}: SIM_SEED=${seed}\n`);
  return new SimRandom(seed);
}
