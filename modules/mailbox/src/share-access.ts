import { Failure, type MailAccountId, type MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

/**
 * How far somebody may use another account's mail. `read`: look. `write`: flags, put in, move, delete. `manage`: folders
 * too. Each holds those before it.
 */
export type ShareAccess = "read" | "write" | "manage";

export const shareAccesses: readonly ShareAccess[] = ["read", "write", "manage"];

/** How far a single mailbox can be shared. */
export type FolderAccess = Exclude<ShareAccess, "manage">;

/** What somebody may use of another account's mail: all of it, some mailboxes, or more in some than in all. */
export interface Share {
  /** In the whole account; null: in the mailboxes named alone. */
  readonly access: ShareAccess | null;
  readonly folders: ReadonlyMap<MailboxId, FolderAccess>;
}

export const reachesFor = (access: ShareAccess, needed: ShareAccess): boolean =>
  shareAccesses.indexOf(access) >= shareAccesses.indexOf(needed);

/** How far a share goes in one mailbox; null when not at all. */
export function accessAt({ access, folders }: Share, mailboxId: MailboxId): ShareAccess | null {
  const inFolder = folders.get(mailboxId) ?? null;
  if (access === null || inFolder === null) return access ?? inFolder;
  return reachesFor(access, inFolder) ? access : inFolder;
}

/**
 * Whether a share reaches for what is done in each of these mailboxes, or in some mailbox at least; null: for what is done in
 * the account, where a share of single mailboxes never does.
 */
export function reachesIn(share: Share, needed: ShareAccess, where: Place): boolean {
  if (share.access !== null && reachesFor(share.access, needed)) return true;
  if (where === null) return false;
  const places = where === "somewhere" ? [...share.folders.keys()] : where;
  const isReached = (id: MailboxId): boolean => {
    const access = accessAt(share, id);
    return access !== null && reachesFor(access, needed);
  };
  return places.length > 0 && (where === "somewhere" ? places.some(isReached) : places.every(isReached));
}

/** Where something is done in an account: these mailboxes, one of them whichever it is, or null: all of it. */
export type Place = readonly MailboxId[] | "somewhere" | null;

export const shareTooSmall = (): Failure =>
  new Failure("forbidden", "mailbox.share_too_small", "this mail is shared with you for less than that");

interface Noted {
  readonly member: MailAccountId;
  readonly share: Share;
}

const noted = new WeakMap<TenantTx, Map<MailAccountId, Noted>>();

/** Says that this transaction read the share from the database; nothing outlives the transaction. */
export function noteShare(tx: TenantTx, member: MailAccountId, owner: MailAccountId, share: Share): void {
  const shares = noted.get(tx) ?? new Map<MailAccountId, Noted>();
  noted.set(tx, shares.set(owner, { member, share }));
}

/** What the transaction read; null when it read none. */
export function notedShare(tx: TenantTx, member: MailAccountId, owner: MailAccountId): Share | null {
  const found = noted.get(tx)?.get(owner);
  return found?.member === member ? found.share : null;
}

/** What whoever works in this transaction may use, where that is some mailboxes alone; null: all of the account. */
export function foldersInSight(tx: TenantTx, owner: MailAccountId): Share["folders"] | null {
  const share = noted.get(tx)?.get(owner)?.share;
  return share === undefined || share.access !== null ? null : share.folders;
}

/** The mailboxes that whoever works in this transaction may look into; null: all of the account. */
export function mailboxesInSight(tx: TenantTx, owner: MailAccountId): readonly MailboxId[] | null {
  const folders = foldersInSight(tx, owner);
  return folders && [...folders.keys()];
}
