// RFC 4314 ACL: SETACL §3.1, DELETEACL §3.2, GETACL §3.3, LISTRIGHTS §3.4, MYRIGHTS §3.5
import type { AclEntry } from "../backend.ts";
import type { Handler } from "../command.ts";
import { formatString } from "../format/quote.ts";
import { mailboxArgument, printedName, requireMailbox } from "../mailbox-lookup.ts";
import type { Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { decodeUtf8, encodeUtf8 } from "../syntax/text.ts";

/** All of an owner's rights but `a`: who shares a mailbox with whom is not said over IMAP. */
const ownRights = "lrswitekx";

/** What the account may do in a mailbox, its own or another's. */
export const myRights: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.end();
  const { rights } = await requireMailbox(session, name);
  session.out.line(`* MYRIGHTS ${printedName(session, name)} ${rights ?? ownRights}`);
  return "OK MYRIGHTS completed";
};

/** Who may do what in a mailbox of one's own. */
export const getAcl: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.end();
  const entries = await aclOf(session, name);
  if (!entries) return refused;
  const pairs = entries.map(({ identifier, rights }) => ` ${formatString(encodeUtf8(identifier))} ${rights}`);
  session.out.line(`* ACL ${printedName(session, name)}${pairs.join("")}`);
  return "OK GETACL completed";
};

/** Nothing can be given here, so what somebody has is what he always has. */
export const listRights: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.space();
  const identifier = identifierArgument(cursor);
  cursor.end();
  const entries = await aclOf(session, name);
  if (!entries) return refused;
  const rights = entries.find((entry) => entry.identifier === identifier)?.rights ?? "";
  const shown = rights === "" ? '""' : rights;
  session.out.line(`* LISTRIGHTS ${printedName(session, name)} ${formatString(encodeUtf8(identifier))} ${shown}`);
  return "OK LISTRIGHTS completed";
};

/** SETACL and DELETEACL: nobody has the right `a`. */
export const changeAcl: Handler = async (session, { cursor, name: verb }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.space();
  identifierArgument(cursor);
  if (verb === "SETACL") {
    cursor.space();
    cursor.astring("rights");
  }
  cursor.end();
  await requireMailbox(session, name);
  return refused;
};

const refused = "NO [NOPERM] Mailboxes are shared by your administrator";

const identifierArgument = (cursor: Cursor): string => decodeUtf8(cursor.astring("an identifier")).toLowerCase();

async function aclOf(session: Session, name: string): Promise<readonly AclEntry[] | null> {
  const { id } = await requireMailbox(session, name);
  return (await session.account.acl?.(id)) ?? null;
}
