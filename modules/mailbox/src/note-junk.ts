import type { MailAccountId, MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import type { MailboxRole } from "./mailbox.ts";
import type { MailboxServices } from "./services.ts";
import { selectBlobsOf } from "./store-junk.ts";

/**
 * Tells whoever learns from it, in the transaction of the move, that messages came into Junk or left it. Throwing a
 * message of Junk away says nothing new about it. Of a bulk move the first ones are lesson enough.
 */
export async function noteJunkMove(
  tx: TenantTx,
  services: MailboxServices,
  move: {
    readonly accountId: MailAccountId;
    /** Of the mailboxes left and entered. */
    readonly roles: {
      readonly left: readonly (MailboxRole | null)[];
      readonly entered: readonly (MailboxRole | null)[];
    };
    readonly messageIds: readonly MessageId[];
  },
): Promise<void> {
  const { onJunkMove } = services;
  const { left, entered } = move.roles;
  if (!onJunkMove || move.messageIds.length === 0 || entered.length === 0) return;
  const isFromJunk = left.includes("junk");
  const isIntoJunk = entered.includes("junk");
  if (isFromJunk === isIntoJunk || (isFromJunk && entered.every((role) => role === "trash"))) return;
  const blobIds = await selectBlobsOf(tx, move.messageIds.slice(0, mailboxLimits.junkLessonsMax));
  await onJunkMove(tx, { accountId: move.accountId, blobIds, kind: isIntoJunk ? "spam" : "ham" });
}
