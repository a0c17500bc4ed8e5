import { SyntaxFailure } from "./syntax-failure.ts";

/**
 * One command as it came: lines and literals in turn, starting and ending with a line, one character a byte. The
 * announcements `{n}` are cut off, so a literal stands exactly where one line ends and the next begins.
 */
export type CommandPieces = readonly string[];

const space = 32;

/** Classes of the grammar by character code: 1 atom, 2 astring (adds `]`), 4 list pattern (adds `%` and `*`). */
const classes = new Uint8Array(256);
for (let code = 33; code < 256; code++) {
  if (code === 127) continue;
  const special = '(){%*"\\]'.includes(String.fromCharCode(code));
  if (!special) classes[code] = code < 127 ? 7 : 6;
}
classes[0x5d] = 2 | 4;
classes[0x25] = 4;
classes[0x2a] = 4;

/** Reads the words of one command from left to right. Every method throws SyntaxFailure where the grammar does not fit. */
export class Cursor {
  readonly #pieces: CommandPieces;
  #piece = 0;
  #line: string;
  #at = 0;

  constructor(pieces: CommandPieces) {
    this.#pieces = pieces;
    this.#line = pieces[0] ?? "";
  }

  /** The next character, empty at the end of a line. */
  peek(): string {
    return this.#line.charAt(this.#at);
  }

  /** Text from here matches without case. */
  looksAt(word: string): boolean {
    return this.#line.slice(this.#at, this.#at + word.length).toUpperCase() === word;
  }

  /** True when only spaces are left and no literal. */
  get atEnd(): boolean {
    if (this.#piece < this.#pieces.length - 1) return false;
    for (let at = this.#at; at < this.#line.length; at++) if (this.#line.charCodeAt(at) !== space) return false;
    return true;
  }

  /** True when the line is used up and a literal comes next, or would if it had been sent yet. */
  get atLineEnd(): boolean {
    return this.#at >= this.#line.length;
  }

  end(): void {
    if (!this.atEnd) throw new SyntaxFailure("Unexpected text at the end of the command");
  }

  take(character: string): boolean {
    if (this.#line.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  expect(character: string): void {
    if (!this.take(character)) throw new SyntaxFailure(`Expected ${character === " " ? "a space" : character}`);
  }

  space(): void {
    this.expect(" ");
  }

  skipSpaces(): void {
    while (this.#line.charCodeAt(this.#at) === space) this.#at++;
  }

  /** Takes the word when it comes next, without case. */
  takeWord(word: string): boolean {
    if (!this.looksAt(word)) return false;
    const after = this.#line.charCodeAt(this.#at + word.length);
    if (after < 256 && (classes[after] ?? 0) & 1 && after !== 0x5b && after !== 0x3c) return false;
    this.#at += word.length;
    return true;
  }

  /** A run of characters of a class. */
  #run(mask: number, what: string): string {
    const line = this.#line;
    let end = this.#at;
    while (end < line.length && ((classes[line.charCodeAt(end)] ?? 0) & mask) !== 0) end++;
    if (end === this.#at) throw new SyntaxFailure(`Expected ${what}`);
    const text = line.slice(this.#at, end);
    this.#at = end;
    return text;
  }

  atom(what = "an atom"): string {
    return this.#run(1, what);
  }

  /** Letters, digits, `.` and `-` in upper case: names of commands, FETCH items, options. */
  word(what: string): string {
    const line = this.#line;
    let end = this.#at;
    while (end < line.length && isWordCode(line.charCodeAt(end))) end++;
    if (end === this.#at) throw new SyntaxFailure(`Expected ${what}`);
    const text = line.slice(this.#at, end).toUpperCase();
    this.#at = end;
    return text;
  }

  /** Everything up to the end of the command; for commands that parse on their own. */
  rest(): string {
    const text = this.#line.slice(this.#at);
    this.#at = this.#line.length;
    return text;
  }

  /** Digits; at most `max`, 2^32 - 1 unless told otherwise. */
  number(max = 0xffff_ffff): number {
    const line = this.#line;
    let end = this.#at;
    while (end < line.length && isDigit(line.charCodeAt(end))) end++;
    if (end === this.#at || end - this.#at > 20) throw new SyntaxFailure("Expected a number");
    const value = Number(line.slice(this.#at, end));
    if (value > max) throw new SyntaxFailure("Number too large");
    this.#at = end;
    return value;
  }

  nonZeroNumber(): number {
    const value = this.number();
    if (value === 0) throw new SyntaxFailure("Expected a number above zero");
    return value;
  }

  /** A mod-sequence: 63 bits in the protocol, clamped to what a number holds exactly (RFC 7162 §7). */
  modseq(): number {
    return Math.min(this.number(2 ** 63), Number.MAX_SAFE_INTEGER);
  }

  /** quoted or literal. */
  string(what = "a string"): string {
    if (this.peek() === '"') return this.#quoted();
    if (this.#literalIsNext()) return this.#literal();
    throw new SyntaxFailure(`Expected ${what}`);
  }

  astring(what = "a string"): string {
    const next = this.peek();
    if (next === '"' || this.#literalIsNext()) return this.string(what);
    return this.#run(2, what);
  }

  /** NIL or a string. */
  nstring(): string | null {
    if (this.peek() !== '"' && this.takeWord("NIL")) return null;
    return this.string("a string or NIL");
  }

  listMailbox(): string {
    const next = this.peek();
    if (next === '"' || this.#literalIsNext()) return this.string("a mailbox pattern");
    return this.#run(4, "a mailbox pattern");
  }

  /** The characters of a sequence set, unparsed. */
  sequenceText(): string {
    const line = this.#line;
    let end = this.#at;
    while (end < line.length && isSequenceCode(line.charCodeAt(end))) end++;
    if (end === this.#at) throw new SyntaxFailure("Expected a sequence set");
    const text = line.slice(this.#at, end);
    this.#at = end;
    return text;
  }

  /** `\Flag` or keyword, as written. */
  flag(): string {
    const backslash = this.take("\\");
    const name = this.atom("a flag");
    return backslash ? `\\${name}` : name;
  }

  /** `( item item )`, also empty when `mayBeEmpty`. */
  list<T>(item: () => T, max: number, mayBeEmpty = false): T[] {
    this.expect("(");
    const items: T[] = [];
    this.skipSpaces();
    if (this.take(")")) {
      if (!mayBeEmpty) throw new SyntaxFailure("The list is empty");
      return items;
    }
    for (;;) {
      if (items.length >= max) throw new SyntaxFailure("The list is too long");
      items.push(item());
      if (this.take(")")) return items;
      this.space();
      this.skipSpaces();
      if (this.take(")")) return items;
    }
  }

  #quoted(): string {
    const line = this.#line;
    let at = this.#at + 1;
    let from = at;
    let text = "";
    for (; at < line.length; at++) {
      const code = line.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return text + line.slice(from, at);
      }
      if (code === 0 || code === 13) throw new SyntaxFailure("Bad character in a quoted string");
      if (code === 0x5c) {
        const escaped = line.charCodeAt(at + 1);
        if (escaped !== 0x22 && escaped !== 0x5c) throw new SyntaxFailure("Bad escape in a quoted string");
        text += line.slice(from, at);
        from = at + 1;
        at++;
      }
    }
    throw new SyntaxFailure("A quoted string does not end");
  }

  #literalIsNext(): boolean {
    return this.#at >= this.#line.length && this.#piece + 2 < this.#pieces.length;
  }

  #literal(): string {
    const text = this.#pieces[this.#piece + 1] ?? "";
    this.#piece += 2;
    this.#line = this.#pieces[this.#piece] ?? "";
    this.#at = 0;
    if (text.includes("\0")) throw new SyntaxFailure("A literal holds a NUL");
    return text;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isSequenceCode(code: number): boolean {
  return isDigit(code) || code === 0x3a || code === 0x2c || code === 0x2a || code === 0x24;
}

function isWordCode(code: number): boolean {
  return (
    isDigit(code) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 0x2e ||
    code === 0x2d ||
    code === 0x3d
  );
}
