import { Failure } from "@casaforte/kernel";
import { limits } from "./limits.ts";

/** An element; text between child elements is kept joined in `text`. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Builds an element; empty parts may be left out. */
export const element = (
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly XmlElement[] = [],
  text = "",
): XmlElement => ({ name, attributes, children, text });

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** XML 1.0 text with its declaration. Characters XML cannot hold become U+FFFD. */
export function printXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${printElement(root)}\n`;
}

function printElement({ name, attributes, children, text }: XmlElement): string {
  const printed = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(value)}"`);
  const content = escapeText(text) + children.map(printElement).join("");
  const open = `<${name}${printed.join("")}`;
  return content === "" ? `${open}/>` : `${open}>${content}</${name}>`;
}

function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\t", "&#9;")
    .replaceAll("\n", "&#10;")
    .replaceAll("\r", "&#13;");
}

const namePattern = /[A-Za-z_][\w.-]*/y;
const spacePattern = /[ \t\r\n]*/y;

/**
 * Reads the XML that backup metadata is: elements, attributes, text, character references and comments. No document
 * type, so no entity of its own and nothing outside. @throws corrupt `vbm.xml` with the place.
 */
export function parseXml(text: string): XmlElement {
  const reader = new XmlReader(text.startsWith("\ufeff") ? text.slice(1) : text);
  return reader.document();
}

class XmlReader {
  readonly #text: string;
  #at = 0;
  #elementsLeft: number = limits.xmlElementsMax;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlElement {
    if (this.#text.startsWith("<?xml ")) this.#at = this.#find("?>") + 2;
    this.#skipBetween();
    const root = this.#element(0);
    this.#skipBetween();
    if (this.#at !== this.#text.length) throw this.#trouble("something after the root element");
    return root;
  }

  #element(depth: number): XmlElement {
    if (depth > limits.xmlDepthMax || this.#elementsLeft-- <= 0) throw this.#trouble("too deep or too many elements");
    this.#expect("<");
    const name = this.#match(namePattern, "a name");
    const attributes = this.#attributes();
    if (this.#accept("/>")) return element(name, attributes);
    this.#expect(">");
    const children: XmlElement[] = [];
    let text = "";
    while (!this.#accept("</")) {
      if (this.#accept("<!--")) this.#at = this.#find("-->") + 3;
      else if (this.#text[this.#at] === "<") children.push(this.#element(depth + 1));
      else text += this.#characters("<");
    }
    if (this.#match(namePattern, "a name") !== name) throw this.#trouble("an end tag of another element");
    this.#match(spacePattern, "");
    this.#expect(">");
    return element(name, attributes, children, children.length > 0 && text.trim() === "" ? "" : text);
  }

  #attributes(): Record<string, string> {
    const attributes: Record<string, string> = Object.create(null);
    while (true) {
      const space = this.#match(spacePattern, "");
      const next = this.#text[this.#at];
      if (next === ">" || next === "/") return { ...attributes };
      if (space === "") throw this.#trouble("no space before an attribute");
      const name = this.#match(namePattern, "an attribute");
      this.#match(spacePattern, "");
      this.#expect("=");
      this.#match(spacePattern, "");
      const quote = this.#text[this.#at++];
      if (quote !== '"' && quote !== "'") throw this.#trouble("an attribute without quotes");
      if (name in attributes) throw this.#trouble("an attribute given twice");
      attributes[name] = this.#characters(quote);
      this.#at++;
    }
  }

  /** Text up to `end`, which stays unread, with references resolved. */
  #characters(end: string): string {
    const start = this.#at;
    this.#at = this.#find(end);
    const raw = this.#text.slice(start, this.#at);
    if (raw.includes("<")) throw this.#trouble("a bare <");
    return raw.replaceAll(/&([^;&]{0,10});?/g, (whole, name: string) => {
      const named = entities[name];
      if (named !== undefined && whole.endsWith(";")) return named;
      const number = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
      const code = number ? Number.parseInt(number[1] ?? number[2] ?? "", number[1] === undefined ? 10 : 16) : -1;
      if (code < 1 || code > 0x10ffff || !whole.endsWith(";")) throw this.#trouble("an unknown entity");
      return String.fromCodePoint(code);
    });
  }

  #skipBetween(): void {
    this.#match(spacePattern, "");
    while (this.#accept("<!--")) {
      this.#at = this.#find("-->") + 3;
      this.#match(spacePattern, "");
    }
  }

  #find(what: string): number {
    const at = this.#text.indexOf(what, this.#at);
    if (at < 0) throw this.#trouble(`no ${what}`);
    return at;
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw this.#trouble(`${what} expected`);
    this.#at += match[0].length;
    return match[0];
  }

  #accept(what: string): boolean {
    const isThere = this.#text.startsWith(what, this.#at);
    if (isThere) this.#at += what.length;
    return isThere;
  }

  #expect(what: string): void {
    if (!this.#accept(what)) throw this.#trouble(`${what} expected`);
  }

  #trouble(what: string): Failure {
    return new Failure("corrupt", "vbm.xml", `malformed XML: ${what}`, { details: { at: this.#at } });
  }
}
