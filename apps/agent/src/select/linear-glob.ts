import picomatch from "picomatch";

/** Stars of a segment, and `**` of a path, up to which a regular expression tries again few times only. */
const starsMax = 1;

/** Of one character of a name: itself, any (`?`), one of a set, or any number of any (`*`). */
type Token = string | RegExp | typeof anyOne | typeof anyMany;
const anyOne = Symbol("?");
const anyMany = Symbol("*");
/** Any number of segments. */
const anySegments = Symbol("**");
type Segment = readonly Token[] | typeof anySegments;
const anyName: readonly Token[] = [anyMany];

export const globOptions = { dot: true, nobrace: true, noextglob: true, nonegate: true, strictSlashes: true } as const;

/**
 * Whether a glob has so many stars that a regular expression for it may try for minutes to fit one name: whoever may write
 * into a tree that is saved chooses the names, and patterns come from elsewhere.
 */
export function hasManyStars(glob: string): boolean {
  const segments = segmentsOf(glob);
  const stars = segments.map((segment) =>
    segment === anySegments ? 0 : segment.filter((token) => token === anyMany).length,
  );
  return segments.filter((segment) => segment === anySegments).length > starsMax || Math.max(...stars) > starsMax;
}

/**
 * As the regular expression of picomatch with `globOptions`, in time that grows with glob and text alone; but `**` between
 * the first two slashes stands for no name too.
 */
export class LinearGlob {
  readonly #segments: readonly Segment[];

  constructor(glob: string) {
    this.#segments = segmentsOf(glob);
  }

  test(text: string): boolean {
    // `/home/**` is what is below it: the two stars at the end are for one segment at least.
    const isBelow = this.#segments.length > 1 && this.#segments.at(-1) === anySegments;
    const segments = isBelow ? [...this.#segments, anyName] : this.#segments;
    return fits(segments, text.split("/"), anySegments, (segment, name) => {
      return segment !== anySegments && fits(segment, name, anyMany, fitsOne);
    });
  }
}

/**
 * Whether all items are fitted in order. Only the last `many` that was met need ever take in more: what an earlier one
 * could take, this one can.
 */
function fits<Pattern, Item>(
  patterns: readonly Pattern[],
  items: ArrayLike<Item>,
  many: Pattern,
  isFit: (pattern: Pattern, item: Item) => boolean,
): boolean {
  let [pattern, item, lastMany, takenTo] = [0, 0, -1, 0];
  while (item < items.length) {
    const next = patterns[pattern];
    if (pattern < patterns.length && next === many) {
      lastMany = pattern++;
      takenTo = item;
    } else if (pattern < patterns.length && isFit(next as Pattern, items[item] as Item)) {
      pattern++;
      item++;
    } else if (lastMany >= 0) {
      pattern = lastMany + 1;
      item = ++takenTo;
    } else return false;
  }
  while (patterns[pattern] === many && pattern < patterns.length) pattern++;
  return pattern === patterns.length;
}

function fitsOne(token: Token, character: string): boolean {
  return (
    token === anyOne ||
    (typeof token === "string" ? token === character : token instanceof RegExp && token.test(character))
  );
}

const segmentsOf = (glob: string): Segment[] =>
  glob.split("/").map((segment) => (segment === "**" ? anySegments : [...tokensOf(segment)]));

/** A set begins with `[`, ends with the next `]` that is not its first character, and may be turned round by `!`. */
const tokenPattern = /\\.|\*+|\[(?:!|(?!!))(?:\\.|[^\\])(?:\\.|[^\]\\])*\]|./gsu;

function* tokensOf(segment: string): Generator<Token> {
  for (const [found] of segment.matchAll(tokenPattern)) {
    if (found.startsWith("*")) yield anyMany;
    else if (found === "?") yield anyOne;
    else if (found.startsWith("[") && found.length > 1) yield picomatch.makeRe(found, globOptions);
    // One of UTF-16's halves at a time, as in the expression.
    else for (const half of (found.length > 1 && found.startsWith("\\") ? found.slice(1) : found).split("")) yield half;
  }
}
