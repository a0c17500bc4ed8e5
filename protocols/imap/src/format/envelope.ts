import type { Envelope, EnvelopeAddress } from "../message-structure.ts";
import { formatNString } from "./quote.ts";

/** ENVELOPE as printed, one character a byte (RFC 9051 §7.5.2). A store may keep the result as `Prepared`. */
export function formatEnvelope(envelope: Envelope): string {
  return `(${formatNString(envelope.date)} ${formatNString(envelope.subject)} ${addresses(envelope.from)} ${addresses(
    envelope.sender,
  )} ${addresses(envelope.replyTo)} ${addresses(envelope.to)} ${addresses(envelope.cc)} ${addresses(
    envelope.bcc,
  )} ${formatNString(envelope.inReplyTo)} ${formatNString(envelope.messageId)})`;
}

function addresses(list: readonly EnvelopeAddress[]): string {
  if (list.length === 0) return "NIL";
  let text = "(";
  for (const { name, mailbox, host } of list) {
    text += `(${formatNString(name)} NIL ${formatNString(mailbox)} ${formatNString(host)})`;
  }
  return `${text})`;
}
