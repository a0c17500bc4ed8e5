// RFC 4314 ACL: SETACL §3.1, DELETEACL §3.2, GETACL §3.3, LISTRIGHTS §3.4, MYRIGHTS §3.5
import { Failure, type MailboxId } from "@casaforte/kernel";
import type { AclControl } from "../acl-control.ts";
import { type AclChange, parseAclChange, printedRights, tiedRights } from "../acl-rights.ts";
import type { Handler } from "../command.ts";
import { formatString } from "../format/quote.ts";
import { mailboxArgument, printedName, requireMailbox } from "../mailbox-lookup.ts";
import type { Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { decodeUtf8, encodeUtf8 } from "../syntax/text.ts";

/** In one's own mailboxes. */
const ownRights = "lrswitekxa";

/** What the account may do in a mailbox, its own or another's. */
export const myRights: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.end();
  const { rights } = await requireMailbox(session, name);
  session.out.line(`* MYRIGHTS ${printedName(session, name)} ${printedRights(rights ?? ownRights)}`);
  return "OK MYRIGHTS completed";
};

/** Who may do what in a mailbox of one's own. */
export const getAcl: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.end();
  const { control, id } = await administered(session, name);
  const pairs = (await control.entries(id)).map(
    ({ identifier, rights }) => ` ${formatString(encodeUtf8(identifier))} ${printedRights(rights)}`,
  );
  session.out.line(
    `* ACL ${printedName(session, name)} ${formatString(encodeUtf8(session.account.name))} ${printedRights(ownRights)}${pairs.join("")}`,
  );
  return "OK GETACL completed";
};

/** What somebody always has, then what can be given to him, tied rights together. */
export const listRights: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.space();
  const given = cursor.astring("an identifier");
  cursor.end();
  const identifier = identifierOf(given);
  const { control } = await administered(session, name);
  const groups =
    identifier === session.account.name.toLowerCase()
      ? [printedRights(ownRights)]
      : ['""', ...(isPerson(identifier) ? tiedRights(control.levels(name)) : [])];
  // The identifier as the client wrote it, so that it finds its question again.
  session.out.line(`* LISTRIGHTS ${printedName(session, name)} ${formatString(given)} ${groups.join(" ")}`);
  return "OK LISTRIGHTS completed";
};

/** SETACL and DELETEACL. */
export const changeAcl: Handler = async (session, { cursor, name: verb }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.space();
  const identifier = identifierOf(cursor.astring("an identifier"));
  const change = verb === "SETACL" ? rightsArgument(cursor) : ({ mode: "replace", rights: "" } as const);
  cursor.end();
  const { control, id } = await administered(session, name);
  if (!isPerson(identifier)) {
    throw new Failure("unsupported", "imap.acl_identifier", "Rights are given to single accounts, by their address");
  }
  await control.change(id, identifier, change);
  return `OK ${verb} completed`;
};

function rightsArgument(cursor: Cursor): AclChange {
  cursor.space();
  return parseAclChange(cursor.astring("rights"));
}

function identifierOf(text: string): string {
  const identifier = decodeUtf8(text).toLowerCase();
  if (identifier === "") throw new SyntaxFailure("The identifier is empty");
  return identifier;
}

/** Neither negative rights (RFC 4314 §2), nor groups, nor everybody: those could reach beyond the organisation. */
const isPerson = (identifier: string): boolean =>
  !/^[-$#]/.test(identifier) && !["anyone", "anonymous", "authuser", "owner", "administrators"].includes(identifier);

/** The right `a` is the owner's alone. @throws forbidden `imap.acl_not_yours`. */
async function administered(
  session: Session,
  name: string,
): Promise<{ readonly control: AclControl; readonly id: MailboxId }> {
  const { id, rights } = await requireMailbox(session, name);
  const control = session.account.acl;
  if (!control || rights !== undefined) {
    throw new Failure("forbidden", "imap.acl_not_yours", "Only its owner sees and gives rights to a mailbox");
  }
  return { control, id };
}
