import type { MailState } from "../jmap/store.ts";
import type { Email, Mailbox } from "../jmap/types.ts";

/** The mailbox of a role; never by its name. */
export const mailboxOfRole = (state: MailState, role: string): Mailbox | undefined =>
  [...state.mailboxes.values()].find((mailbox) => mailbox.role === role);

/** Whether messages can be moved to the mailbox of a role. A guest of single folders may see none, or only read it. */
export const takesMail = (state: MailState, role: string): boolean =>
  mailboxOfRole(state, role)?.myRights.mayAddItems === true;

/** The emails of a row's conversation, oldest first; only the row's own when conversations are off. */
export function conversation(state: MailState, emailId: string, isWhole: boolean): readonly Email[] {
  const email = state.emails.get(emailId);
  if (email === undefined) return [];
  if (!isWhole) return [email];
  const emails = (state.threads.get(email.threadId) ?? [emailId]).flatMap((id) => state.emails.get(id) ?? []);
  return emails.some((other) => other.id === emailId) ? emails : [...emails, email];
}

/**
 * What an action on rows changes: of each conversation the messages in this mailbox. Elsewhere (a search) all of it but
 * drafts, sent and trash, which belong where they are.
 */
export function targetIds(
  state: MailState,
  rows: readonly string[],
  mailboxId: string | null,
  isWhole: boolean,
): readonly string[] {
  const fixed = ["drafts", "sent", "trash"].flatMap((role) => mailboxOfRole(state, role)?.id ?? []);
  const ids = rows.flatMap((row) =>
    conversation(state, row, isWhole)
      .filter((email) =>
        mailboxId === null
          ? email.id === row || !fixed.some((id) => email.mailboxIds[id])
          : email.mailboxIds[mailboxId] === true,
      )
      .map((email) => email.id),
  );
  return [...new Set(ids)];
}

/** What a row says of its conversation. */
export interface RowSummary {
  readonly email: Email;
  readonly count: number;
  readonly isUnread: boolean;
  readonly isFlagged: boolean;
  readonly hasAttachment: boolean;
  readonly people: readonly string[];
}

/** People are those who wrote, or to whom it went in Sent and Drafts. */
export function rowSummary(
  state: MailState,
  emailId: string,
  isWhole: boolean,
  showsRecipients: boolean,
): RowSummary | null {
  const email = state.emails.get(emailId);
  if (email === undefined) return null;
  const trash = mailboxOfRole(state, "trash")?.id ?? "";
  const all = conversation(state, emailId, isWhole).filter((other) => other.id === emailId || !other.mailboxIds[trash]);
  const names = all.flatMap((other) =>
    ((showsRecipients ? other.to : other.from) ?? []).map((address) => address.name || address.email),
  );
  return {
    email,
    count: all.length,
    isUnread: all.some((other) => !other.keywords["$seen"]),
    isFlagged: all.some((other) => other.keywords["$flagged"]),
    hasAttachment: all.some((other) => other.hasAttachment),
    people: [...new Set(names)],
  };
}
