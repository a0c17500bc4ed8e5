import {
  type Actor,
  assert,
  type Clock,
  Failure,
  type Logger,
  type MailAccountId,
  type MailboxId,
  type Random,
  type TenantId,
} from "@casaforte/kernel";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { FactCache } from "./fact-cache.ts";
import type { JunkMove } from "./junk-move.ts";
import { notedShare, type Place, reachesIn, type ShareAccess, shareTooSmall } from "./share-access.ts";
import type { ShareGiven } from "./share-given.ts";

/** What operations need beside the transaction. */
export interface MailboxServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
  /** What the process's IMAP sessions keep of messages: a message that comes is fetched soon. */
  readonly facts?: FactCache;
  /** Learns from what users move into Junk and out of it, in the transaction of the move. */
  readonly onJunkMove?: (tx: TenantTx, move: JunkMove) => Promise<void>;
  /** Tells the owner of a mailbox that his sign-in gave a share, in the transaction that gives it. */
  readonly onShareGiven?: (tx: TenantTx, given: ShareGiven) => Promise<void>;
}

/** What edges and jobs need: they open transactions and move bytes. */
export interface MailboxEdgeServices extends MailboxServices {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly logger: Logger;
  /** While true, nothing of that tenant is deleted for good (R92). */
  readonly isHeld?: (tenantId: TenantId) => Promise<boolean>;
}

/**
 * A mail account may touch itself, and another's mail as far as a share goes that this transaction read (`enterShare`);
 * `own`: what no share gives. `where` the act is done: without it a share of single mailboxes gives nothing. Only in its own
 * tenant. @throws forbidden `mailbox.not_yours`, `mailbox.share_too_small`.
 */
export function assertMayUse(
  tx: TenantTx,
  actor: Actor,
  accountId: MailAccountId,
  needed: ShareAccess | "own" = "own",
  where: Place = null,
): void {
  if ("tenantId" in actor) assert(actor.tenantId === tx.tenantId, "an actor works in his own tenant");
  if (actor.kind === "mail_account" && actor.mailAccountId !== accountId) {
    const share = notedShare(tx, actor.mailAccountId, accountId);
    if (share === null || needed === "own")
      throw new Failure("forbidden", "mailbox.not_yours", "this mail account is not yours");
    if (!reachesIn(share, needed, where)) throw shareTooSmall();
  }
  if (actor.kind === "visitor" || actor.kind === "device")
    throw new Failure("forbidden", "mailbox.not_yours", "sign in to read mail");
}

/** `assertMayUse` of one mailbox as an answer. */
export function mayUse(
  tx: TenantTx,
  actor: Actor,
  accountId: MailAccountId,
  needed: ShareAccess,
  mailboxId: MailboxId,
): boolean {
  if (actor.kind !== "mail_account" || actor.mailAccountId === accountId) return true;
  const share = notedShare(tx, actor.mailAccountId, accountId);
  return share !== null && reachesIn(share, needed, [mailboxId]);
}

/**
 * After the commit, tells sessions of the account that something changed. Payload: empty when in more than one mailbox,
 * else the mailbox and, where the caller says it, the modseq of the change.
 */
export function hintChange(
  tx: TenantTx,
  services: MailboxServices,
  accountId: MailAccountId,
  mailboxId = "",
  modseq?: number,
): void {
  const payload = modseq === undefined || mailboxId === "" ? mailboxId : `${mailboxId} ${modseq}`;
  tx.afterCommit(() => services.bus.publish(`mail:${accountId}`, payload));
}

/** What `hintChange` said; null when hints may have been missed. */
export function readHint(payload: string | null): { readonly mailboxId: MailboxId | null; readonly modseq?: number } {
  const [mailboxId, modseq] = (payload ?? "").split(" ");
  if (!mailboxId) return { mailboxId: null };
  const known = Number(modseq);
  return { mailboxId: mailboxId as MailboxId, ...(known > 0 ? { modseq: known } : {}) };
}
