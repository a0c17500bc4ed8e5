import { Failure, type MailAccountId, type MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Mailbox } from "./mailbox.ts";
import { type LockedAccount, lockAccount } from "./store-changes.ts";
import { selectMailbox } from "./store-mailboxes.ts";

export const noSuchMailbox = (): Failure => new Failure("not_found", "mailbox.not_found", "no such mailbox");

export const noSuchAccount = (): Failure =>
  new Failure("not_found", "mailbox.account_not_found", "no such mail account");

/** @throws not_found `mailbox.account_not_found`. */
export async function lockedAccount(tx: TenantTx, accountId: MailAccountId): Promise<LockedAccount> {
  const account = await lockAccount(tx, accountId);
  if (!account) throw noSuchAccount();
  return account;
}

/** Locks the account, then reads the mailbox as it is under the lock. Both travel in one write. */
export async function lockedMailbox(
  tx: TenantTx,
  accountId: MailAccountId,
  mailboxId: MailboxId,
): Promise<{ readonly account: LockedAccount; readonly mailbox: Mailbox }> {
  const [account, mailbox] = await Promise.all([lockedAccount(tx, accountId), selectMailbox(tx, accountId, mailboxId)]);
  if (!mailbox?.selectable) throw noSuchMailbox();
  return { account, mailbox };
}
