import type { Draft } from "@casaforte/jmap";
import type { Clock } from "@casaforte/kernel";
import MailComposer from "nodemailer/lib/mail-composer";

/**
 * RFC 5322 bytes of a draft, by nodemailer's composer: encoded words, folding, boundaries and transfer encodings are its
 * matter. Bcc stays in the stored message, as clients expect of their drafts and of Sent; submission takes it out.
 */
export async function composeDraft(draft: Draft, clock: Clock, messageId: () => string): Promise<Uint8Array> {
  const list = (addresses: Draft["to"]): { name: string; address: string }[] =>
    addresses.map(({ name, email }) => ({ name: name ?? "", address: email }));
  const node = new MailComposer({
    from: list(draft.from)[0],
    sender: list(draft.sender)[0],
    to: list(draft.to),
    cc: list(draft.cc),
    bcc: list(draft.bcc),
    replyTo: list(draft.replyTo),
    subject: draft.subject,
    date: new Date(draft.sentAtMs ?? clock.nowMs()),
    messageId: `<${draft.messageId ?? messageId()}>`,
    inReplyTo: draft.inReplyTo.map((id) => `<${id}>`).join(" ") || undefined,
    references: draft.references.map((id) => `<${id}>`),
    headers: draft.headers.map(({ name, value }) => ({ key: name, value })),
    text: draft.text ?? (draft.html === null ? "" : undefined),
    html: draft.html ?? undefined,
    attachments: draft.attachments.map((attachment) => ({
      filename: attachment.name ?? false,
      content: Buffer.from(attachment.bytes),
      contentType: attachment.type,
      contentDisposition: attachment.disposition,
      cid: attachment.cid ?? undefined,
      // A message inside a message may not be transfer-encoded (RFC 2046 §5.2.1).
      ...(attachment.type === "message/rfc822" ? { contentTransferEncoding: "8bit" as const } : {}),
    })),
    newline: "\r\n",
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  node.keepBcc = true;
  return new Promise((resolve, reject) => node.build((error, bytes) => (error ? reject(error) : resolve(bytes))));
}
