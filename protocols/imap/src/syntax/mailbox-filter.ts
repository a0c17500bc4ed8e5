// RFC 5465 §6 filter-mailboxes, RFC 7377 §2.2 subtree-one
import type { ImapLimits } from "../limits.ts";
import type { Cursor } from "./cursor.ts";
import { decodeMailboxName } from "./mailbox-name.ts";
import { SyntaxFailure } from "./syntax-failure.ts";

/** Which mailboxes a command is about. Names are Unicode. */
export type MailboxFilter =
  | { readonly kind: "selected" | "inboxes" | "personal" | "subscribed" }
  | { readonly kind: "subtree" | "subtree-one" | "mailboxes"; readonly names: readonly string[] };

/** One filter; the cursor stands behind it. */
export function parseMailboxFilter(cursor: Cursor, isUtf8: boolean, limits: ImapLimits): MailboxFilter {
  const kind = cursor.word("a mailbox filter").toLowerCase();
  switch (kind) {
    case "selected":
    case "inboxes":
    case "personal":
    case "subscribed":
      return { kind };
    case "subtree":
    case "subtree-one":
    case "mailboxes": {
      const name = (): string => decodeMailboxName(cursor.astring("a mailbox name"), isUtf8);
      cursor.space();
      const names = cursor.peek() === "(" ? cursor.list(name, limits.filterMailboxes) : [name()];
      return { kind, names };
    }
    default:
      throw new SyntaxFailure("Unknown mailbox filter");
  }
}
