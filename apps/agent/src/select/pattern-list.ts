import picomatch from "picomatch";
import { globOptions, hasManyStars, LinearGlob } from "./linear-glob.ts";

/** Longest pattern, and how many a list may hold: rules come from files that people write. */
export const patternLimits = { charsMax: 4096, patternsMax: 10_000 } as const;

/** A path and another that leads there, as by a link. */
export interface PathAlias {
  readonly real: string;
  readonly named: string;
}

interface Rule {
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
  /** Tested against the name alone: the pattern has no slash inside. */
  readonly byName: boolean;
  readonly expression: Pick<RegExp, "test">;
}

/**
 * Rules in the manner of gitignore(5): `*`, `?`, `[a-z]`, `**`; `/` at the end means directories, `!` in front takes an
 * earlier rule back, the last rule that fits decides. A rule without a slash fits names anywhere; one that begins with a
 * slash is an absolute path; any other fits at every depth. Names that are no UTF-8 are matched with U+FFFD for their
 * odd bytes, which `*` and `?` fit.
 */
export class PatternList {
  readonly #rules: readonly Rule[];
  readonly #aliases: readonly PathAlias[];

  /**
   * Lines as in a file: empty ones and those that begin with `#` are passed over. A rule with a slash in front is about
   * a path below `base`; what lies below an alias has two paths. @throws RangeError past the limits.
   */
  constructor(lines: readonly string[], base = "/", aliases: readonly PathAlias[] = []) {
    if (lines.length > patternLimits.patternsMax) throw new RangeError("too many patterns");
    const above = base.replace(/\/+$/, "");
    this.#rules = lines.map((line) => parse(line, above)).filter((rule) => rule !== null);
    this.#aliases = aliases.map(({ real, named }) => ({ real: asFolder(real), named: asFolder(named) }));
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Whether the last rule that fits an absolute path takes it in. */
  matches(path: Buffer, isDirectory: boolean): boolean {
    if (this.#rules.length === 0) return false;
    const text = path.toString("utf8");
    const name = text.slice(text.lastIndexOf("/") + 1);
    const others = this.#aliases
      .filter(({ real }) => text.startsWith(real))
      .map(({ real, named }) => `${named}${text.slice(real.length)}`);
    for (let index = this.#rules.length - 1; index >= 0; index--) {
      const rule = this.#rules[index];
      if (rule === undefined || (rule.directoriesOnly && !isDirectory)) continue;
      const { expression, byName } = rule;
      const isFit =
        expression.test(byName ? name : text) || (!byName && others.some((other) => expression.test(other)));
      if (isFit) return !rule.negated;
    }
    return false;
  }
}

const asFolder = (path: string): string => path.replace(/\/*$/, "/");

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
  // The library knows more signs than these rules do.
  const plain = anchored.replace(/\\.|[()|+@$^]/g, (found) => (found.length === 2 ? found : `\\${found}`));
  // The library's `/**/a` is not for `/a`.
  const isOwn = hasManyStars(plain) || plain.startsWith("/**/");
  const expression = isOwn ? new LinearGlob(plain) : picomatch.makeRe(plain, globOptions);
  return { negated, directoriesOnly, byName, expression };
}
