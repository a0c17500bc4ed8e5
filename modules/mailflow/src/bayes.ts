import { createHash } from "node:crypto";
import type { ParsedMessage } from "@casaforte/mime";
import { mailflowLimits } from "./limits.ts";

/** How often a word stood in what the account called spam, and in what it wanted. */
export interface WordCount {
  readonly spam: number;
  readonly ham: number;
}

/** Words of a message as 64-bit digests, each once: what the account reads must not lie in a table in clear. */
export function wordsOf({ summary }: ParsedMessage): readonly bigint[] {
  const { search } = summary;
  const words = new Set<string>();
  const take = (prefix: string, text: string) => {
    for (const [word] of text.slice(0, mailflowLimits.bayesTextMax).matchAll(/[\p{L}\p{N}$€£%!'-]{3,40}/gu)) {
      if (words.size >= mailflowLimits.bayesWordsMax) return;
      words.add(`${prefix}${word.toLowerCase()}`);
    }
  };
  take("f:", search.sender);
  take("s:", search.subject);
  take("", search.body);
  return [...words].map((word) => createHash("sha256").update(word).digest().readBigInt64BE(0));
}

/**
 * Robinson's combination by Fisher's method: near 1 spam, near 0 wanted, near 0.5 undecided. Null below the number of
 * lessons from which a judgement is more than chance.
 */
export function spamProbability(
  words: readonly WordCount[],
  lessons: { readonly spam: number; readonly ham: number },
): number | null {
  if (lessons.spam < mailflowLimits.bayesLessonsMin || lessons.ham < mailflowLimits.bayesLessonsMin) return null;
  const chances = words
    .map(({ spam, ham }) => {
      const bad = Math.min(1, spam / lessons.spam);
      const good = Math.min(1, ham / lessons.ham);
      const seen = spam + ham;
      const raw = bad + good === 0 ? 0.5 : bad / (bad + good);
      // A word seen seldom says little: half a sighting of "nothing known" is mixed in.
      return (0.5 * 0.5 + seen * raw) / (0.5 + seen);
    })
    .filter((chance) => Math.abs(chance - 0.5) > 0.1)
    .sort((a, b) => Math.abs(b - 0.5) - Math.abs(a - 0.5))
    .slice(0, mailflowLimits.bayesClues);
  if (chances.length === 0) return 0.5;
  const sum = (of: (chance: number) => number) => chances.reduce((total, chance) => total + Math.log(of(chance)), 0);
  const spamminess = 1 - chiSquared(-2 * sum((chance) => 1 - chance), 2 * chances.length);
  const wantedness = 1 - chiSquared(-2 * sum((chance) => chance), 2 * chances.length);
  return (1 + spamminess - wantedness) / 2;
}

/** The upper tail of the chi-squared distribution for an even number of degrees of freedom. */
function chiSquared(value: number, degrees: number): number {
  const half = value / 2;
  let term = Math.exp(-half);
  let sum = term;
  for (let i = 1; i < degrees / 2; i++) {
    term *= half / i;
    sum += term;
  }
  return Math.min(1, sum);
}
