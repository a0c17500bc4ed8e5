import type { Actor, Clock } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import { reachesFor, type ShareAccess } from "./share-access.ts";
import { countShareTold } from "./store-shares.ts";

/** What the owner of a mailbox gave a colleague of it, beyond what he had by the same share. */
export interface ShareGiven {
  readonly owner: Extract<Actor, { kind: "mail_account" }>;
  readonly address: string;
  /** The mailbox's whole name; null: all of the account. */
  readonly folder: string | null;
  readonly access: ShareAccess;
  /** Whatever else is given on this day (UTC) is not told. */
  readonly isLastOfDay: boolean;
}

const dayMs = 86_400_000;

interface ShareChange extends Pick<ShareGiven, "address" | "folder"> {
  readonly before: ShareAccess | null;
  readonly after: ShareAccess | null;
}

/**
 * Tells of a share that an owner's own sign-in gave, in the transaction that gives it: it may be a stranger's way to go on reading
 * after the password changed. Of what an administrator gives nobody is told here. A day has few tellings, since each is mail that
 * the provider sends: no act is refused for it. Call it under the account's lock.
 */
export async function tellShareGiven(
  tx: TenantTx,
  actor: Actor,
  { before, after, ...given }: ShareChange,
  services: { readonly clock: Clock; readonly onShareGiven?: (tx: TenantTx, given: ShareGiven) => Promise<void> },
): Promise<void> {
  const { clock, onShareGiven } = services;
  if (onShareGiven === undefined || actor.kind !== "mail_account" || after === null) return;
  if (before !== null && reachesFor(before, after)) return;
  const max = mailboxLimits.sharesToldPerDay + 1;
  const told = await countShareTold(tx, actor.mailAccountId, { day: Math.floor(clock.nowMs() / dayMs), max });
  if (told === null) return;
  await onShareGiven(tx, { ...given, owner: actor, access: after, isLastOfDay: told === max });
}
