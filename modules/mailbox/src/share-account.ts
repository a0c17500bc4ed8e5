import { type Actor, Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { assertCapable } from "@casaforte/modules/measures";
import type { Db, TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import { lockedAccount, noSuchAccount } from "./locked-account.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { noteShare, reachesIn, type ShareAccess, shareTooSmall } from "./share-access.ts";
import { tellShareGiven } from "./share-given.ts";
import { selectAccountOfAddress } from "./store-accounts.ts";
import { replaceShares, type ShareRow, selectLiveAccounts, selectShare, selectShares } from "./store-shares.ts";

export interface SetSharesInput {
  readonly accountId: MailAccountId;
  readonly shares: readonly { readonly memberId: MailAccountId; readonly access: ShareAccess }[];
}

/** Who besides its owner may use an account's mail, in order of address. @throws not_found `mailbox.account_not_found`. */
export async function listShares(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId },
): Promise<readonly ShareRow[]> {
  assertMayUse(tx, actor, input.accountId);
  if (!(await selectLiveAccounts(tx, [input.accountId])).has(input.accountId)) throw noSuchAccount();
  return selectShares(tx, input.accountId);
}

/**
 * Says who besides its owner may use an account's mail, and how far; whoever is not named loses it at once, in open sessions
 * too: they ask at each command. @throws not_found `mailbox.account_not_found`; invalid `mailbox.share_self`;
 * too_large `mailbox.shares`.
 */
export async function setShares(
  tx: TenantTx,
  actor: Actor,
  input: SetSharesInput,
  services: MailboxServices,
): Promise<void> {
  const { accountId } = input;
  assertMayUse(tx, actor, accountId);
  const shares = [...new Map(input.shares.map((share) => [share.memberId, share])).values()];
  if (shares.length > mailboxLimits.sharesMax)
    throw new Failure("too_large", "mailbox.shares", "too many people share this mail account");
  if (shares.some(({ memberId }) => memberId === accountId))
    throw new Failure("invalid", "mailbox.share_self", "a mail account is not shared with itself");
  await lockedAccount(tx, accountId);
  const members = shares.map(({ memberId }) => memberId);
  const live = await selectLiveAccounts(tx, members);
  if (members.some((id) => !live.has(id))) throw noSuchAccount();
  const before = await selectShares(tx, accountId);
  await replaceShares(tx, accountId, shares, new Date(services.clock.nowMs()));
  await recordAudit(tx, actor, {
    action: "mailbox.shares_set",
    object: { kind: "mail_account", id: accountId },
    details: {
      before: before.map(({ memberId, access }) => ({ memberId, access })),
      after: shares.map(({ memberId, access }) => ({ memberId, access })),
    },
  });
  for (const id of new Set([...members, ...before.map(({ memberId }) => memberId)])) hintChange(tx, services, id);
}

export interface ChangeShareInput {
  readonly accountId: MailAccountId;
  readonly memberAddress: string;
  /** What he has then, of what he has now; null: nothing. */
  readonly change: (held: ShareAccess | null) => ShareAccess | null;
}

/**
 * Changes what one colleague may do in an account's mail; the rest of the list stays.
 * @throws not_found `mailbox.account_not_found` for an address that is no account of the tenant's, unless nothing would be
 * given; forbidden `measures.manage_off`; what `setShares` throws.
 */
export async function changeShare(
  tx: TenantTx,
  actor: Actor,
  input: ChangeShareInput,
  services: MailboxServices,
): Promise<void> {
  const { accountId, memberAddress, change } = input;
  assertMayUse(tx, actor, accountId);
  await assertCapable(tx, "mail.manage");
  await lockedAccount(tx, accountId);
  const present = await selectShares(tx, accountId);
  const held = present.find(({ address }) => address === memberAddress) ?? null;
  const before = held?.access ?? null;
  const access = change(before);
  if (access === before) return;
  const memberId = held?.memberId ?? (await selectAccountOfAddress(tx, memberAddress));
  if (memberId === null) throw noSuchAccount();
  const others = present.filter((share) => share.memberId !== memberId);
  const shares = access === null ? others : [...others, { memberId, access }];
  await setShares(tx, actor, { accountId, shares }, services);
  await tellShareGiven(tx, actor, { address: memberAddress, folder: null, before, after: access }, services);
}

/**
 * Reads the share in this transaction and lets the operations that follow use the account as far as it goes, which may be
 * some mailboxes of it. @throws not_found `mailbox.account_not_found` when there is none (the account need not exist for a
 * stranger), forbidden `mailbox.share_too_small` when it goes that far in no mailbox.
 */
export async function enterShare(
  tx: TenantTx,
  member: MailAccountId,
  owner: MailAccountId,
  needed: ShareAccess,
): Promise<void> {
  const share = await selectShare(tx, member, owner);
  if (share === null) throw noSuchAccount();
  if (!reachesIn(share, needed, "somewhere")) throw shareTooSmall();
  noteShare(tx, member, owner, share);
}

/** Whether `enterShare` refused since nothing of the account is shared any more. */
export const isShareEnded = (error: unknown): boolean =>
  error instanceof Failure && ["mailbox.account_not_found", "mailbox.share_too_small"].includes(error.code);

/**
 * The database as somebody sees it who works in another account's mail: every transaction first reads whether he still may.
 * A change needs `write` at least; what needs more says so itself.
 */
export function sharedDb(db: Db, member: MailAccountId, owners: readonly MailAccountId[]): Db {
  return {
    tenant<T>(tenantId: TenantId, work: (tx: TenantTx) => Promise<T>, options?: Parameters<Db["tenant"]>[2]) {
      const { oneTrip: _, ...rest } = options ?? {};
      const needed = options?.readOnly ? "read" : "write";
      return db.tenant(
        tenantId,
        async (tx) => {
          for (const owner of owners) await enterShare(tx, member, owner, needed);
          return work(tx);
        },
        rest,
      );
    },
    together: (tenantId, work) =>
      db.together(tenantId, async (tx) => {
        for (const owner of owners) await enterShare(tx, member, owner, "write");
        return work(tx);
      }),
    apart: (tenantId, work) =>
      db.apart(tenantId, async (tx) => {
        for (const owner of owners) await enterShare(tx, member, owner, "write");
        return work(tx);
      }),
    operatorTogether: (work) => db.operatorTogether(work),
    operator: (work, options) => db.operator(work, options),
    lookup: (work, options) => db.lookup(work, options),
    listen: (channel, onPayload) => db.listen(channel, onPayload),
    notify: (channel, payload) => db.notify(channel, payload),
    takePlace: (name, count) => db.takePlace(name, count),
    close: (graceMs) => db.close(graceMs),
  };
}
