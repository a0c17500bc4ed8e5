import type { Bytes } from "@casaforte/kernel";
import { parseMessage } from "@casaforte/mime";
import { type Fields, read, toSet } from "./arguments.ts";
import type { EmailRecord } from "./backend.ts";
import { messageBlobId, partBlobId } from "./blob-ids.ts";
import { bodyLists } from "./body-parts.ts";
import { type HeaderProperty, headerProperty, parseHeaderProperty, rawText } from "./header-forms.ts";
import { bodyPartsMax, bodyValueBytesMax, emailPropertiesMax } from "./limits.ts";
import { envelopeFields, type OpenedMessage, type OpenedPart, openMessage } from "./message.ts";
import { JmapError } from "./method-error.ts";
import type { RequestBudget } from "./request-budget.ts";

/** Properties that a list needs: answered without opening the message. */
const recordProperties = {
  id: (email) => email.id,
  blobId: (email) => messageBlobId(email.id),
  threadId: (email) => email.threadId,
  mailboxIds: (email) => toSet(email.mailboxIds),
  keywords: (email) => toSet(email.keywords),
  size: (email) => email.size,
  receivedAt: (email) => new Date(email.receivedAtMs).toISOString().replace(/\.\d+Z$/, "Z"),
  messageId: (email) => email.messageId,
  inReplyTo: (email) => email.inReplyTo,
  sender: (email) => email.sender,
  from: (email) => email.from,
  to: (email) => email.to,
  cc: (email) => email.cc,
  bcc: (email) => email.bcc,
  replyTo: (email) => email.replyTo,
  subject: (email) => email.subject,
  sentAt: (email) => email.sentAt,
  hasAttachment: (email) => email.hasAttachment,
  preview: (email) => email.preview,
} as const satisfies Record<string, (email: EmailRecord) => unknown>;

const openProperties = [
  "references",
  "headers",
  "bodyStructure",
  "bodyValues",
  "textBody",
  "htmlBody",
  "attachments",
] as const;

/** RFC 8621 §4.2: what is answered when `properties` is absent. */
const defaultProperties = [
  ...Object.keys(recordProperties),
  "references",
  "bodyValues",
  "textBody",
  "htmlBody",
  "attachments",
];

const defaultBodyProperties = [
  "partId",
  "blobId",
  "size",
  "name",
  "type",
  "charset",
  "disposition",
  "cid",
  "language",
  "location",
];

/** What an Email/get asks for, checked. */
export interface EmailView {
  readonly properties: readonly string[];
  readonly isIdAsked: boolean;
  readonly bodyProperties: readonly string[];
  readonly fetchText: boolean;
  readonly fetchHtml: boolean;
  readonly fetchAll: boolean;
  readonly maxBodyValueBytes: number;
  /** Some property needs the message's bytes. */
  readonly needsMessage: boolean;
}

/** @throws JmapError `invalidArguments` for an unknown property, or too many. */
export function readEmailView(args: Fields): EmailView {
  const properties = readProperties(args, "properties") ?? defaultProperties;
  let needsMessage = false;
  for (const property of properties) {
    if (Object.hasOwn(recordProperties, property)) continue;
    const isKnown = openProperties.some((name) => name === property) || parseHeaderProperty(property) !== null;
    if (!isKnown) throw new JmapError("invalidArguments", `unknown property ${property}`, ["properties"]);
    needsMessage = true;
  }
  const asked = read.integer(args, "maxBodyValueBytes", 0, 0);
  return {
    properties: ["id", ...properties.filter((property) => property !== "id")],
    isIdAsked: properties.includes("id"),
    bodyProperties: readProperties(args, "bodyProperties") ?? defaultBodyProperties,
    fetchText: read.boolean(args, "fetchTextBodyValues", false),
    fetchHtml: read.boolean(args, "fetchHTMLBodyValues", false),
    fetchAll: read.boolean(args, "fetchAllBodyValues", false),
    maxBodyValueBytes: asked === 0 ? bodyValueBytesMax : Math.min(asked, bodyValueBytesMax),
    needsMessage,
  };
}

/** Each once. */
function readProperties(args: Fields, name: "properties" | "bodyProperties"): readonly string[] | null {
  const named = read.stringsOrNull(args, name);
  const properties = named && [...new Set(named)];
  if (properties && properties.length > emailPropertiesMax)
    throw new JmapError("invalidArguments", `at most ${emailPropertiesMax} properties`, [name]);
  return properties;
}

/** The Email object of a record; `message` is there when the view `needsMessage`. @throws JmapError `requestTooLarge`. */
export function emailObject(
  view: EmailView,
  email: EmailRecord,
  message: OpenedMessage | null,
  budget: RequestBudget,
): Fields {
  const object: Record<string, unknown> = {};
  const lists = message === null ? null : bodyLists(message.root);
  for (const property of view.properties) {
    const ofRecord = recordProperties[property as keyof typeof recordProperties];
    if (ofRecord !== undefined) {
      object[property] = budget.answer(ofRecord(email));
    } else if (message !== null && lists !== null) {
      object[property] = openProperty(property, { view, blobId: messageBlobId(email.id), message, lists, budget });
    }
  }
  return object;
}

/** RFC 8621 §4.9: what is answered when `properties` is absent. */
const parseProperties = [
  ...["messageId", "inReplyTo", "references", "sender", "from", "to", "cc", "bcc", "replyTo", "subject", "sentAt"],
  ...["hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments"],
];

/** What an Email/parse asks for. @throws JmapError `invalidArguments`. */
export const readParseView = (args: Fields): EmailView =>
  readEmailView({ ...args, properties: args["properties"] ?? parseProperties });

/** Properties that only a message in an account has. */
const placeProperties = ["id", "threadId", "mailboxIds", "keywords", "receivedAt"];

/** The Email object of a message that is a blob and lies in no account (RFC 8621 §4.9). */
export function parsedEmailObject(view: EmailView, blobId: string, bytes: Bytes, budget: RequestBudget): Fields {
  const message = openMessage(bytes);
  const { summary } = parseMessage(bytes);
  const record: EmailRecord = {
    ...{ id: "", threadId: "", mailboxIds: [], keywords: [], receivedAtMs: 0, size: bytes.length },
    ...envelopeFields(message.index),
    hasAttachment: summary.hasAttachment,
    preview: summary.preview,
  };
  const lists = bodyLists(message.root);
  const object: Record<string, unknown> = {};
  for (const property of view.properties) {
    const ofRecord = recordProperties[property as keyof typeof recordProperties];
    if (placeProperties.includes(property)) object[property] = null;
    else if (property === "blobId") object[property] = blobId;
    else if (ofRecord !== undefined) object[property] = budget.answer(ofRecord(record));
    else object[property] = openProperty(property, { view, blobId, message, lists, budget });
  }
  if (!view.isIdAsked) delete object["id"];
  return object;
}

interface Opened {
  readonly view: EmailView;
  /** Of the message. */
  readonly blobId: string;
  readonly message: OpenedMessage;
  readonly lists: ReturnType<typeof bodyLists>;
  readonly budget: RequestBudget;
}

function openProperty(property: string, opened: Opened): unknown {
  const { message, lists, budget } = opened;
  switch (property) {
    case "references":
      return budget.answer(headerOf(message.root, { name: "references", form: "asMessageIds", all: false }));
    case "headers":
      return budget.answer(rawHeaders(message.root));
    case "bodyStructure":
      return partObject(opened, message.root, true);
    case "textBody":
    case "htmlBody":
    case "attachments":
      return lists[property].slice(0, bodyPartsMax).map((part) => partObject(opened, part, false));
    case "bodyValues":
      return bodyValues(opened);
    default: {
      const header = parseHeaderProperty(property);
      return header === null ? null : budget.answer(headerOf(message.root, header));
    }
  }
}

const headerOf = (part: OpenedPart, header: HeaderProperty): unknown =>
  headerProperty(header, part.fieldsNamed(header.name));

const rawHeaders = (part: OpenedPart): readonly Fields[] =>
  part.headers().map(({ name, value }) => ({ name, value: rawText(value) }));

function partObject(opened: Opened, part: OpenedPart, isTree: boolean): Fields {
  const { view, blobId, budget } = opened;
  const isMultipart = part.subParts.length > 0;
  const all: Fields = {
    partId: isMultipart ? null : part.partId,
    blobId: isMultipart ? null : partBlobId(blobId, part.partId),
    get size() {
      return isMultipart ? 0 : part.contentBytes();
    },
    name: part.name,
    type: part.type,
    charset: part.charset,
    disposition: part.disposition,
    cid: part.cid,
    language: part.language,
    location: part.location,
    get headers() {
      return rawHeaders(part);
    },
  };
  const object: Record<string, unknown> = {};
  for (const property of view.bodyProperties) {
    if (Object.hasOwn(all, property)) object[property] = budget.answer(all[property]);
    else {
      const header = parseHeaderProperty(property);
      if (header !== null) object[property] = budget.answer(headerOf(part, header));
      else if (property !== "subParts") {
        throw new JmapError("invalidArguments", `unknown body property ${property}`, ["bodyProperties"]);
      }
    }
  }
  if (isTree && isMultipart) {
    object["subParts"] = part.subParts.map((inner) => partObject(opened, inner, true));
  }
  return object;
}

function bodyValues({ view, lists, budget }: Opened): Fields {
  const wanted = new Map<string, OpenedPart>();
  const add = (parts: readonly OpenedPart[]): void => {
    for (const part of parts) if (part.type.startsWith("text/")) wanted.set(part.partId, part);
  };
  if (view.fetchText || view.fetchAll) add(lists.textBody);
  if (view.fetchHtml || view.fetchAll) add(lists.htmlBody);
  if (view.fetchAll) add(lists.attachments);
  const values: Record<string, Fields> = {};
  for (const [partId, part] of wanted) {
    const { text, isEncodingProblem } = part.text();
    const value = truncate(text, view.maxBodyValueBytes);
    values[partId] = budget.answer({ value, isEncodingProblem, isTruncated: value.length < text.length });
  }
  return values;
}

/** At most `bytesMax` octets of UTF-8, never inside a character. */
function truncate(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
