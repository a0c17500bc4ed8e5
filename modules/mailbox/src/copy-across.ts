import {
  type Actor,
  assert,
  type MailAccountId,
  type MailboxId,
  type MessageId,
  newId,
  type ThreadId,
} from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { CopyResult } from "./copy-messages.ts";
import { mailboxLimits } from "./limits.ts";
import { expunge } from "./remove-messages.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { foldersInSight } from "./share-access.ts";
import { copyAcrossAt } from "./store-copy.ts";

export interface CopyAcrossInput {
  readonly source: { readonly accountId: MailAccountId; readonly mailboxId: MailboxId };
  readonly target: { readonly accountId: MailAccountId; readonly mailboxId: MailboxId };
  readonly uids: ArrayLike<number>;
  /** Take them out of the source too. */
  readonly isMove: boolean;
}

/**
 * Copies or moves messages to a mailbox of another account of the tenant, all or none: new messages of that account, which
 * share the bytes and count against its quota. Both accounts stay locked until the end.
 * @throws not_found `mailbox.not_found`, over_quota `mailbox.over_quota`, forbidden where a share does not reach so far.
 */
export async function copyAcross(
  tx: TenantTx,
  actor: Actor,
  input: CopyAcrossInput,
  services: MailboxServices,
): Promise<CopyResult> {
  const { source, target, isMove } = input;
  assert(source.accountId !== target.accountId, "a copy within an account is copyMessages");
  assertMayUse(tx, actor, source.accountId, isMove ? "write" : "read", [source.mailboxId]);
  assertMayUse(tx, actor, target.accountId, "write", [target.mailboxId]);
  const { clock, random } = services;
  const copied = await copyAcrossAt(tx, {
    source,
    target,
    uids: input.uids,
    messageIds: Array.from(input.uids, () => newId<MessageId>(clock, random)),
    threadIds: Array.from(input.uids, () => newId<ThreadId>(clock, random)),
    keywordsMax: mailboxLimits.keywordsMax,
    savedAt: new Date(clock.nowMs()),
    // How a keyword is spelled tells a guest of some mailboxes whether it is in use elsewhere.
    withoutSpelling: foldersInSight(tx, source.accountId) !== null,
  });
  const { sourceUids, firstUid, uidvalidity } = copied;
  const targetUids = sourceUids.map((_, index) => firstUid + index);
  const result = { uidvalidity, sourceUids, targetUids, modseqBefore: 0, modseqAfter: 0 };
  if (sourceUids.length === 0) return result;
  hintChange(tx, services, target.accountId, target.mailboxId, copied.modseq);
  if (!isMove) return result;
  const gone = await expunge(tx, actor, { ...source, uids: sourceUids, onlyDeleted: false }, services);
  return { ...result, modseqBefore: gone.modseqBefore, modseqAfter: gone.modseqAfter };
}
