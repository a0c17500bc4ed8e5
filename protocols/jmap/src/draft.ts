import type { Bytes } from "@casaforte/kernel";
import type { Address } from "./address.ts";
import { type Fields, isFields, read, readSet } from "./arguments.ts";
import { bodyPartsMax } from "./limits.ts";
import { JmapError } from "./method-error.ts";

/** A message to be composed: what RFC 8621 §4.6 lets a client say, with the blobs already read. */
export interface Draft {
  readonly from: readonly Address[];
  readonly sender: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly subject: string;
  /** Without angle brackets. */
  readonly messageId: string | null;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
  readonly sentAtMs: number | null;
  /** Other header fields, as text. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly DraftAttachment[];
}

export interface DraftAttachment {
  readonly bytes: Bytes;
  readonly type: string;
  readonly name: string | null;
  /** Content-ID without angle brackets; present means the HTML may show it. */
  readonly cid: string | null;
  readonly disposition: "attachment" | "inline";
}

export interface DraftRequest {
  readonly mailboxIds: readonly string[];
  readonly keywords: readonly string[];
  readonly receivedAtMs: number | null;
  readonly draft: Draft;
}

/** Reads a blob for an attachment; null when there is none such. */
export type BlobReader = (blobId: string) => Promise<{ readonly bytes: Bytes; readonly type: string } | null>;

const wrong = (name: string, why: string): JmapError => new JmapError("invalidProperties", `${name}: ${why}`, [name]);

const addressFields = ["from", "sender", "to", "cc", "bcc", "replyTo"] as const;
const plainFields = new Set<string>([
  ...addressFields,
  "mailboxIds",
  "keywords",
  "receivedAt",
  "sentAt",
  "subject",
  "messageId",
  "inReplyTo",
  "references",
  "bodyStructure",
  "bodyValues",
  "textBody",
  "htmlBody",
  "attachments",
]);

/** Reads the Email object of a create. @throws JmapError `invalidProperties`, `blobNotFound`. */
export async function readDraft(object: Fields, readBlob: BlobReader): Promise<DraftRequest> {
  const mailboxIds = readSet(object["mailboxIds"], "mailboxIds");
  if (mailboxIds.length === 0) throw wrong("mailboxIds", "an email is in one mailbox at least");
  const [from, sender, to, cc, bcc, replyTo] = addressFields.map((name) => readAddresses(object, name));
  const body = await readBody(object, readBlob);
  const sentAt = read.stringOrNull(object, "sentAt");
  const receivedAt = read.stringOrNull(object, "receivedAt");
  return {
    mailboxIds,
    keywords: object["keywords"] === undefined ? [] : readKeywords(object["keywords"]),
    receivedAtMs: receivedAt === null ? null : readTime("receivedAt", receivedAt),
    draft: {
      from: from ?? [],
      sender: sender ?? [],
      to: to ?? [],
      cc: cc ?? [],
      bcc: bcc ?? [],
      replyTo: replyTo ?? [],
      subject: oneLine("subject", read.stringOrNull(object, "subject") ?? ""),
      messageId: readMessageIds(object, "messageId")[0] ?? null,
      inReplyTo: readMessageIds(object, "inReplyTo"),
      references: readMessageIds(object, "references"),
      sentAtMs: sentAt === null ? null : readTime("sentAt", sentAt),
      headers: readHeaders(object),
      ...body,
    },
  };
}

/** Keywords of RFC 8621 §4.1.1, in lower case. @throws JmapError `invalidProperties`. */
export function readKeywords(value: unknown): readonly string[] {
  return readSet(value, "keywords").map(readKeyword);
}

/** One keyword. @throws JmapError `invalidProperties`. */
export function readKeyword(keyword: string): string {
  if (!/^[\x21\x23\x24\x26\x27\x2b-\x5b\x5e-\x7a\x7c\x7e]{1,255}$/.test(keyword)) {
    throw wrong("keywords", "not a keyword");
  }
  return keyword.toLowerCase();
}

function readTime(name: string, value: string): number {
  const atMs = Date.parse(value);
  if (Number.isNaN(atMs)) throw wrong(name, "not a date");
  return atMs;
}

/** A line break in a header value would start a header of the sender's choice (checklist 33). */
function oneLine(name: string, text: string): string {
  if (/[\r\n\0]/.test(text)) throw wrong(name, "has a line break");
  return text;
}

/** Null and absence are an empty list. @throws JmapError `invalidProperties`. */
export function readAddresses(object: Fields, name: string): readonly Address[] {
  const value = object[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrong(name, "a list of addresses");
  return (value as readonly unknown[]).map((address) => {
    if (!isFields(address) || typeof address["email"] !== "string") throw wrong(name, "an address has an email");
    const display = address["name"];
    return {
      email: oneLine(name, address["email"]),
      name: typeof display === "string" ? oneLine(name, display) : null,
    };
  });
}

function readMessageIds(object: Fields, name: string): readonly string[] {
  const ids = read.stringsOrNull(object, name) ?? [];
  if (ids.some((id) => !/^[^\s<>\u0000-\u001f]{1,998}$/.test(id))) throw wrong(name, "not message ids");
  return ids;
}

/** `header:Name` and `header:Name:asText`: text fields a client may add. Structural ones are the composer's. */
function readHeaders(object: Fields): { readonly name: string; readonly value: string }[] {
  return Object.entries(object).flatMap(([key, value]) => {
    if (plainFields.has(key)) return [];
    const match = /^header:([\x21-\x39\x3b-\x7e]{1,100})(?::as(?:Text|Raw))?$/.exec(key);
    const name = match?.[1];
    if (name === undefined || typeof value !== "string") throw wrong(key, "cannot be set");
    if (/^(content-|mime-version$|bcc$|received$|dkim-|return-path$)/i.test(name)) throw wrong(key, "cannot be set");
    return [{ name, value: oneLine(key, value.trim()) }];
  });
}

interface DraftBody {
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly DraftAttachment[];
}

async function readBody(object: Fields, readBlob: BlobReader): Promise<DraftBody> {
  const values = read.fields(object, "bodyValues");
  const leaves: Fields[] = [];
  if (object["bodyStructure"] !== undefined) collectLeaves(object["bodyStructure"], leaves, 0);
  for (const name of ["textBody", "htmlBody", "attachments"]) {
    const list = object[name] ?? [];
    if (!Array.isArray(list)) throw wrong(name, "a list of parts");
    for (const part of list as readonly unknown[]) collectLeaves(part, leaves, 0);
  }
  let text: string | null = null;
  let html: string | null = null;
  const attachments: DraftAttachment[] = [];
  for (const part of leaves) {
    const partId = part["partId"];
    if (typeof partId === "string") {
      const value = values[partId];
      if (!isFields(value) || typeof value["value"] !== "string") throw wrong("bodyValues", `no value ${partId}`);
      if (part["type"] === "text/html") html = `${html ?? ""}${value["value"]}`;
      else text = `${text ?? ""}${value["value"]}`;
    } else {
      attachments.push(await readAttachment(part, readBlob));
    }
  }
  return { text, html, attachments };
}

function collectLeaves(part: unknown, leaves: Fields[], depth: number): void {
  if (!isFields(part) || depth > 20) throw wrong("bodyStructure", "not a part");
  const subParts = part["subParts"];
  if (!Array.isArray(subParts)) leaves.push(part);
  else for (const inner of subParts as readonly unknown[]) collectLeaves(inner, leaves, depth + 1);
  if (leaves.length > bodyPartsMax) throw wrong("bodyStructure", "too many parts");
}

async function readAttachment(part: Fields, readBlob: BlobReader): Promise<DraftAttachment> {
  const blobId = part["blobId"];
  if (typeof blobId !== "string") throw wrong("bodyStructure", "a part has a partId or a blobId");
  const blob = await readBlob(blobId);
  if (blob === null) throw new JmapError("blobNotFound", `no blob ${blobId}`, ["attachments"]);
  const type = typeof part["type"] === "string" ? part["type"] : blob.type;
  const name = typeof part["name"] === "string" ? oneLine("attachments", part["name"]) : null;
  const cid = typeof part["cid"] === "string" ? oneLine("attachments", part["cid"]) : null;
  return {
    bytes: blob.bytes,
    type: /^[\w.+-]{1,127}\/[\w.+-]{1,127}$/.test(type) ? type.toLowerCase() : "application/octet-stream",
    name,
    cid,
    disposition: part["disposition"] === "inline" ? "inline" : "attachment",
  };
}
