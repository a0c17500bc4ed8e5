/** Email/import. RFC 8621 §4.8. */
import { isFields, read } from "../arguments.ts";
import { blobReader } from "../blob-ids.ts";
import { jmapLimits } from "../limits.ts";
import { changingAccountOf, type Method, resolveId, SetResult } from "../method.ts";
import { JmapError } from "../method-error.ts";
import { createdEmail, readMembership } from "./email-set.ts";

/** Email/import: messages from uploaded blobs. */
export const emailImport: Method = async (call) => {
  const { account, chain } = await changingAccountOf(call);
  const emails = Object.entries(read.fields(call.args, "emails"));
  if (emails.length > jmapLimits.maxObjectsInSet) throw new JmapError("requestTooLarge", "too many emails");
  const result = new SetResult(call);
  for (const [creationId, email] of emails) {
    await result.attempt("notCreated", creationId, async () => {
      if (!isFields(email)) throw new JmapError("invalidProperties", "an import is an object");
      const { mailboxIds, keywords, receivedAt } = readMembership(call, email);
      const blob = await blobReader(account)(resolveId(call, read.string(email, "blobId")));
      if (blob === null) throw new JmapError("blobNotFound", "no such blob", ["blobId"]);
      if (!looksLikeMessage(blob.bytes)) throw new JmapError("invalidEmail", "the blob is not a message");
      const receivedAtMs = receivedAt === null ? Number.NaN : Date.parse(receivedAt);
      const created = await account.createEmail({
        bytes: blob.bytes,
        mailboxIds,
        keywords,
        ...(Number.isNaN(receivedAtMs) ? {} : { receivedAtMs }),
      });
      call.createdIds.set(creationId, created.id);
      result.created[creationId] = createdEmail(created, blob.bytes.length);
    });
  }
  const { created, notCreated } = result.parts();
  return [["Email/import", { accountId: account.info.id, ...(await chain.states(account)), created, notCreated }]];
};

/** The first line is a header field, or an mbox-like `From ` which the parser passes over. */
export function looksLikeMessage(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 1000));
  return /^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(start);
}
