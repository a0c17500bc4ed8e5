import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type LookupTx, type TenantTx } from "@casaforte/platform/db";
import {
  addressTaken,
  assertPlaceForUnvetted,
  boundQuota,
  checkAddress,
  checkDisplayName,
  checkQuota,
} from "./create-mail-account.ts";
import { mailboxLimits } from "./limits.ts";
import { noSuchAccount } from "./locked-account.ts";
import type { MailAccount, MailAccountState, MailProtocols } from "./mail-account.ts";
import { hintDoor } from "./open-doors.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import {
  type AccountDoor,
  countAccounts,
  holdAccount,
  notePurgeWanted,
  purgeAccountRows,
  selectAccount,
  selectAccountByAddress,
  selectAccounts,
  selectDeletedAccount,
  updateAccountRow,
} from "./store-accounts.ts";
import { lockAccount, stepAccount } from "./store-changes.ts";
import { hastenContents } from "./store-recover.ts";

const dayMs = 24 * 60 * 60 * 1000;

export interface UpdateMailAccountInput {
  readonly accountId: MailAccountId;
  readonly address?: string;
  readonly displayName?: string;
  readonly quotaBytes?: bigint | null;
  /** What is not said stays; JMAP is shut together with IMAP or SMTP. */
  readonly protocols?: Partial<MailProtocols>;
  readonly state?: "active" | "suspended";
}

/**
 * Changes a mail account (R12, R13). A quota below the use is allowed: nothing is lost, nothing more goes in.
 * @throws not_found `mailbox.account_not_found`, conflict `mailbox.address_taken`, invalid and precondition as
 * `createMailAccount`.
 */
export async function updateMailAccount(
  tx: TenantTx,
  actor: Actor,
  input: UpdateMailAccountInput,
  services: MailboxServices,
): Promise<MailAccount> {
  assertMayUse(tx, actor, input.accountId);
  const locked = await lockAccount(tx, input.accountId);
  const before = await selectAccount(tx, input.accountId);
  if (!before || before.state === "deleted" || locked === null) throw noSuchAccount();
  const after: MailAccount = {
    ...before,
    address: input.address === undefined ? before.address : checkAddress(input.address),
    displayName: input.displayName === undefined ? before.displayName : checkDisplayName(input.displayName),
    quotaBytes: input.quotaBytes === undefined ? before.quotaBytes : await quotaAfter(tx, before, input.quotaBytes),
    protocols: protocolsAfter(before.protocols, input.protocols),
    state: input.state ?? before.state,
    updatedAt: new Date(services.clock.nowMs()),
  };
  await write(tx, after);
  // JMAP's quota and identities have no state of their own.
  if (before.quotaBytes !== after.quotaBytes || before.displayName !== after.displayName)
    await stepAccount(tx, after.id, { modseq: locked.modseq + 1 });
  await recordAudit(tx, actor, {
    action: "mailbox.account_updated",
    object: { kind: "mail_account", id: after.id },
    details: { before: shown(before), after: shown(after) },
  });
  hintChange(tx, services, after.id);
  hintDoor(tx, services, after.id);
  return after;
}

/** As on creation: who shuts IMAP or SMTP and does not speak of JMAP shuts it too. */
function protocolsAfter(before: MailProtocols, given: Partial<MailProtocols> = {}): MailProtocols {
  const after = { ...before, ...given };
  const isShut = (before.imap && !after.imap) || (before.smtp && !after.smtp);
  return isShut ? { ...after, jmap: given.jmap ?? false } : after;
}

/** What an account has already it keeps. */
async function quotaAfter(tx: TenantTx, before: MailAccount, wanted: bigint | null): Promise<bigint | null> {
  const quotaBytes = checkQuota(wanted);
  return quotaBytes === before.quotaBytes ? quotaBytes : boundQuota(tx, quotaBytes);
}

/** Closes a mail account; it can be called back for `deletedAccountDays`, then a job removes it. @throws not_found. */
export async function deleteMailAccount(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId },
  services: MailboxServices,
): Promise<void> {
  assertMayUse(tx, actor, input.accountId);
  await lockAccount(tx, input.accountId);
  const before = await selectAccount(tx, input.accountId);
  if (!before || before.state === "deleted") throw noSuchAccount();
  const now = new Date(services.clock.nowMs());
  await write(tx, { ...before, state: "deleted", updatedAt: now, deletedAt: now });
  await recordAudit(tx, actor, {
    action: "mailbox.account_deleted",
    object: { kind: "mail_account", id: before.id },
    details: { address: before.address },
  });
  hintChange(tx, services, before.id);
  hintDoor(tx, services, before.id);
}

/**
 * Calls a deleted account back with all its mail. @throws not_found, conflict `mailbox.address_taken`, precondition
 * `mailbox.not_vetted`.
 */
export async function restoreMailAccount(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId },
  services: MailboxServices,
): Promise<MailAccount> {
  assertMayUse(tx, actor, input.accountId);
  await assertPlaceForUnvetted(tx, { isNew: false });
  // Somebody else may be removing it for good, and the other way round: whoever is first has it.
  await holdAccount(tx, input.accountId);
  const before = await selectAccount(tx, input.accountId);
  if (before?.state !== "deleted") throw noSuchAccount();
  const after: MailAccount = {
    ...before,
    state: "active",
    updatedAt: new Date(services.clock.nowMs()),
    deletedAt: null,
  };
  await write(tx, after);
  await recordAudit(tx, actor, {
    action: "mailbox.account_restored",
    object: { kind: "mail_account", id: before.id },
    details: { address: before.address },
  });
  return after;
}

/** Removes a deleted account for good, whatever its age; contents go to the collector. @throws not_found. */
export async function purgeMailAccount(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId },
): Promise<void> {
  await holdAccount(tx, input.accountId);
  const account = await selectDeletedAccount(tx, input.accountId);
  if (account === null) throw noSuchAccount();
  await hastenContents(tx, input.accountId, leftAt(account.deletedAt));
  await purgeAccountRows(tx, input.accountId);
  await recordAudit(tx, actor, {
    action: "mailbox.account_purged",
    object: { kind: "mail_account", id: input.accountId },
    details: { address: account.address },
  });
}

/**
 * Under a hold: nobody sees the account any more and its rows stay until none stands, when the collector removes it. The
 * log says what it says without a hold, which its customer does not learn of (R92). @throws not_found.
 */
export async function wantPurge(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId },
  { clock }: Pick<MailboxServices, "clock">,
): Promise<void> {
  await holdAccount(tx, input.accountId);
  const account = await selectAccount(tx, input.accountId);
  if (account?.state !== "deleted") throw noSuchAccount();
  await notePurgeWanted(tx, account.id, new Date(clock.nowMs()));
  await recordAudit(tx, actor, {
    action: "mailbox.account_purged",
    object: { kind: "mail_account", id: account.id },
    details: { address: account.address },
  });
}

/** As if its mail had been deleted so long before that a day is left. */
const leftAt = (deletedAt: Date | null): Date =>
  new Date((deletedAt?.getTime() ?? 0) - (mailboxLimits.recoverDays - 1) * dayMs);

/** @throws not_found `mailbox.account_not_found`. */
export async function readMailAccount(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId },
): Promise<MailAccount> {
  assertMayUse(tx, actor, input.accountId);
  const account = await selectAccount(tx, input.accountId);
  if (!account) throw noSuchAccount();
  return account;
}

export interface ListMailAccountsInput {
  /** Part of an address or a name. */
  readonly search?: string;
  readonly states?: readonly MailAccountState[];
  /** `next` of the page before. */
  readonly cursor?: string;
  /** At most `pageMax`. */
  readonly limit?: number;
}

export interface MailAccountPage {
  readonly accounts: readonly MailAccount[];
  /** How many match in all, and what they hold; of the first page alone, for it takes a look at each of them. */
  readonly sums: { readonly total: number; readonly usedBytes: bigint } | null;
  readonly next: string | null;
}

/** Accounts of the tenant in the order of addresses, a page at a time. @throws invalid `mailbox.cursor`. */
export async function listMailAccounts(
  tx: TenantTx,
  actor: Actor,
  input: ListMailAccountsInput,
): Promise<MailAccountPage> {
  if (actor.kind === "mail_account" || actor.kind === "visitor" || actor.kind === "device")
    throw new Failure("forbidden", "mailbox.not_yours", "the list of accounts is the administrator's");
  const search = (input.search ?? "").trim().toLowerCase();
  const states = input.states ?? ["active", "suspended"];
  const limit = Math.min(Math.max(input.limit ?? 50, 1), mailboxLimits.pageMax);
  const [afterAddress, afterId] = parseCursor(input.cursor);
  const [rows, sums] = await Promise.all([
    selectAccounts(tx, { search, states, afterAddress, afterId, limit: limit + 1 }),
    input.cursor === undefined ? countAccounts(tx, search, states) : null,
  ]);
  const accounts = rows.slice(0, limit);
  const last = accounts.at(-1);
  return { accounts, sums, next: rows.length > limit && last ? `${last.id}${last.address}` : null };
}

function parseCursor(cursor: string | undefined): [string, string] {
  if (cursor === undefined) return ["", "00000000-0000-0000-0000-000000000000"];
  const match = /^([0-9a-f-]{36})(.{1,254})$/.exec(cursor);
  if (!match) throw new Failure("invalid", "mailbox.cursor", "not a cursor of this list");
  return [match[2] ?? "", match[1] ?? ""];
}

/** Who receives mail for an address and who may sign in with it; across tenants. Null when nobody. */
export async function findMailAccount(tx: LookupTx | TenantTx, address: string): Promise<AccountDoor | null> {
  if (address.length > 254) return null;
  return selectAccountByAddress(tx, address.normalize("NFC").toLowerCase());
}

async function write(tx: TenantTx, account: MailAccount): Promise<void> {
  try {
    await updateAccountRow(tx, account);
  } catch (error) {
    if (isViolation(error, "mailbox_accounts_address")) throw addressTaken(error);
    throw error;
  }
}

const shown = (account: MailAccount) => ({
  address: account.address,
  displayName: account.displayName,
  quotaBytes: account.quotaBytes === null ? null : Number(account.quotaBytes),
  state: account.state,
  protocols: { ...account.protocols },
});
