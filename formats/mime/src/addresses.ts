import { mimeLimits } from "./limits.ts";
import type { EnvelopeAddress } from "./message-index.ts";

/**
 * An address list (RFC 5322 §3.4) as IMAP's ENVELOPE wants it, with obsolete forms and whatever real senders write.
 * Never throws. Encoded words stay; comments serve as the name where there is none, as in `a@b (Name)`.
 */
export function parseAddressList(text: string | null): readonly EnvelopeAddress[] {
  if (text === null) return [];
  return new AddressParser(text).list();
}

const special = new Set('()<>[]:;@\\,"');

class AddressParser {
  readonly #text: string;
  #at = 0;
  #comment: string | null = null;
  readonly #found: EnvelopeAddress[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  list(): readonly EnvelopeAddress[] {
    let inGroup = false;
    while (this.#found.length < mimeLimits.addressesMax) {
      this.#skipSpace();
      if (this.#at >= this.#text.length) break;
      const char = this.#text.charAt(this.#at);
      if (char === ",") this.#at++;
      else if (char === ";") {
        this.#at++;
        if (inGroup) this.#found.push({ name: null, mailbox: null, host: null });
        inGroup = false;
      } else if (this.#entry()) inGroup = true;
    }
    if (inGroup) this.#found.push({ name: null, mailbox: null, host: null });
    return this.#found;
  }

  /** One mailbox or the opening of a group; true for the latter. Always moves on. */
  #entry(): boolean {
    this.#comment = null;
    const from = this.#at;
    const phrase = this.#phrase();
    const char = this.#text.charAt(this.#at);
    if (char === "<") {
      this.#at++;
      this.#angle(phrase);
    } else if (char === ":" && phrase !== "") {
      this.#at++;
      this.#found.push({ name: null, mailbox: phrase, host: null });
      return true;
    } else if (char === "@") {
      this.#at++;
      const host = this.#domain();
      this.#restOfEntry();
      this.#found.push({ name: this.#comment, mailbox: phrase.replaceAll(" ", ""), host });
    } else {
      if (phrase !== "") {
        this.#restOfEntry();
        this.#found.push({ name: this.#comment, mailbox: phrase, host: "" });
      }
      if (this.#at === from) this.#at++;
    }
    return false;
  }

  /** After `<`: an optional route, local part, `@`, domain, `>`. */
  #angle(name: string): void {
    let local = this.#phrase();
    if (local === "" && this.#text.charAt(this.#at) === "@") {
      while (this.#at < this.#text.length && !":>".includes(this.#text.charAt(this.#at))) this.#at++;
      if (this.#text.charAt(this.#at) === ":") this.#at++;
      local = this.#phrase();
    }
    let host = "";
    if (this.#text.charAt(this.#at) === "@") {
      this.#at++;
      host = this.#domain();
    }
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== ">") this.#at++;
    this.#at++;
    this.#restOfEntry();
    const shown = name === "" ? this.#comment : name;
    if (local !== "" || host !== "" || shown)
      this.#found.push({ name: shown, mailbox: local.replaceAll(" ", ""), host });
  }

  /** Words, dots and quoted strings up to a special; single spaces between. */
  #phrase(): string {
    let phrase = "";
    let space = false;
    for (;;) {
      const before = this.#at;
      this.#skipSpace();
      space ||= this.#at > before;
      const char = this.#text.charAt(this.#at);
      if (char === "" || (special.has(char) && char !== '"' && char !== "[" && char !== "]" && char !== "\\"))
        return phrase;
      const word = char === '"' ? this.#quoted() : this.#word();
      phrase += (space && phrase !== "" ? " " : "") + word;
      space = false;
    }
  }

  #quoted(): string {
    let value = "";
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        this.#at++;
        break;
      }
      if (char === "\\") this.#at++;
      value += this.#text.charAt(this.#at);
    }
    return value;
  }

  #word(): string {
    const from = this.#at;
    this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === " " || char === "\t" || (special.has(char) && char !== "[" && char !== "]" && char !== "\\")) break;
      this.#at++;
    }
    return this.#text.slice(from, this.#at);
  }

  #domain(): string {
    let domain = "";
    for (;;) {
      this.#skipSpace();
      const char = this.#text.charAt(this.#at);
      if (char === "" || '<>,;:@()"'.includes(char)) return domain;
      if (char === "[") {
        const end = this.#text.indexOf("]", this.#at);
        const stop = end < 0 ? this.#text.length : end + 1;
        domain += this.#text.slice(this.#at, stop);
        this.#at = stop;
      } else domain += this.#word();
    }
  }

  /** What stands between an address and the next comma (or the end of the group) is rubbish, except comments. */
  #restOfEntry(): void {
    for (;;) {
      this.#skipSpace();
      const char = this.#text.charAt(this.#at);
      if (char === "" || char === "," || char === ";") return;
      this.#at++;
    }
  }

  #skipSpace(): void {
    for (;;) {
      const char = this.#text.charAt(this.#at);
      if (char === " " || char === "\t") this.#at++;
      else if (char === "(") this.#comment = this.#readComment();
      else return;
    }
  }

  #readComment(): string {
    let depth = 0;
    let value = "";
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at);
      if (char === "\\") {
        this.#at++;
        value += this.#text.charAt(this.#at);
      } else if (char === "(") {
        if (depth++ > 0) value += char;
      } else if (char === ")") {
        if (--depth === 0) {
          this.#at++;
          break;
        }
        value += char;
      } else value += char;
    }
    return value.trim();
  }
}
