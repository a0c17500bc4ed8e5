import type { MailAccountId, MailboxId, MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import type { MailboxServices } from "./services.ts";
import { selectBlobsOf, selectRolesOf } from "./store-junk.ts";

/**
 * Tells whoever learns from it, in the transaction of the move, that messages came into Junk or left it. Throwing a
 * message of Junk away says nothing new about it. Of a bulk move the first ones are lesson enough.
 */
export async function noteJunkMove(
  tx: TenantTx,
  services: MailboxServices,
  move: {
    readonly accountId: MailAccountId;
    readonly left: readonly MailboxId[];
    readonly entered: readonly MailboxId[];
    readonly messageIds: readonly MessageId[];
  },
): Promise<void> {
  const { onJunkMove } = services;
  if (!onJunkMove || move.messageIds.length === 0 || move.entered.length === 0) return;
  const roles = await selectRolesOf(tx, [...move.left, ...move.entered]);
  const into = move.entered.map((id) => roles.get(id));
  const isFromJunk = move.left.some((id) => roles.get(id) === "junk");
  const isIntoJunk = into.includes("junk");
  if (isFromJunk === isIntoJunk || (isFromJunk && into.every((role) => role === "trash"))) return;
  const blobIds = await selectBlobsOf(tx, move.messageIds.slice(0, mailboxLimits.junkLessonsMax));
  await onJunkMove(tx, { accountId: move.accountId, blobIds, kind: isIntoJunk ? "spam" : "ham" });
}
