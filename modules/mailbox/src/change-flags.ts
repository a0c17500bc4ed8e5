import type { Actor, MailAccountId, MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { MessageFlags } from "./flags.ts";
import { lockedAccount } from "./locked-account.ts";
import type { MailboxServices } from "./services.ts";
import { storeMessageFlags } from "./store-flags.ts";
import { selectPlaces } from "./store-messages.ts";

export interface ChangeFlagsInput {
  readonly accountId: MailAccountId;
  readonly messageIds: readonly MessageId[];
  readonly add: MessageFlags;
  readonly remove: MessageFlags;
}

/**
 * Sets some flags of messages and clears others, wherever they lie, and leaves the rest as they are; messages that are gone
 * are left out. @throws not_found `mailbox.account_not_found`, invalid `mailbox.keyword`, `mailbox.too_many_keywords`.
 */
export async function changeFlags(
  tx: TenantTx,
  actor: Actor,
  { accountId, messageIds, add, remove }: ChangeFlagsInput,
  services: MailboxServices,
): Promise<void> {
  await lockedAccount(tx, accountId);
  const steps = [
    { operation: "remove", flags: remove },
    { operation: "add", flags: add },
  ] as const;
  for (const { operation, flags } of steps) {
    if (flags.bits === 0 && flags.keywords.length === 0) continue;
    // Flags are the same at each place of a message; one row of each is enough.
    const places = await selectPlaces(tx, accountId, messageIds);
    const rows = [...new Map(places.map((place) => [place.messageId, place])).values()];
    if (rows.length > 0) await storeMessageFlags(tx, actor, { accountId, rows, operation, flags }, services);
  }
}
