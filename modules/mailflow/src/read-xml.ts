import { Failure } from "@casaforte/kernel";
import { mailflowLimits } from "./limits.ts";

/** An element by its local name; attributes and mixed text are not kept, reports have none that matter. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const broken = (why: string) =>
  new Failure("invalid", "mailflow.report_unreadable", `the report cannot be read: ${why}`);

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const decode = (text: string): string =>
  text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
    },
  );

// One way only to split a tag into name and attributes, and those bounded: no text makes this try over and over.
const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s<>/]{1,100})\s*>|<([^\s<>/!?"']{1,100})(?=[\s/>])((?:[^<>"']|"[^"<]{0,1000}"|'[^'<]{0,1000}'){0,2000}?)(\/?)>|([^<]+)/gy;

/**
 * Reads the XML of a report: elements and their text, no more. A document type is refused, so that no entity is ever
 * defined; depth and number of elements are bounded. @throws invalid `mailflow.report_unreadable`.
 */
export function readXml(source: string): XmlElement {
  const root = { name: "", children: [] as XmlElement[], text: "" };
  const open = [root];
  let elements = 0;
  token.lastIndex = 0;
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < source.length) {
    token.lastIndex = at;
    const found = token.exec(source);
    const current = open.at(-1);
    if (!found || !current) throw broken("it is not well formed");
    at = token.lastIndex;
    const [, cdata, closing, opening, , selfClosing, text] = found;
    if (text !== undefined) current.text += decode(text);
    else if (cdata !== undefined) current.text += cdata;
    else if (closing !== undefined) {
      if (open.length === 1 || current.name !== local(closing)) throw broken("it is not well formed");
      open.pop();
    } else if (opening !== undefined) {
      elements++;
      if (elements > mailflowLimits.reportElementsMax || open.length > mailflowLimits.reportDepthMax)
        throw broken("it is too large");
      const element = { name: local(opening), children: [] as XmlElement[], text: "" };
      current.children.push(element);
      if (selfClosing === "") open.push(element);
    }
  }
  const [top] = root.children;
  if (open.length !== 1 || top === undefined) throw broken("it is cut short");
  return top;
}

const local = (name: string): string => name.slice(name.indexOf(":") + 1).toLowerCase();

/** The first element on a path below, or null. */
export function below(element: XmlElement | null, ...path: readonly string[]): XmlElement | null {
  let found = element;
  for (const name of path) found = found?.children.find((child) => child.name === name) ?? null;
  return found;
}

/** Its text without the space around it; empty when it is not there. */
export const textBelow = (element: XmlElement | null, ...path: readonly string[]): string =>
  below(element, ...path)?.text.trim() ?? "";
