import { Failure, fromUtf8 } from "@casaforte/kernel";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { xmlLimits } from "./limits.ts";

/** An element: its local name, its text when it has no elements inside, and those, in their order. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const malformed = (why: string) => new Failure("invalid", "fatturapa.xml", why);

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  // Entities of a document's own do not exist here: one that declares any has been refused before.
  processEntities: true,
});

/**
 * Reads XML from outside: no document type, no entities but the five, bounded size, depth and number of elements
 * (security.md, check 34). @throws invalid `fatturapa.xml`, too_large `fatturapa.too_large`.
 */
export function readXml(bytes: Uint8Array, bytesMax: number): XmlElement {
  if (bytes.length > bytesMax) throw new Failure("too_large", "fatturapa.too_large", "the file is too large");
  const text = fromUtf8(bytes).replace(/^\uFEFF/, "");
  if (/<!(?!--|\[CDATA\[)/.test(text)) throw malformed("a document type or entity declaration is not accepted");
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/.test(text)) throw malformed("unknown entity");
  assertBounds(text);
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw malformed(verdict.err.msg);
  const roots = elementsOf(parser.parse(text));
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw malformed("one root element is expected");
  return root;
}

/** Counts tags without building anything, so that a bomb of nesting costs a scan. */
function assertBounds(text: string): void {
  let depth = 0;
  let elements = 0;
  for (const [tag] of text.matchAll(/<[/!?]?[^<>]{0,4096}>/g)) {
    if (tag.startsWith("<?") || tag.startsWith("<!")) continue;
    if (tag.startsWith("</")) depth--;
    else if (!tag.endsWith("/>")) depth++;
    elements++;
    if (depth > xmlLimits.depthMax || elements > 2 * xmlLimits.elementsMax)
      throw malformed("too many elements, or too deep");
  }
}

type Ordered = Readonly<Record<string, unknown>>;

function elementsOf(nodes: unknown): XmlElement[] {
  if (!Array.isArray(nodes)) return [];
  const found: XmlElement[] = [];
  for (const node of nodes as Ordered[]) {
    const name = Object.keys(node).find((key) => key !== ":@");
    if (name === undefined || name === "#text" || name.startsWith("?")) continue;
    const children = elementsOf(node[name]);
    found.push({
      name: name.replace(/^.*:/, ""),
      attributes: (node[":@"] ?? {}) as Record<string, string>,
      text: children.length > 0 ? "" : textOf(node[name]),
      children,
    });
  }
  return found;
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return "";
  return (nodes as Ordered[]).map((node) => String(node["#text"] ?? "")).join("");
}

/** The first element on a path of local names; null where there is none. */
export function find(element: XmlElement, ...path: readonly string[]): XmlElement | null {
  let here: XmlElement | null = element;
  for (const name of path) here = here?.children.find((child) => child.name === name) ?? null;
  return here;
}

export const textAt = (element: XmlElement, ...path: readonly string[]): string | null =>
  find(element, ...path)?.text ?? null;
