import { parseSieve, type SieveProgram } from "@casaforte/sieve";
import { filingLimits } from "./limits.ts";

/** Parsed scripts, the oldest forgotten first. A script that no longer parses is null. */
export class Programs {
  readonly #known = new Map<string, SieveProgram | null>();

  of(script: string): SieveProgram | null {
    const known = this.#known.get(script);
    if (known !== undefined) return known;
    if (this.#known.size >= filingLimits.programsKept) {
      const oldest = this.#known.keys().next();
      if (!oldest.done) this.#known.delete(oldest.value);
    }
    const program = parseOrNull(script);
    this.#known.set(script, program);
    return program;
  }
}

export function parseOrNull(script: string): SieveProgram | null {
  try {
    return parseSieve(script);
  } catch {
    return null;
  }
}
