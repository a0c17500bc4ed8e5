import picomatch from "picomatch";

/** Longest pattern, and how many a list may hold: rules come from files that people write. */
export const patternLimits = { charsMax: 4096, patternsMax: 10_000 } as const;

interface Rule {
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
  /** Tested against the name alone: the pattern has no slash inside. */
  readonly byName: boolean;
  readonly expression: RegExp;
}

/**
 * Rules in the manner of gitignore(5): `*`, `?`, `[a-z]`, `**`; `/` at the end means directories, `!` in front takes an
 * earlier rule back, the last rule that fits decides. A rule without a slash fits names anywhere; one that begins with a
 * slash is an absolute path; any other fits at every depth. Names that are no UTF-8 are matched with U+FFFD for their
 * odd bytes, which `*` and `?` fit.
 */
export class PatternList {
  readonly #rules: readonly Rule[];

  /**
   * Lines as in a file: empty ones and those that begin with `#` are passed over. A rule with a slash in front is about
   * a path below `base`. @throws RangeError past the limits.
   */
  constructor(lines: readonly string[], base = "/") {
    if (lines.length > patternLimits.patternsMax) throw new RangeError("too many patterns");
    const above = base.replace(/\/+$/, "");
    this.#rules = lines.map((line) => parse(line, above)).filter((rule) => rule !== null);
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Whether the last rule that fits an absolute path takes it in. */
  matches(path: Buffer, isDirectory: boolean): boolean {
    if (this.#rules.length === 0) return false;
    const text = path.toString("utf8");
    const name = text.slice(text.lastIndexOf("/") + 1);
    for (let index = this.#rules.length - 1; index >= 0; index--) {
      const rule = this.#rules[index];
      if (rule === undefined || (rule.directoriesOnly && !isDirectory)) continue;
      if (rule.expression.test(rule.byName ? name : text)) return !rule.negated;
    }
    return false;
  }
}

/** `\#` and `\!` stand for themselves; blanks at the end count only behind a backslash. */
function parse(line: string, above: string): Rule | null {
  if (line.length > patternLimits.charsMax) throw new RangeError("a pattern is too long");
  let glob = line.replace(/(?<!\\)\s+$/, "");
  if (glob === "" || glob.startsWith("#")) return null;
  const negated = glob.startsWith("!");
  if (negated) glob = glob.slice(1);
  const directoriesOnly = glob.endsWith("/") && glob.length > 1;
  if (directoriesOnly) glob = glob.replace(/\/+$/, "");
  if (glob === "") return null;
  const byName = !glob.includes("/");
  const anchored = byName ? glob : `${above.replace(/[*?[\]\\]/g, "\\$&")}${glob.startsWith("/") ? "" : "/**/"}${glob}`;
  const options = { dot: true, nobrace: true, noextglob: true, nonegate: true, strictSlashes: true } as const;
  // The library knows more signs than these rules do.
  const plain = anchored.replace(/\\.|[()|+@$^]/g, (found) => (found.length === 2 ? found : `\\${found}`));
  return { negated, directoriesOnly, byName, expression: picomatch.makeRe(plain, options) };
}
