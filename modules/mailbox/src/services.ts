import {
  type Actor,
  assert,
  type Clock,
  Failure,
  type Logger,
  type MailAccountId,
  type Random,
} from "@casaforte/kernel";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, TenantTx } from "@casaforte/platform/db";

/** What operations need beside the transaction. */
export interface MailboxServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
}

/** What edges and jobs need: they open transactions and move bytes. */
export interface MailboxEdgeServices extends MailboxServices {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly logger: Logger;
}

/** A mail account may touch only itself, and only its own tenant. @throws forbidden `mailbox.not_yours`. */
export function assertMayUse(tx: TenantTx, actor: Actor, accountId: MailAccountId): void {
  if ("tenantId" in actor) assert(actor.tenantId === tx.tenantId, "an actor works in his own tenant");
  if (actor.kind === "mail_account" && actor.mailAccountId !== accountId)
    throw new Failure("forbidden", "mailbox.not_yours", "this mail account is not yours");
  if (actor.kind === "visitor" || actor.kind === "device")
    throw new Failure("forbidden", "mailbox.not_yours", "sign in to read mail");
}

/** After the commit, tells sessions of the account that something changed; empty payload: in more than one mailbox. */
export function hintChange(tx: TenantTx, services: MailboxServices, accountId: MailAccountId, mailboxId = ""): void {
  tx.afterCommit(() => services.bus.publish(`mail:${accountId}`, mailboxId));
}
