import { type Actor, Failure, type MailAccountId, type MailboxId, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { holdUnvetted } from "@casaforte/modules/tenancy";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import type { MailAccount, MailProtocols } from "./mail-account.ts";
import type { MailboxRole } from "./mailbox.ts";
import { assertMayUse, type MailboxServices } from "./services.ts";
import { countAccounts, insertAccount } from "./store-accounts.ts";
import { insertMailbox } from "./store-mailboxes.ts";

export interface CreateMailAccountInput {
  /** The principal of realm `mail` carries the same id; a fresh one if absent. */
  readonly accountId?: MailAccountId;
  readonly address: string;
  readonly displayName?: string;
  /** Null: no limit of its own; of an organisation that nobody vetted, as much as one may have. */
  readonly quotaBytes: bigint | null;
  /** What is not said is open; JMAP only where IMAP and SMTP are. */
  readonly protocols?: Partial<MailProtocols>;
}

/** The mailboxes every account begins with, in the order shown. */
export const defaultMailboxes: readonly {
  readonly path: string;
  readonly role: MailboxRole;
  readonly order: number;
}[] = [
  { path: "INBOX", role: "inbox", order: 10 },
  { path: "Drafts", role: "drafts", order: 20 },
  { path: "Sent", role: "sent", order: 30 },
  { path: "Archive", role: "archive", order: 40 },
  { path: "Junk", role: "junk", order: 50 },
  { path: "Trash", role: "trash", order: 60 },
];

/** UIDVALIDITY begins at the seconds since 2020, so that an account made anew under an old address starts higher. */
const uidvalidityEpochMs = Date.UTC(2020, 0, 1);

/**
 * Opens a mail account with its default mailboxes (R12). The caller sets its password in the identity module under the
 * same id. @throws invalid `mailbox.address`, `mailbox.quota`, conflict `mailbox.address_taken`, precondition
 * `mailbox.not_vetted`, `mailbox.quota_not_vetted`.
 */
export async function createMailAccount(
  tx: TenantTx,
  actor: Actor,
  input: CreateMailAccountInput,
  services: MailboxServices,
): Promise<MailAccount> {
  const id = input.accountId ?? newId<MailAccountId>(services.clock, services.random);
  assertMayUse(tx, actor, id);
  await assertPlaceForUnvetted(tx, { isNew: true });
  const nowMs = services.clock.nowMs();
  const now = new Date(nowMs);
  const account: MailAccount = {
    id,
    address: checkAddress(input.address),
    displayName: checkDisplayName(input.displayName ?? ""),
    quotaBytes: await boundQuota(tx, checkQuota(input.quotaBytes)),
    usedBytes: 0n,
    messages: 0n,
    state: "active",
    protocols: firstProtocols(input.protocols),
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  };
  const firstUidvalidity = Math.max(1, Math.floor((nowMs - uidvalidityEpochMs) / 1000));
  try {
    await insertAccount(tx, account, firstUidvalidity + defaultMailboxes.length - 1);
  } catch (error) {
    if (isViolation(error, "mailbox_accounts_address")) throw addressTaken(error);
    throw error;
  }
  await Promise.all(
    defaultMailboxes.map((mailbox, index) =>
      insertMailbox(tx, {
        id: newId<MailboxId>(services.clock, services.random),
        accountId: id,
        path: mailbox.path,
        role: mailbox.role,
        uidvalidity: firstUidvalidity + index,
        modseq: 1,
        sortOrder: mailbox.order,
        subscribed: true,
        createdAt: now,
      }),
    ),
  );
  await recordAudit(tx, actor, {
    action: "mailbox.account_created",
    object: { kind: "mail_account", id },
    details: { address: account.address, quotaBytes: account.quotaBytes === null ? null : Number(account.quotaBytes) },
  });
  return account;
}

/** JMAP reads and sends: who shuts IMAP or SMTP and knows of no JMAP means programs, so it is shut with them. */
function firstProtocols(given: Partial<MailProtocols> = {}): MailProtocols {
  const { imap = true, pop3 = true, smtp = true, webmail = true } = given;
  return { imap, pop3, smtp, jmap: given.jmap ?? (imap && smtp), webmail };
}

/**
 * An organisation that signed itself up has few accounts until an operator has vetted it (R73); deleted ones count, for their
 * mail is still there. `isNew`: as a further one. @throws precondition `mailbox.not_vetted`.
 */
export async function assertPlaceForUnvetted(tx: TenantTx, { isNew }: { readonly isNew: boolean }): Promise<void> {
  if (await holdUnvetted(tx)) await assertFewAccounts(tx, { isNew });
}

/** The same of an organisation that is known to wait. */
export async function assertFewAccounts(tx: TenantTx, { isNew }: { readonly isNew: boolean }): Promise<void> {
  const { total } = await countAccounts(tx, "", ["active", "suspended", "deleted"]);
  if (total + (isNew ? 1 : 0) <= mailboxLimits.unvettedAccountsMax) return;
  throw new Failure("precondition", "mailbox.not_vetted", "a new organisation has few mailboxes until it was vetted");
}

/**
 * The quota an account gets: in an organisation that nobody vetted none is without a limit. @throws precondition
 * `mailbox.quota_not_vetted`.
 */
export async function boundQuota(tx: TenantTx, quotaBytes: bigint | null): Promise<bigint | null> {
  return isSmallQuota(quotaBytes) ? quotaBytes : quotaWhere(await holdUnvetted(tx), quotaBytes);
}

const isSmallQuota = (quotaBytes: bigint | null): boolean =>
  quotaBytes !== null && quotaBytes <= mailboxLimits.unvettedQuotaMax;

/** The same where it is known whether the organisation still waits to be vetted. */
export function quotaWhere(isUnvetted: boolean, quotaBytes: bigint | null): bigint | null {
  if (!isUnvetted || isSmallQuota(quotaBytes)) return quotaBytes;
  if (quotaBytes === null) return mailboxLimits.unvettedQuotaMax;
  throw new Failure(
    "precondition",
    "mailbox.quota_not_vetted",
    "a new organisation's mailboxes are small until vetted",
  );
}

export const addressTaken = (cause?: unknown): Failure =>
  new Failure("conflict", "mailbox.address_taken", "another mail account has this address", { cause });

/** Lower-case `local@domain`, at most 254 characters. @throws invalid `mailbox.address`. */
export function checkAddress(text: string): string {
  const address = text.trim().normalize("NFC").toLowerCase();
  if (address.length > 254 || !/^[^\s@"(),:;<>[\\\]\p{Cc}]{1,64}@[^\s@"(),:;<>[\\\]\p{Cc}]+$/u.test(address))
    throw new Failure("invalid", "mailbox.address", "not a mail address");
  return address;
}

/** One line of at most 200 characters. @throws invalid `mailbox.display_name`. */
export function checkDisplayName(text: string): string {
  const name = text.trim();
  if (name.length > 200 || /\p{Cc}/u.test(name))
    throw new Failure("invalid", "mailbox.display_name", "a name is one line of at most 200 characters");
  return name;
}

/** @throws invalid `mailbox.quota`. */
export function checkQuota(bytes: bigint | null): bigint | null {
  if (bytes !== null && (bytes <= 0n || bytes > 2n ** 53n))
    throw new Failure("invalid", "mailbox.quota", "a quota is a positive number of bytes");
  return bytes;
}
