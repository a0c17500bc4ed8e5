import { Failure } from "@casaforte/kernel";
import type { MailboxInfo } from "./backend.ts";
import { formatMailbox } from "./format/quote.ts";
import type { Session } from "./session.ts";
import type { Cursor } from "./syntax/cursor.ts";
import { decodeMailboxName, encodeMailboxName } from "./syntax/mailbox-name.ts";

/** Reads a mailbox name argument. */
export function mailboxArgument(session: Session, cursor: Cursor): string {
  return decodeMailboxName(cursor.astring("a mailbox name"), session.enabled.utf8);
}

/** The mailbox of this name, or null. */
export async function findMailbox(session: Session, name: string): Promise<MailboxInfo | null> {
  const named = (all: readonly MailboxInfo[]) => all.find((mailbox) => mailbox.name === name) ?? null;
  return named(await session.account.list({ name })) ?? named(await session.account.list({ name, anew: true }));
}

/** @throws not_found `imap.no_mailbox`. */
export async function requireMailbox(session: Session, name: string): Promise<MailboxInfo> {
  const mailbox = await findMailbox(session, name);
  if (mailbox) return mailbox;
  throw new Failure("not_found", "imap.no_mailbox", "No such mailbox");
}

/** A mailbox name as printed. */
export function printedName(session: Session, name: string): string {
  return formatMailbox(encodeMailboxName(name, session.enabled.utf8));
}
