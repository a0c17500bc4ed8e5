import { envelopeOf, references } from "./envelope.ts";
import { type HeaderFields, parseHeaderFields } from "./header.ts";
import { mimeLimits } from "./limits.ts";
import { type Envelope, type MessageIndex, type MimePart, type Parameters, parserVersion } from "./message-index.ts";
import { parameter, parseStructuredField } from "./structured-field.ts";

/**
 * Walks a message once, line by line, and notes where each part lies. Any bytes are a message; nothing throws.
 * RFC 2045, 2046, 2183; limits in limits.ts.
 */
export function indexMessage(bytes: Buffer): MessageIndex {
  const walker = new Walker(bytes);
  const { part, header } = walker.entity(0, "text/plain");
  return {
    version: parserVersion,
    sizeBytes: bytes.length,
    envelope: envelopeOf(header),
    structure: part,
    references: references(header),
  };
}

interface Entity {
  readonly part: MimePart;
  readonly header: HeaderFields;
}

/** What ended a body: a delimiter line of the multipart at `level` of the stack, or the end of the message (-1). */
interface Stop {
  readonly level: number;
  readonly isClose: boolean;
  /** Where the delimiter line begins, or the message's end. */
  readonly at: number;
  /** Lines passed before it. */
  readonly lines: number;
}

type Leaf = Omit<MimePart, "parts" | "message">;

const lineFeed = 10;
const carriageReturn = 13;
const dash = 45;

class Walker {
  readonly #bytes: Buffer;
  /** Always the begin of a line. */
  #at = 0;
  /** Lines passed so far. */
  #lines = 0;
  #parts = 0;
  readonly #boundaries: string[] = [];
  #stop: Stop | null = null;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A header and its body from `headerOffset`, up to the delimiter that ends it, which is left in #stop. */
  entity(depth: number, defaultType: string, headerOffset = this.#at): Entity {
    this.#parts++;
    const isCut = this.#stop !== null;
    if (!isCut) this.#skipHeader();
    const bodyOffset = isCut ? headerOffset : this.#stop ? this.#bodyEnd(headerOffset, this.#stop) : this.#at;
    const header = parseHeaderFields(this.#bytes.subarray(headerOffset, bodyOffset));
    const kind = contentType(header, defaultType);
    const firstLine = this.#lines;
    const boundary = kind.type === "multipart" ? usableBoundary(kind.parameters) : null;
    const isMessage = kind.type === "message" && (kind.subtype === "rfc822" || kind.subtype === "global");
    const mayNest = depth < mimeLimits.depthMax && this.#parts < mimeLimits.partsMax;
    let parts: MimePart[] | undefined;
    let inner: Entity | undefined;
    if (boundary !== null && mayNest) parts = this.#children(boundary, depth, kind.subtype);
    else if (isMessage && mayNest) inner = this.entity(depth + 1, "text/plain", bodyOffset);
    else if (!this.#stop) this.#skipBody();
    const stop = this.#stop ?? { level: -1, isClose: false, at: this.#bytes.length, lines: this.#lines };
    // A child whose header ends right at the delimiter keeps its empty line, and so do those around it.
    const last = parts?.at(-1) ?? inner?.part;
    const innerEnd = last ? last.bodyOffset + last.bodySizeBytes : bodyOffset;
    const bodyEnd = Math.max(this.#bodyEnd(bodyOffset, stop), innerEnd);
    const where = {
      headerOffset,
      headerSizeBytes: bodyOffset - headerOffset,
      bodyOffset,
      bodySizeBytes: bodyEnd - bodyOffset,
      bodyLines: this.#bodyLines(bodyOffset, bodyEnd, stop, stop.lines - firstLine),
    };
    // A multipart or message that was not opened is a leaf of unknown type, so that printers need no third case.
    const isOpaque = (kind.type === "multipart" && !parts) || (isMessage && !inner);
    const described = isOpaque ? { ...kind, ...opaqueKind(kind.type, boundary, mayNest) } : kind;
    const leaf: Leaf = { ...described, ...details(header), ...where };
    if (parts) return { part: { ...leaf, parts: parts.length > 0 ? parts : [wholeBody(where)] }, header };
    if (inner) return { part: { ...leaf, message: messageOf(inner) }, header };
    return { part: leaf, header };
  }

  #children(boundary: string, depth: number, subtype: string): MimePart[] {
    const level = this.#boundaries.length;
    const children: MimePart[] = [];
    if (!this.#stop) {
      this.#boundaries.push(boundary);
      this.#skipBody();
      for (let stop = this.#stop as Stop | null; stop && stop.level === level; stop = this.#stop) {
        this.#stop = null;
        if (stop.isClose || this.#parts >= mimeLimits.partsMax) {
          if (stop.isClose) this.#boundaries.pop();
          this.#skipBody();
        } else children.push(this.entity(depth + 1, subtype === "digest" ? "message/rfc822" : "text/plain").part);
      }
      this.#boundaries.length = level;
    }
    return children;
  }

  /** Passes lines up to and including the empty one, or up to a delimiter. */
  #skipHeader(): void {
    for (;;) {
      if (this.#at >= this.#bytes.length || this.#isDelimiter()) return;
      const from = this.#at;
      this.#nextLine();
      const length = this.#at - from;
      if (length === 1 && this.#bytes[from] === lineFeed) return;
      if (length === 2 && this.#bytes[from] === carriageReturn && this.#bytes[from + 1] === lineFeed) return;
    }
  }

  #skipBody(): void {
    while (this.#at < this.#bytes.length && !this.#isDelimiter()) this.#nextLine();
  }

  #nextLine(): void {
    const feed = this.#bytes.indexOf(lineFeed, this.#at);
    this.#at = feed < 0 ? this.#bytes.length : feed + 1;
    this.#lines++;
  }

  /** Notes and passes a delimiter line of any open multipart, the innermost first (RFC 2046 §5.1.2). */
  #isDelimiter(): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    if (bytes[at] !== dash || bytes[at + 1] !== dash || this.#boundaries.length === 0) return false;
    const feed = bytes.indexOf(lineFeed, at);
    const end = feed < 0 ? bytes.length : feed;
    const line = bytes.toString("latin1", at + 2, Math.min(end, at + 2 + mimeLimits.boundaryMax + 80)).trimEnd();
    for (let level = this.#boundaries.length - 1; level >= 0; level--) {
      const boundary = this.#boundaries[level] ?? "";
      if (!line.startsWith(boundary)) continue;
      const rest = line.slice(boundary.length);
      if (rest !== "" && rest !== "--") continue;
      this.#stop = { level, isClose: rest === "--", at, lines: this.#lines++ };
      this.#at = feed < 0 ? bytes.length : feed + 1;
      return true;
    }
    return false;
  }

  /** The line break before a delimiter belongs to the delimiter. */
  #bodyEnd(bodyOffset: number, stop: Stop): number {
    if (stop.level < 0) return this.#bytes.length;
    let end = stop.at;
    if (end > bodyOffset && this.#bytes[end - 1] === lineFeed) end--;
    if (end > bodyOffset && this.#bytes[end - 1] === carriageReturn) end--;
    return end;
  }

  #bodyLines(bodyOffset: number, bodyEnd: number, stop: Stop, passed: number): number {
    if (bodyEnd <= bodyOffset) return 0;
    if (stop.level < 0 || bodyEnd === stop.at) return passed;
    return this.#bytes[bodyEnd - 1] === lineFeed ? passed - 1 : passed;
  }
}

const messageOf = (inner: Entity): { readonly envelope: Envelope; readonly structure: MimePart } => ({
  envelope: envelopeOf(inner.header),
  structure: inner.part,
});

interface Kind {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: Parameters;
}

/** Content-Type, or the default where it is absent or senseless (RFC 2045 §5.2). */
function contentType(header: HeaderFields, defaultType: string): Kind {
  const text = header.first("content-type");
  const field = text === null ? null : parseStructuredField(text);
  const match = field && /^([!#$%&'*+\-.0-9a-z^_`{|}~]+)\s*\/\s*([!#$%&'*+\-.0-9a-z^_`{|}~]+)/.exec(field.value);
  if (field && match) return { type: match[1] ?? "", subtype: match[2] ?? "", parameters: field.parameters };
  if (field && field.value === "text") return { type: "text", subtype: "plain", parameters: field.parameters };
  if (defaultType === "message/rfc822") return { type: "message", subtype: "rfc822", parameters: [] };
  return { type: "text", subtype: "plain", parameters: [["charset", "us-ascii"]] };
}

function opaqueKind(type: string, boundary: string | null, mayNest: boolean): Kind {
  // A multipart without a boundary is shown as text, as every reader does; one beyond the limits is not opened at all.
  if (type === "multipart" && boundary === null && mayNest)
    return { type: "text", subtype: "plain", parameters: [["charset", "us-ascii"]] };
  return { type: "application", subtype: "octet-stream", parameters: [] };
}

/** A multipart in which no delimiter was found has its whole body as one text part. */
const wholeBody = (where: Pick<MimePart, "bodyOffset" | "bodySizeBytes" | "bodyLines">): MimePart => ({
  type: "text",
  subtype: "plain",
  parameters: [["charset", "us-ascii"]],
  id: null,
  description: null,
  encoding: "7bit",
  md5: null,
  disposition: null,
  language: null,
  location: null,
  ...where,
  headerOffset: where.bodyOffset,
  headerSizeBytes: 0,
});

function usableBoundary(parameters: Parameters): string | null {
  const boundary = parameter(parameters, "boundary")?.trimEnd() ?? "";
  return boundary === "" || boundary.length > mimeLimits.boundaryMax ? null : boundary;
}

function details(header: HeaderFields) {
  const encoding = header.first("content-transfer-encoding");
  const disposition = header.first("content-disposition");
  const language = header.first("content-language");
  const parsed = disposition === null ? null : parseStructuredField(disposition);
  return {
    id: header.first("content-id"),
    description: header.first("content-description"),
    encoding: (encoding === null ? "" : parseStructuredField(encoding).value) || "7bit",
    md5: header.first("content-md5"),
    disposition: parsed && parsed.value !== "" ? { type: parsed.value, parameters: parsed.parameters } : null,
    language: language === null ? null : languages(language),
    location: header.first("content-location"),
  };
}

function languages(text: string): readonly string[] | null {
  const tags = text
    .replace(/\([^()]*\)/g, "")
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "")
    .slice(0, 100);
  return tags.length > 0 ? tags : null;
}
