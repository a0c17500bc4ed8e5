import { Failure, type FailureOptions } from "@casaforte/kernel";

/** The five settable system flags as bits (RFC 9051 §2.3.2). \Recent belongs to a session and is never stored. */
export const flagBits = { seen: 1, answered: 2, flagged: 4, deleted: 8, draft: 16 } as const;

/** Number of combinations of system flags; ids below it are the bits themselves. */
const systemSets = 32;

/** What a combination and a spelling take beside their texts, and a keyword of a combination, in bytes, about. */
const setBytes = 256;
const spellingBytes = 128;
const placeBytes = 8;

const systemNames = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"] as const;

/** The flags of a message: system flags as bits, keywords sorted and in the spelling first stored. */
export interface Flags {
  readonly bits: number;
  readonly keywords: readonly string[];
}

/** A mailbox has more keywords, or combinations of them, than can be told; to a client it is [LIMIT] (RFC 5530 §3). */
export class FlagTableFull extends Failure {
  constructor(options: FailureOptions = {}) {
    super("rate_limited", "imap.too_many_flag_sets", "The mailbox has too many combinations of keywords", options);
  }
}

/**
 * Gives each distinct combination of flags a small number, so that a mailbox of 100,000 messages is one Uint32Array and
 * FETCH FLAGS prints prepared text. A number below 32 is the bits of the system flags, without keywords. One table
 * belongs to one opened mailbox; numbers of two tables never mix.
 */
export class FlagTable {
  readonly #sets: Flags[] = [];
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #spellings = new Map<string, string>();
  readonly #bytesMax: number;
  #bytes = 0;
  #keywordPlaces = 0;

  /** `bytesMax`: what it may hold, about; it forgets nothing, since sessions go by its numbers. */
  constructor(bytesMax = Number.POSITIVE_INFINITY) {
    this.#bytesMax = bytesMax;
    for (let bits = 0; bits < systemSets; bits++) {
      this.#sets.push({ bits, keywords: [] });
      this.#texts.push(flagText(bits, []));
    }
  }

  /** The number of this combination. Keywords in any order, compared without case, without duplicates. @throws FlagTableFull. */
  intern(bits: number, keywords: readonly string[]): number {
    if (keywords.length === 0) return bits;
    const spelled = keywords.length === 1 ? keywords : [...new Set(keywords.map((word) => this.#spell(word)))].sort();
    const [only = ""] = spelled;
    const key = `${bits} ${spelled.length === 1 ? this.#spell(only) : spelled.join(" ")}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#sets.length;
    const sorted = spelled.map((word) => this.#spell(word));
    const text = flagText(bits, sorted);
    const bytes = setBytes + placeBytes * sorted.length + key.length + text.length;
    if (this.#bytes + bytes > this.#bytesMax) throw new FlagTableFull();
    this.#sets.push({ bits, keywords: sorted });
    this.#texts.push(text);
    this.#numbers.set(key, number);
    this.#keywordPlaces += sorted.length;
    this.#bytes += bytes;
    return number;
  }

  /** The first spelling of a keyword stays (RFC 9051 §2.3.2: keywords are the same without case). */
  #spell(keyword: string): string {
    const lower = keyword.toLowerCase();
    const known = this.#spellings.get(lower);
    if (known !== undefined) return known;
    this.#spellings.set(lower, keyword);
    this.#bytes += spellingBytes + 2 * keyword.length;
    return keyword;
  }

  /** The flags behind a number. */
  flags(number: number): Flags {
    const flags = this.#sets[number];
    if (!flags) throw new RangeError(`no flag set ${number}`);
    return flags;
  }

  /** The flags as printed between the parentheses: `\Seen $Forwarded`. */
  text(number: number): string {
    return this.#texts[number] ?? "";
  }

  /** How many combinations are known; each number is below it. */
  get size(): number {
    return this.#sets.length;
  }

  /** Keywords of all combinations, each as often as it stands in one. */
  get keywordPlaces(): number {
    return this.#keywordPlaces;
  }

  /** Bytes that it holds beside those of an empty one, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How a keyword stands in the combinations; undefined when it is in none. */
  spelling(keyword: string): string | undefined {
    return this.#spellings.get(keyword.toLowerCase());
  }
}

/** What a session reads of the table. */
export type FlagReader = Pick<FlagTable, "flags" | "text" | "size">;

/** The same without how keywords are spelled, which tells whether somebody used them before: all in lower case and its order. */
export function withoutSpelling(table: FlagReader): FlagReader {
  const flags = (number: number): Flags => {
    const { bits, keywords } = table.flags(number);
    return { bits, keywords: keywords.map((keyword) => keyword.toLowerCase()).sort() };
  };
  return {
    flags,
    text(number) {
      const { bits, keywords } = flags(number);
      return flagText(bits, keywords);
    },
    get size() {
      return table.size;
    },
  };
}

function flagText(bits: number, keywords: readonly string[]): string {
  const names: string[] = systemNames.filter((_, bit) => (bits & (1 << bit)) !== 0);
  return [...names, ...keywords].join(" ");
}
