import { decodeHeaderText, parseMessage } from "@casaforte/mime";
import type { NewEmail } from "../backend.ts";
import { envelopeFields, headerFields } from "../message.ts";
import type { StoredEmail } from "./stored-email.ts";

/** What is known of a message at its arrival. `findThread` answers the thread of these message ids and base subject. */
export function storeEmail(
  id: string,
  email: NewEmail,
  nowMs: number,
  findThread: (messageIds: readonly string[], baseSubject: string) => string,
): StoredEmail {
  const { index, summary } = parseMessage(email.bytes);
  const fields = envelopeFields(index);
  const { structure } = index;
  const headers = headerFields(
    email.bytes.subarray(structure.headerOffset, structure.headerOffset + structure.headerSizeBytes),
  ).map((field) => ({ name: field.name, value: decodeHeaderText(field.value) }));
  const receivedAtMs = email.receivedAtMs ?? nowMs;
  const { search } = summary;
  return {
    record: {
      id,
      threadId: findThread(
        [...index.references, ...(fields.inReplyTo ?? []), ...(fields.messageId ?? [])],
        summary.baseSubject,
      ),
      size: email.bytes.length,
      receivedAtMs,
      ...fields,
      hasAttachment: summary.hasAttachment,
      preview: summary.preview,
    },
    bytes: email.bytes,
    headers,
    search: {
      subject: search.subject,
      from: search.sender,
      to: search.recipients,
      cc: search.cc,
      bcc: search.bcc,
      body: search.body,
      text: [search.subject, search.sender, search.recipients, search.cc, search.bcc, search.body].join("\n"),
    },
    sentAtMs: summary.sentAtMs ?? receivedAtMs,
    sortTexts: { from: summary.sortDisplayFrom, to: summary.sortDisplayTo, subject: summary.baseSubject },
    mailboxIds: new Set(email.mailboxIds),
    keywords: new Set(email.keywords.map((keyword) => keyword.toLowerCase())),
  };
}
