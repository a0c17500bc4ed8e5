import type { Bytes } from "@casaforte/kernel";
import { Failure } from "@casaforte/kernel";
import type { AccountStore } from "./backend.ts";
import { blobNestingMax } from "./limits.ts";
import { openMessage } from "./message.ts";

/**
 * Blob ids carry what they name, so that access is checked by the email itself: `M<email id>` is a message,
 * `<blob id>_<part>` one decoded part of the message that a blob holds, with `-` for the dots of the part id; anything
 * else was uploaded. All characters are those of an Id (RFC 8620 §1.2).
 */
export const messageBlobId = (emailId: string): string => `M${emailId}`;
export const partBlobId = (blobId: string, partId: string): string => `${blobId}_${partId.replaceAll(".", "-")}`;

/** The bytes behind a blob id, with a type to send them as; null when there is none such in the account. */
export async function readBlob(
  account: AccountStore,
  blobId: string,
  nestingLeft = blobNestingMax,
): Promise<{ readonly bytes: Bytes; readonly type: string } | null> {
  const inner = /^(.{1,200})_([0-9]{1,9}(?:-[0-9]{1,9}){0,20})$/.exec(blobId);
  if (inner !== null) {
    const [, outerId = "", part = ""] = inner;
    const outer = nestingLeft > 0 ? await readBlob(account, outerId, nestingLeft - 1) : null;
    const found = outer === null ? null : openMessage(outer.bytes).part(part.replaceAll("-", "."));
    return found === null ? null : { bytes: found.content(), type: found.type };
  }
  const emailId = /^M([^_]{1,100})$/.exec(blobId)?.[1];
  if (emailId === undefined) return account.readUpload(blobId);
  const bytes = await readOrNull(account, emailId);
  return bytes === null ? null : { bytes, type: "message/rfc822" };
}

async function readOrNull(account: AccountStore, emailId: string): Promise<Bytes | null> {
  try {
    return await account.readMessage(emailId);
  } catch (error) {
    if (error instanceof Failure && error.kind === "not_found") return null;
    throw error;
  }
}

/** As a function, for readers of attachments. */
export const blobReader = (account: AccountStore) => (blobId: string) => readBlob(account, blobId);
