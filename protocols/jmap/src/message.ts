import type { Bytes } from "@casaforte/kernel";
import {
  decodeCharset,
  decodedParameter,
  decodeHeaderText,
  decodeTransfer,
  type EnvelopeAddress,
  indexMessage,
  type MessageIndex,
  type MimePart,
} from "@casaforte/mime";
import type { Address } from "./address.ts";
import { flatAddresses } from "./addresses.ts";
import type { EmailRecord } from "./backend.ts";
import type { HeaderField } from "./header-field.ts";
import { dateOf, messageIds } from "./header-forms.ts";

/** A part that can be read. Part ids are IMAP's section numbers, `1` for the only part of a simple message. */
export interface OpenedPart {
  readonly partId: string;
  /** `text/plain` and the like, lower case. */
  readonly type: string;
  readonly charset: string | null;
  readonly disposition: string | null;
  readonly name: string | null;
  readonly cid: string | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
  readonly subParts: readonly OpenedPart[];
  headers(): readonly HeaderField[];
  /** The fields of a name in lower case, in order. */
  fieldsNamed(name: string): readonly HeaderField[];
  /** Transfer encoding undone. */
  content(): Bytes;
  /** Its octets. */
  contentBytes(): number;
  text(): { readonly text: string; readonly isEncodingProblem: boolean };
}

export interface OpenedMessage {
  readonly index: MessageIndex;
  readonly root: OpenedPart;
  part(partId: string): OpenedPart | null;
}

/** Opens a message for reading its parts. Never fails: a malformed message has fewer parts. */
export function openMessage(message: Bytes): OpenedMessage {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const index = indexMessage(bytes);
  const parts = new Map<string, OpenedPart>();
  const root = openPart(bytes, index.structure, "", parts);
  return { index, root, part: (partId) => parts.get(partId) ?? null };
}

function openPart(bytes: Buffer, part: MimePart, path: string, parts: Map<string, OpenedPart>): OpenedPart {
  const type = `${part.type}/${part.subtype}`;
  // A message/rfc822 part is a leaf in JMAP: a client opens it as a blob.
  const subParts = (part.parts ?? []).map((inner, index) =>
    openPart(bytes, inner, path === "" ? String(index + 1) : `${path}.${index + 1}`, parts),
  );
  const partId = path === "" ? "1" : path;
  const charset = part.type === "text" ? (decodedParameter(part.parameters, "charset") ?? "us-ascii") : null;
  const content = (): Buffer =>
    decodeTransfer(bytes.subarray(part.bodyOffset, part.bodyOffset + part.bodySizeBytes), part.encoding);
  const headers = once(() => headerFields(bytes.subarray(part.headerOffset, part.headerOffset + part.headerSizeBytes)));
  const byName = once(() => Map.groupBy(headers(), ({ name }) => name.toLowerCase()));
  const opened: OpenedPart = {
    partId,
    type,
    charset,
    disposition: part.disposition?.type ?? null,
    name: decodedParameter(part.disposition?.parameters ?? [], "filename") ?? decodedParameter(part.parameters, "name"),
    cid: part.id?.replace(/^<|>$/g, "") ?? null,
    language: part.language,
    location: part.location,
    subParts,
    headers,
    fieldsNamed: (name) => byName().get(name) ?? [],
    content,
    contentBytes: once(() => content().length),
    text: () => {
      const text = decodeCharset(content(), charset).replaceAll("\r\n", "\n").replaceAll("\u0000", "");
      return { text: text.toWellFormed(), isEncodingProblem: text.includes("\ufffd") };
    },
  };
  if (subParts.length === 0) parts.set(partId, opened);
  return opened;
}

/** What was worked out is kept: a part is asked for the same by each property, in each list that it stands in. */
function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | null = null;
  return () => {
    done ??= { value: work() };
    return done.value;
  };
}

const headerFieldsMax = 2_000;

/** The fields of a header block, in order; bytes as characters. */
export function headerFields(block: Bytes): readonly HeaderField[] {
  const text = new TextDecoder("latin1").decode(block);
  const fields: HeaderField[] = [];
  for (const match of text.matchAll(/^([\x21-\x39\x3b-\x7e]+)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)/gm)) {
    if (fields.length === headerFieldsMax) break;
    fields.push({ name: match[1] ?? "", value: match[2] ?? "" });
  }
  return fields;
}

/** Fields of an EmailRecord that an index holds. */
export type EnvelopeFields = Pick<
  EmailRecord,
  "messageId" | "inReplyTo" | "sender" | "from" | "to" | "cc" | "bcc" | "replyTo" | "subject" | "sentAt"
>;

/** From an index's envelope, so that a list needs no message bytes. */
export function envelopeFields(index: MessageIndex): EnvelopeFields {
  const { envelope } = index;
  return {
    messageId: messageIds(envelope.messageId),
    inReplyTo: messageIds(envelope.inReplyTo),
    sender: addresses(envelope.sender),
    from: addresses(envelope.from),
    to: addresses(envelope.to),
    cc: addresses(envelope.cc),
    bcc: addresses(envelope.bcc),
    replyTo: addresses(envelope.replyTo),
    subject: envelope.subject === null ? null : decodeHeaderText(envelope.subject),
    sentAt: dateOf(envelope.date),
  };
}

function addresses(list: readonly EnvelopeAddress[]): readonly Address[] | null {
  const found = flatAddresses(list);
  return found.length === 0 ? null : found;
}
