import { Failure, type MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

/**
 * How far somebody may use another account's mail. `read`: look. `write`: flags, put in, move, delete. `manage`: folders
 * too. Each holds those before it.
 */
export type ShareAccess = "read" | "write" | "manage";

export const shareAccesses: readonly ShareAccess[] = ["read", "write", "manage"];

export const reachesFor = (access: ShareAccess, needed: ShareAccess): boolean =>
  shareAccesses.indexOf(access) >= shareAccesses.indexOf(needed);

export const shareTooSmall = (): Failure =>
  new Failure("forbidden", "mailbox.share_too_small", "this mail account is shared with you for less than that");

const noted = new WeakMap<TenantTx, Map<string, ShareAccess>>();

/** Says that this transaction read the share from the database; nothing outlives the transaction. */
export function noteShare(tx: TenantTx, member: MailAccountId, owner: MailAccountId, access: ShareAccess): void {
  const shares = noted.get(tx) ?? new Map<string, ShareAccess>();
  noted.set(tx, shares.set(`${member} ${owner}`, access));
}

/** What the transaction read; null when it read none. */
export function notedShare(tx: TenantTx, member: MailAccountId, owner: MailAccountId): ShareAccess | null {
  return noted.get(tx)?.get(`${member} ${owner}`) ?? null;
}
