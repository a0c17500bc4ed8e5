// RFC 9051 §6.3.4 CREATE, RFC 6154 §3 USE, RFC 8474 §4.1 MAILBOXID
import { Failure } from "@casaforte/kernel";
import type { SpecialUse } from "../backend.ts";
import type { Handler } from "../command.ts";
import { mailboxArgument } from "../mailbox-lookup.ts";
import { checkNewMailboxName, delimiter } from "../syntax/mailbox-name.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";

const uses: readonly SpecialUse[] = [
  "\\Archive",
  "\\Drafts",
  "\\Flagged",
  "\\Junk",
  "\\Sent",
  "\\Trash",
  "\\Important",
];

/** Creates a mailbox with its parents. A trailing delimiter only says that children will come (RFC 9051 §6.3.4). */
export const create: Handler = async (session, { cursor }) => {
  cursor.space();
  const asked = mailboxArgument(session, cursor);
  let specialUse: SpecialUse | null = null;
  if (cursor.take(" ") && !cursor.atEnd) {
    cursor.expect("(");
    if (cursor.word("USE") !== "USE") throw new SyntaxFailure("Expected USE");
    cursor.space();
    const [flag, more] = cursor.list(() => cursor.flag(), 8);
    specialUse = uses.find((use) => use.toLowerCase() === flag?.toLowerCase()) ?? null;
    if (!specialUse || more !== undefined) return "NO [USEATTR] This special use cannot be set";
    cursor.expect(")");
  }
  cursor.end();
  const name = asked.endsWith(delimiter) ? asked.slice(0, -1) : asked;
  checkNewMailboxName(name, session.limits);
  if (name === "INBOX") throw new Failure("conflict", "imap.mailbox_exists", "INBOX exists");
  const mailbox = await session.account.create(name, { specialUse });
  return `OK [MAILBOXID (${mailbox.id})] CREATE completed`;
};
