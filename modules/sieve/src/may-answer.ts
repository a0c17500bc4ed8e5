import { parseAddressList } from "@casaforte/mime";
import type { SieveMessage } from "@casaforte/sieve";

const recipientFields = ["to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"];
const listFields = [
  "list-id",
  "list-help",
  "list-subscribe",
  "list-unsubscribe",
  "list-post",
  "list-owner",
  "list-archive",
];
const robots =
  /^(?:mailer-daemon|postmaster|owner-.*|.*-request|listserv|majordomo|no-?reply|do-?not-?reply|bounces?(?:[+-].*)?)$/i;

/**
 * Whether a message may be answered by itself (RFC 3834 §2, RFC 5230 §4.5–4.6): a person wrote it to one of the owner's
 * addresses. `own` in lower case.
 */
export function mayAnswer(message: SieveMessage, sender: string, own: ReadonlySet<string>): boolean {
  const local = sender.slice(0, sender.lastIndexOf("@"));
  if (sender === "" || local === "" || robots.test(local) || own.has(sender.toLowerCase())) return false;
  const first = (name: string): string => (message.fields(name)[0] ?? "").trim().toLowerCase();
  const automatic = first("auto-submitted");
  if (automatic !== "" && !automatic.startsWith("no")) return false;
  if (listFields.some((name) => message.fields(name).length > 0)) return false;
  if (/^(?:bulk|junk|list)\b/.test(first("precedence"))) return false;
  if (/\b(?:all|oof|autoreply)\b/.test(first("x-auto-response-suppress"))) return false;
  if (message.fields("x-loop").length > 0 || first("x-spam-flag") === "yes") return false;
  return recipientFields
    .flatMap((name) => message.fields(name))
    .flatMap(parseAddressList)
    .some(({ mailbox, host }) => host !== null && own.has(`${mailbox ?? ""}@${host}`.toLowerCase()));
}
