import { type Actor, Failure } from "@casaforte/kernel";
import {
  type ChangeFlagsInput,
  changeFlags,
  flagBits,
  type MailboxServices,
  type MessageFlags,
} from "@casaforte/modules/mailbox";
import type { TenantTx } from "@casaforte/platform/db";
import { type BroughtMessage, type KnownPlace, noteBrought, selectBrought } from "./store-folders.ts";

const actor: Actor = { kind: "system", name: "transfers.copy" };

/**
 * Brings over what became of the flags of messages that an earlier transfer from the same account brought, flag by flag: what
 * was set over there since is set here, what was cleared is cleared, and the rest stays as the owner has it here. So no
 * change of the owner's is undone: a flag that both changed, both changed to the same.
 */
export async function bringFlags(
  tx: TenantTx,
  place: KnownPlace,
  seen: readonly Omit<BroughtMessage, "messageId">[],
  services: MailboxServices,
): Promise<void> {
  // Two alike are one message here: the first speaks for both. What this transfer noted is not looked at again, so the
  // second cannot speak in a later batch either.
  const now = new Map(seen.toReversed().map(({ digest, flags }) => [hex(digest), flags]));
  const brought = await selectBrought(
    tx,
    place,
    seen.map(({ digest }) => digest),
  );
  const changes: (Pick<ChangeFlagsInput, "add" | "remove"> & BroughtMessage)[] = [];
  for (const { digest, messageId, flags: before } of brought) {
    const flags = now.get(hex(digest));
    if (flags === undefined) continue;
    changes.push({ digest, messageId, flags, add: toSet(without(flags, before)), remove: without(before, flags) });
  }
  // Messages with the same change are written together.
  const groups = Map.groupBy(changes, ({ add, remove }) => JSON.stringify([add, remove]));
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined || (isNone(first.add) && isNone(first.remove))) continue;
    const { add, remove } = first;
    const messageIds = group.map(({ messageId }) => messageId);
    await change(tx, { accountId: place.accountId, messageIds, add, remove }, services);
  }
  if (changes.length > 0) await noteBrought(tx, place, changes);
}

/** That a message is to be destroyed over there says nothing of the one that its owner keeps here. */
const toSet = ({ bits, keywords }: MessageFlags): MessageFlags => ({ bits: bits & ~flagBits.deleted, keywords });

/** Without new keywords when the account has too many different ones already; that is told before anything is written. */
async function change(tx: TenantTx, input: ChangeFlagsInput, services: MailboxServices): Promise<void> {
  try {
    await changeFlags(tx, actor, input, services);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "mailbox.too_many_keywords") throw error;
    await changeFlags(tx, actor, { ...input, add: { ...input.add, keywords: [] } }, services);
  }
}

/** Those of one that the other lacks; keywords are compared without case. */
function without(one: MessageFlags, other: MessageFlags): MessageFlags {
  const others = new Set(other.keywords.map((keyword) => keyword.toLowerCase()));
  return {
    bits: one.bits & ~other.bits,
    keywords: one.keywords.filter((keyword) => !others.has(keyword.toLowerCase())),
  };
}

const isNone = ({ bits, keywords }: MessageFlags): boolean => bits === 0 && keywords.length === 0;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
