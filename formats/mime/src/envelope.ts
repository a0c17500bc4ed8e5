import { parseAddressList } from "./addresses.ts";
import type { HeaderFields } from "./header.ts";
import { mimeLimits } from "./limits.ts";
import type { Envelope } from "./message-index.ts";

/** ENVELOPE of a header (RFC 9051 §7.5.2). Binary strings, encoded words left encoded. */
export function envelopeOf(header: HeaderFields): Envelope {
  const list = (name: string) => parseAddressList(header.joined(name));
  const from = list("from");
  const sender = list("sender");
  const replyTo = list("reply-to");
  return {
    date: header.first("date"),
    subject: header.first("subject"),
    from,
    sender: sender.length > 0 ? sender : from,
    replyTo: replyTo.length > 0 ? replyTo : from,
    to: list("to"),
    cc: list("cc"),
    bcc: list("bcc"),
    inReplyTo: header.first("in-reply-to"),
    messageId: header.first("message-id"),
  };
}

/** Message ids without angle brackets (RFC 5322 §3.6.4), in order, without duplicates. A bare word counts if alone. */
export function messageIds(value: string | null): readonly string[] {
  if (value === null) return [];
  const ids = new Set<string>();
  for (const match of value.matchAll(/<([^<>]{1,1000})>/g)) {
    const id = (match[1] ?? "").replace(/\s+/g, "");
    if (id !== "" && id.length <= mimeLimits.messageIdMax) ids.add(id);
  }
  const bare = value.trim();
  if (ids.size === 0 && /^[^\s<>]{1,500}$/.test(bare)) ids.add(bare);
  return [...ids];
}

/** Ids of References, oldest first; the newest `referencesMax` of them. */
export function references(header: HeaderFields): readonly string[] {
  return messageIds(header.first("references")).slice(-mimeLimits.referencesMax);
}
