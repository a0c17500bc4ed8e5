import { baseSubject } from "./base-subject.ts";
import { parseMailDate } from "./dates.ts";
import { cleanText, decodeCharset, decodeHeaderText, decodeTransfer, foldText } from "./decode-text.ts";
import { messageIds } from "./envelope.ts";
import { type HeaderFields, parseHeaderFields } from "./header.ts";
import { htmlToText } from "./html-text.ts";
import { attachments, isInlineText, type LeafPart, leafParts } from "./leaf-parts.ts";
import { mimeLimits } from "./limits.ts";
import type { EnvelopeAddress, MessageIndex, MessageSummary, MimePart } from "./message-index.ts";
import { parameter } from "./structured-field.ts";

/** The decoded texts of a message, from its bytes and their index. Never throws. */
export function summarise(bytes: Buffer, index: MessageIndex): MessageSummary {
  const { envelope, structure } = index;
  const header = headerOf(bytes, structure);
  const subject = decodeHeaderText(envelope.subject);
  const date = parseMailDate(envelope.date);
  const messageId = messageIds(envelope.messageId)[0] ?? null;
  const replied = messageIds(envelope.inReplyTo);
  const links = index.references.length > 0 ? index.references : replied.slice(0, 1);
  const from = envelope.from.find((address) => address.host !== null);
  const addresses = (name: string) => foldText(decodeHeaderText(header.joined(name)));
  const decoded: DecodedTexts = new Map();
  const body = bodyText(bytes, structure, decoded);
  return {
    subject,
    sender: from ? shownName(from) : "",
    preview: previewOf(bytes, structure, decoded),
    hasAttachment: attachments(structure).length > 0,
    baseSubject: baseSubject(subject),
    sortFrom: sortKey(envelope.from),
    sortTo: sortKey(envelope.to),
    sortCc: sortKey(envelope.cc),
    sortDisplayFrom: displayKey(envelope.from),
    sortDisplayTo: displayKey(envelope.to),
    sentAtMs: date?.instantMs ?? null,
    sentDay: date?.day ?? null,
    messageId,
    links: [messageId ?? "", ...links].map(cleanText),
    search: {
      subject: foldText(subject),
      sender: addresses("from"),
      recipients: addresses("to"),
      cc: addresses("cc"),
      bcc: addresses("bcc"),
      headers: headerText(header),
      body,
    },
  };
}

/** The fields of a part's header. */
export function headerOf(bytes: Buffer, part: MimePart): HeaderFields {
  return parseHeaderFields(bytes.subarray(part.headerOffset, part.headerOffset + part.headerSizeBytes));
}

/** A text part's content as text: transfer encoding and charset undone, HTML left as it is. */
export function partText(
  bytes: Buffer,
  part: MimePart,
  sourceBytesMax: number = mimeLimits.searchSourceBytesMax,
): string {
  const source = bytes.subarray(part.bodyOffset, part.bodyOffset + Math.min(part.bodySizeBytes, sourceBytesMax));
  return cleanText(decodeCharset(decodeTransfer(source, part.encoding), parameter(part.parameters, "charset")));
}

/** Name, or `mailbox@host`, of an address. */
export function shownName(address: EnvelopeAddress): string {
  return decodeHeaderText(address.name) || addressOf(address);
}

function addressOf({ mailbox, host }: EnvelopeAddress): string {
  return decodeHeaderText(host ? `${mailbox ?? ""}@${host}` : mailbox);
}

function sortKey(list: readonly EnvelopeAddress[]): string {
  return foldText(decodeHeaderText(list[0]?.mailbox ?? "")).slice(0, 500);
}

/** RFC 5957 §3: the display name, else the address; a group's name counts. */
function displayKey(list: readonly EnvelopeAddress[]): string {
  const first = list[0];
  return first ? foldText(first.host === null ? decodeHeaderText(first.mailbox) : shownName(first)).slice(0, 500) : "";
}

function headerText(header: HeaderFields): string {
  let text = "";
  for (const { name, value } of header.all) {
    text += `\n${name}: ${decodeHeaderText(value)}`;
    if (text.length > mimeLimits.searchHeadersMax) break;
  }
  return foldText(text.slice(0, mimeLimits.searchHeadersMax).toWellFormed());
}

/** Text parts that were decoded whole: a part is decoded once, whoever asks. */
type DecodedTexts = Map<MimePart, string>;

function bodyText(bytes: Buffer, root: MimePart, decoded: DecodedTexts): string {
  let budget: number = mimeLimits.searchSourceBytesMax;
  const texts: string[] = [];
  for (const { part } of leafParts(root, "messages")) {
    if (budget <= 0) break;
    if (part.message) texts.push(headerText(headerOf(bytes, part.message.structure)));
    if (part.type !== "text") continue;
    const text = partText(bytes, part, budget);
    if (part.bodySizeBytes <= budget) decoded.set(part, text);
    budget -= part.bodySizeBytes;
    texts.push(part.subtype === "html" ? htmlToText(text) : text);
  }
  return foldText(texts.join("\n").slice(0, mimeLimits.searchTextMax).toWellFormed());
}

/** Encoded bytes of a part that a preview looks at; four times as many where tags are among them. */
const previewSourceBytesMax = 16 * 1024;

/** The first words a reader would see: plain text before HTML, quoted lines and white space runs left out. */
function previewOf(bytes: Buffer, root: MimePart, decoded: DecodedTexts): string {
  const inline = [...leafParts(root)].filter(isInlineText);
  for (const wanted of ["plain", "html"]) {
    for (const leaf of inline) {
      if (leaf.part.subtype !== wanted) continue;
      const text = previewText(bytes, leaf, decoded);
      if (text !== "") return text;
    }
  }
  return "";
}

function previewText(bytes: Buffer, { part }: LeafPart, decoded: DecodedTexts): string {
  const sourceMax = previewSourceBytesMax * (part.subtype === "html" ? 4 : 1);
  const whole = part.bodySizeBytes <= sourceMax ? decoded.get(part) : undefined;
  const raw = whole ?? partText(bytes, part, sourceMax);
  const text = part.subtype === "html" ? htmlToText(raw) : raw.replace(/^>.*$/gm, "");
  const short = text
    .slice(0, 4_000)
    .replace(/(?:\s|[\u200b-\u200f]|\u034f|\ufeff|\u00ad)+/g, " ")
    .trim();
  return [...short.slice(0, mimeLimits.previewMax * 2)].slice(0, mimeLimits.previewMax).join("").toWellFormed().trim();
}
