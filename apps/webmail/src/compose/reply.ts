import { fullAddress } from "../addresses.ts";
import type { Email, EmailAddress, EmailBody, Identity } from "../jmap/types.ts";

export type ReplyKind = "reply" | "replyAll" | "forward";

export interface ReplyStart {
  readonly to: readonly EmailAddress[];
  readonly cc: readonly EmailAddress[];
  readonly subject: string;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
}

/**
 * Addresses that are the writer's own when he answers a message. One that he uses on behalf of another person is that
 * person's, but where he writes as him, in his mailbox (`mailbox`: its address), or to what he himself wrote so (`sender`).
 */
export function ownAddresses(
  identities: readonly Identity[],
  answer: {
    readonly identity: Identity;
    readonly mailbox: string | null;
    readonly sender: readonly EmailAddress[] | null;
  },
): readonly string[] {
  const keyOf = ({ email }: { readonly email: string }): string => email.toLowerCase();
  const mine = identities.filter(({ sender }) => sender === null).map(keyOf);
  if (answer.sender?.some((address) => mine.includes(keyOf(address)))) return identities.map(keyOf);
  const lent = [answer.identity.email.toLowerCase(), answer.mailbox?.toLowerCase()];
  return [...mine, ...identities.map(keyOf).filter((address) => lent.includes(address))];
}

/** Who gets an answer, its subject and its place in the thread. Own addresses are left out of a reply to all. */
export function replyStart(kind: ReplyKind, email: Email, body: EmailBody, own: readonly string[]): ReplyStart {
  const isOwn = (address: EmailAddress): boolean => own.includes(address.email.toLowerCase());
  const subject = prefixed(kind === "forward" ? "Fwd" : "Re", email.subject ?? "");
  const ids = body.messageId ?? [];
  if (kind === "forward") return { to: [], cc: [], subject, inReplyTo: [], references: [] };
  // An answer to one's own message goes to whom it went.
  const from = email.from ?? [];
  const author = body.replyTo ?? (from.every(isOwn) ? (email.to ?? []) : from);
  const taken = new Set(author.map((address) => address.email.toLowerCase()));
  const others = [...(email.to ?? []), ...(body.cc ?? [])].filter((address) => {
    const key = address.email.toLowerCase();
    if (taken.has(key) || isOwn(address)) return false;
    taken.add(key);
    return true;
  });
  return {
    to: author,
    cc: kind === "replyAll" ? others : [],
    subject,
    inReplyTo: ids,
    references: [...(body.references ?? body.inReplyTo ?? []), ...ids],
  };
}

/** `Re: ` once, whatever was there before, in the languages people write. */
function prefixed(prefix: "Re" | "Fwd", subject: string): string {
  const bare = subject.replace(/^(?:\s*(?:re|r|rif|aw|fwd?|i|inoltra)\s*(?:\[\d+\])?\s*:)+\s*/i, "");
  return `${prefix}: ${bare}`;
}

/** Each line of a text behind `> `. */
export const quotedText = (text: string): string =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`))
    .join("\n");

/** The heading of a forwarded message. */
export function forwardedFields(email: Email, body: EmailBody): readonly (readonly [string, string])[] {
  const list = (addresses: readonly EmailAddress[] | null): string => (addresses ?? []).map(fullAddress).join(", ");
  return [
    ["from", list(email.from)],
    ["date", body.sentAt ?? email.receivedAt],
    ["to", list(email.to)],
    ["cc", list(body.cc)],
    ["subject", email.subject ?? ""],
  ];
}

export const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Plain text as HTML: line breaks kept. */
export const textToHtml = (text: string): string =>
  text
    .split("\n")
    .map((line) => `<div>${line === "" ? "<br>" : escapeHtml(line)}</div>`)
    .join("");
