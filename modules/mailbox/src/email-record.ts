import { type EmailRecord, envelopeFields } from "@casaforte/jmap";
import { keywordsOf } from "./jmap-change-emails.ts";
import type { JmapMessageRow } from "./store-jmap.ts";

/** A message as JMAP's methods know it. */
export const emailRecord = (row: JmapMessageRow): EmailRecord => ({
  id: row.id,
  threadId: row.threadId,
  mailboxIds: row.mailboxIds,
  keywords: keywordsOf(row),
  size: row.sizeBytes,
  receivedAtMs: row.receivedAt.getTime(),
  ...envelopeFields(row.index),
  hasAttachment: row.hasAttachment,
  preview: row.preview,
});
