import { type Actor, type MailAccountId, type MailboxId, type MessageId, newId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { noteJunkMove } from "./note-junk.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { copyAt, moveAt, type Transferred } from "./store-copy.ts";

export interface CopyInput {
  readonly accountId: MailAccountId;
  readonly source: MailboxId;
  readonly uids: ArrayLike<number>;
  readonly target: MailboxId;
}

export interface CopyResult {
  readonly uidvalidity: number;
  /** Ascending; messages that were gone are left out. */
  readonly sourceUids: readonly number[];
  /** In the same order, ascending too. */
  readonly targetUids: readonly number[];
  /** Of the source mailbox; equal to each other for a copy elsewhere. */
  readonly modseqBefore: number;
  readonly modseqAfter: number;
}

/**
 * Copies messages to a mailbox of the account, all or none. Each copy is a new message that shares the bytes; it counts
 * against the quota. @throws not_found `mailbox.not_found`, over_quota `mailbox.over_quota`.
 */
export async function copyMessages(
  tx: TenantTx,
  actor: Actor,
  input: CopyInput,
  services: MailboxServices,
): Promise<CopyResult> {
  const { accountId, target } = input;
  assertMayUse(tx, actor, accountId, "read", [input.source]);
  assertMayUse(tx, actor, accountId, "write", [target]);
  const messageIds = Array.from(input.uids, () => newId<MessageId>(services.clock, services.random));
  const copied = await copyAt(tx, { ...input, messageIds, savedAt: new Date(services.clock.nowMs()) });
  const count = copied.sourceUids.length;
  if (count === 0) return toResult(copied);
  const roles = { left: [copied.leftRole], entered: [copied.enteredRole] };
  await noteJunkMove(tx, services, { accountId, roles, messageIds: messageIds.slice(0, count) });
  hintChange(tx, services, accountId, target, copied.modseq);
  return toResult(copied);
}

/**
 * Moves messages (RFC 6851): they keep their ids, get new UIDs and leave tombstones. A target equal to the source gives
 * new UIDs. A message that lies in the target already gets a new UID there. @throws not_found `mailbox.not_found`.
 */
export async function moveMessages(
  tx: TenantTx,
  actor: Actor,
  input: CopyInput,
  services: MailboxServices,
): Promise<CopyResult> {
  const { accountId, source, target } = input;
  assertMayUse(tx, actor, accountId, "write", [source, target]);
  const moved = await moveAt(tx, { ...input, savedAt: new Date(services.clock.nowMs()) });
  if (moved.sourceUids.length === 0) return toResult(moved);
  const roles = { left: [moved.leftRole], entered: [moved.enteredRole] };
  await noteJunkMove(tx, services, { accountId, roles, messageIds: moved.messageIds });
  if (moved.elsewhere) hintChange(tx, services, accountId);
  else for (const id of new Set([source, target])) hintChange(tx, services, accountId, id, moved.modseqAfter);
  return toResult(moved);
}

function toResult({ sourceUids, firstUid, uidvalidity, modseqBefore, modseqAfter }: Transferred): CopyResult {
  const targetUids = sourceUids.map((_, index) => firstUid + index);
  return { uidvalidity, sourceUids, targetUids, modseqBefore, modseqAfter };
}
