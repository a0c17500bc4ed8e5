import { createHash } from "node:crypto";
import {
  attachments,
  decodeTransfer,
  fileName,
  headerOf,
  htmlToText,
  isInlineText,
  type LeafPart,
  leafParts,
  messageIds,
  parseAddressList,
  parseMessage,
  partText,
} from "@casaforte/mime";
import { ticketLimits } from "./limits.ts";

export interface InboundFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A mail to the support address, as the desk reads it. Always something, whatever the bytes (R17). */
export interface InboundMail {
  /** Lower case; empty when the header names nobody. */
  readonly from: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  /** In-Reply-To and References. */
  readonly answers: readonly string[];
  /** A machine wrote it (RFC 3834): never answered by ours. */
  readonly isAutomatic: boolean;
  /** A report that something could not be delivered. */
  readonly isBounce: boolean;
  /** Our own check found that From is not who it says: then nobody's rights follow from it. */
  readonly isForged: boolean;
  readonly files: readonly InboundFile[];
  /** The same mail has the same key (R17). */
  readonly contentKey: Uint8Array;
}

/** The names and values that tell a machine's mail from a person's (RFC 3834 §5, and what lists and robots write). */
function isAutomatic(header: (name: string) => string): boolean {
  const autoSubmitted = header("auto-submitted").trim().toLowerCase();
  if (autoSubmitted !== "" && !autoSubmitted.startsWith("no")) return true;
  if (/^(bulk|list|junk|auto_reply)$/i.test(header("precedence").trim())) return true;
  return ["list-id", "x-autoreply", "x-autorespond", "x-auto-response-suppress"].some((name) => header(name) !== "");
}

export function readInbound(bytes: Uint8Array): InboundMail {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { index, summary } = parseMessage(buffer);
  const { structure } = index;
  const fields = headerOf(buffer, structure);
  const header = (name: string) => fields.joined(name) ?? "";
  const address = (list: string) =>
    parseAddressList(list)
      .filter(({ mailbox, host }) => mailbox !== null && host !== null)
      .map(({ mailbox, host }) => `${mailbox}@${host}`.toLowerCase());
  const texts = [...leafParts(structure)].filter(isInlineText);
  const text = bodyText(buffer, texts);
  const from = address(header("from"))[0] ?? address(header("sender"))[0] ?? "";
  const messageId = messageIds(header("message-id"))[0] ?? "";
  const isBounce =
    header("return-path").trim() === "<>" || (structure.type === "multipart" && structure.subtype === "report");
  return {
    from,
    recipients: [...address(header("to")), ...address(header("cc")), ...address(header("delivered-to"))],
    subject: summary.subject.trim().slice(0, ticketLimits.subjectCharsMax),
    text: text.slice(0, ticketLimits.bodyCharsMax),
    messageId: messageId === "" ? "" : `<${messageId}>`,
    answers: [...messageIds(header("in-reply-to")), ...index.references].map((id) => `<${id}>`),
    isAutomatic: isBounce || isAutomatic(header),
    isBounce,
    isForged: /\bdmarc=fail\b/i.test(fields.first("authentication-results") ?? ""),
    files: filesOf(buffer, attachments(structure)),
    contentKey: createHash("sha256")
      .update(`${messageId}\0${from}\0`)
      .update(createHash("sha256").update(text).digest())
      .digest(),
  };
}

function bodyText(buffer: Buffer, leaves: readonly LeafPart[]): string {
  const plain = leaves.filter(({ part }) => part.subtype === "plain").map(({ part }) => partText(buffer, part));
  if (plain.some((text) => text.trim() !== "")) return plain.join("\n").trim();
  return leaves
    .filter(({ part }) => part.subtype === "html")
    .map(({ part }) => htmlToText(partText(buffer, part)))
    .join("\n")
    .trim();
}

function filesOf(buffer: Buffer, leaves: readonly LeafPart[]): readonly InboundFile[] {
  return leaves.slice(0, ticketLimits.attachmentsMax).flatMap(({ part, section }) => {
    const raw = buffer.subarray(part.bodyOffset, part.bodyOffset + part.bodySizeBytes);
    const bytes = decodeTransfer(raw, part.encoding);
    if (bytes.length > ticketLimits.attachmentBytesMax) return [];
    const name = safeName(fileName(part) ?? `part-${section}`);
    return [{ name, mediaType: `${part.type}/${part.subtype}`.slice(0, 200), bytes }];
  });
}

/** A file's name without folders, control characters or length; never empty. */
export function safeName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? "";
  const clean = last.replace(/[\p{Cc}\p{Cf}"<>|:*?]+/gu, " ").trim();
  return clean.slice(0, ticketLimits.attachmentNameCharsMax) || "file";
}
