import type { Bytes } from "@casaforte/kernel";
import { Failure } from "@casaforte/kernel";
import type { AccountStore } from "./backend.ts";
import { openMessage } from "./message.ts";

/**
 * Blob ids carry what they name, so that access is checked by the email itself: `M<email id>` is a message,
 * `M<email id>.<part id>` one decoded part; anything else was uploaded.
 */
export const messageBlobId = (emailId: string): string => `M${emailId}`;
export const partBlobId = (emailId: string, partId: string): string => `M${emailId}.${partId}`;

/** The bytes behind a blob id, with a type to send them as; null when there is none such in the account. */
export async function readBlob(
  account: AccountStore,
  blobId: string,
): Promise<{ readonly bytes: Bytes; readonly type: string } | null> {
  const match = /^M([^.]{1,100})(?:\.([0-9.]{1,100}))?$/.exec(blobId);
  if (match === null) return account.readUpload(blobId);
  const [, emailId, partId] = match;
  if (emailId === undefined) return null;
  const bytes = await readOrNull(account, emailId);
  if (bytes === null) return null;
  if (partId === undefined) return { bytes, type: "message/rfc822" };
  const part = openMessage(bytes).part(partId);
  return part === null ? null : { bytes: part.content(), type: part.type };
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
