import { type Actor, Failure, type MailAccountId, type MailboxId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { assertCapable } from "@casaforte/modules/measures";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import { lockedAccount, lockedMailbox } from "./locked-account.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { accessAt, type FolderAccess, reachesFor } from "./share-access.ts";
import { tellShareGiven } from "./share-given.ts";
import { selectAccountOfAddress } from "./store-accounts.ts";
import {
  deleteFolderShare,
  type FolderShareKey,
  type PlacedFolderShare,
  putFolderShare,
  selectFolderShares,
  selectFolderSharesOf,
  selectShares,
} from "./store-shares.ts";

export interface ChangeFolderShareInput {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  readonly memberAddress: string;
  /** What he may do in the mailbox then, of what he may now, by whichever share and by the account's alone; null: nothing. */
  readonly change: (held: FolderAccess | null, whole: FolderAccess | null) => FolderAccess | null;
}

/**
 * Changes what one colleague may do in one mailbox. What a share of the whole account gives already takes no row, and is not
 * taken away here. @throws not_found `mailbox.not_found`, `mailbox.share_unknown` for an address that is no live account of the
 * tenant's, unless nothing would be given; invalid `mailbox.share_self`; precondition `mailbox.share_is_whole` for less than the
 * account's share gives; too_large `mailbox.folder_shares`; forbidden `measures.manage_off`.
 */
export async function changeFolderShare(
  tx: TenantTx,
  actor: Actor,
  input: ChangeFolderShareInput,
  services: MailboxServices,
): Promise<void> {
  const { accountId, mailboxId, memberAddress } = input;
  assertMayUse(tx, actor, accountId);
  await assertCapable(tx, "mail.manage");
  const { mailbox } = await lockedMailbox(tx, accountId, mailboxId);
  const named = ({ address }: { readonly address: string }) => address === memberAddress;
  const whole = (await selectShares(tx, accountId)).find(named) ?? null;
  const rows = await selectFolderShares(tx, mailboxId);
  const row = rows.find(named) ?? null;
  const before = row?.access ?? null;
  const wholeAccess = whole === null ? null : atMostWrite(whole.access);
  const folders = new Map(before === null ? [] : [[mailboxId, before] as const]);
  const reach = accessAt({ access: wholeAccess, folders }, mailboxId);
  const wanted = input.change(reach === null ? null : atMostWrite(reach), wholeAccess);
  if (wholeAccess !== null && (wanted === null || !reachesFor(wanted, wholeAccess)))
    throw new Failure(
      "precondition",
      "mailbox.share_is_whole",
      "this person may use the whole account: change that at INBOX",
    );
  const after = wanted !== null && wholeAccess !== null && reachesFor(wholeAccess, wanted) ? null : wanted;
  if (after === before) return;
  const memberId = row?.memberId ?? whole?.memberId ?? (await selectAccountOfAddress(tx, memberAddress));
  if (memberId === null)
    throw new Failure("not_found", "mailbox.share_unknown", "no live account of the organisation has this address");
  if (memberId === accountId)
    throw new Failure("invalid", "mailbox.share_self", "a mail account is not shared with itself");
  if (before === null && (await selectFolderSharesOf(tx, accountId)).length >= mailboxLimits.folderSharesMax)
    throw new Failure("too_large", "mailbox.folder_shares", "too many mailboxes are shared");
  await write(tx, actor, { key: { accountId, mailboxId, memberId }, before, after }, services);
  await tellShareGiven(tx, actor, { address: memberAddress, folder: mailbox.path, before, after }, services);
}

async function write(
  tx: TenantTx,
  actor: Actor,
  step: { readonly key: FolderShareKey; readonly before: FolderAccess | null; readonly after: FolderAccess | null },
  services: MailboxServices,
): Promise<void> {
  const { key, before, after } = step;
  const { accountId, mailboxId, memberId } = key;
  if (after === null) await deleteFolderShare(tx, key);
  else await putFolderShare(tx, key, after, new Date(services.clock.nowMs()));
  await recordAudit(tx, actor, {
    action: "mailbox.folder_share_set",
    object: { kind: "mail_account", id: accountId },
    details: { mailboxId, memberId, before, after },
  });
  hintChange(tx, services, memberId);
}

/** Who may use single mailboxes of an account, in order of their names. */
export async function listFolderShares(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId },
): Promise<readonly PlacedFolderShare[]> {
  assertMayUse(tx, actor, input.accountId);
  return selectFolderSharesOf(tx, input.accountId);
}

/** Ends shares of single mailboxes; those that are not there (any more) are left out. */
export async function endFolderShares(
  tx: TenantTx,
  actor: Actor,
  input: {
    readonly accountId: MailAccountId;
    readonly ends: readonly Pick<FolderShareKey, "mailboxId" | "memberId">[];
  },
  services: MailboxServices,
): Promise<void> {
  const { accountId, ends } = input;
  assertMayUse(tx, actor, accountId);
  if (ends.length === 0) return;
  await lockedAccount(tx, accountId);
  const named = new Set(ends.map(({ mailboxId, memberId }) => `${mailboxId} ${memberId}`));
  for (const { mailboxId, memberId, access } of await selectFolderSharesOf(tx, accountId))
    if (named.has(`${mailboxId} ${memberId}`))
      await write(tx, actor, { key: { accountId, mailboxId, memberId }, before: access, after: null }, services);
}

const atMostWrite = (access: "read" | "write" | "manage"): FolderAccess => (access === "manage" ? "write" : access);
