import { createHash } from "node:crypto";
import { allFlagBits, flagBits, type MessageFlags, mailboxLimits } from "@casaforte/modules/mailbox";
import type { RemoteMessage } from "./remote.ts";

/**
 * What tells a message from others wherever it lies: Message-ID, size and date of arrival. One without a Message-ID is told
 * by its subject, sender and own date.
 */
export function messageDigest(message: RemoteMessage): Uint8Array {
  const { messageId, sizeBytes, internalDateMs, subject, from, sentAtMs } = message;
  // Whole seconds: INTERNALDATE has no finer unit, and some servers answer with one.
  const arrival = internalDateMs === null ? "" : Math.floor(internalDateMs / 1000);
  const name = messageId === "" ? ["", subject, from, sentAtMs ?? ""] : [messageId];
  return createHash("sha256")
    .update(JSON.stringify([...name, sizeBytes, arrival]))
    .digest();
}

const systemFlags: Readonly<Record<string, number>> = {
  "\\seen": flagBits.seen,
  "\\answered": flagBits.answered,
  "\\flagged": flagBits.flagged,
  "\\deleted": flagBits.deleted,
  "\\draft": flagBits.draft,
};

/** Flags as they are kept here; keywords that no account may have are left out. */
export function flagsOf(names: readonly string[]): MessageFlags {
  let bits = 0;
  const keywords: string[] = [];
  for (const name of names) {
    const bit = systemFlags[name.toLowerCase()];
    if (bit !== undefined) bits |= bit;
    else if (isKeyword(name) && keywords.length < mailboxLimits.keywordsPerMessageMax) keywords.push(name);
  }
  return { bits: bits & allFlagBits, keywords };
}

const isKeyword = (name: string): boolean =>
  name.length <= mailboxLimits.keywordCharsMax && /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(name);
