import type { DraftContent } from "../jmap/submission.ts";
import type { EmailAddress, Identity } from "../jmap/types.ts";

/** What of a draft belongs to whom it is written as. */
export type WrittenAs = Pick<DraftContent, "from" | "sender" | "replyTo" | "bcc">;

/**
 * A draft's sender, where answers go, and who gets a blind copy, by its identity. `before`: the identity it was written as
 * until now and the blind copies it has; those of that identity go, those that a person added stay.
 */
export function writeAs(
  identity: Identity,
  before: { readonly identity: Identity | undefined; readonly bcc: readonly EmailAddress[] } | null,
): WrittenAs {
  const own = identity.bcc ?? [];
  const keyOf = ({ email }: EmailAddress): string => email.toLowerCase();
  const gone = new Set([...(before?.identity?.bcc ?? []), ...own].map(keyOf));
  const added = (before?.bcc ?? []).filter((address) => !gone.has(keyOf(address)));
  return {
    from: { name: identity.name || null, email: identity.email },
    sender: identity.sender,
    replyTo: identity.replyTo ?? [],
    bcc: [...own, ...added],
  };
}
