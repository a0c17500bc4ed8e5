import type { Actor } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { reachesFor, type ShareAccess } from "./share-access.ts";

/** What the owner of a mailbox gave a colleague of it, beyond what he had by the same share. */
export interface ShareGiven {
  readonly owner: Extract<Actor, { kind: "mail_account" }>;
  readonly address: string;
  /** The mailbox's whole name; null: all of the account. */
  readonly folder: string | null;
  readonly access: ShareAccess;
}

interface ShareChange extends Pick<ShareGiven, "address" | "folder"> {
  readonly before: ShareAccess | null;
  readonly after: ShareAccess | null;
}

/**
 * Tells of a share that an owner's own sign-in gave, in the transaction that gives it: it may be a stranger's way to go on reading
 * after the password changed. Of what an administrator gives nobody is told here.
 */
export async function tellShareGiven(
  tx: TenantTx,
  actor: Actor,
  { before, after, ...given }: ShareChange,
  services: { readonly onShareGiven?: (tx: TenantTx, given: ShareGiven) => Promise<void> },
): Promise<void> {
  if (actor.kind !== "mail_account" || after === null) return;
  if (before !== null && reachesFor(before, after)) return;
  await services.onShareGiven?.(tx, { ...given, owner: actor, access: after });
}
