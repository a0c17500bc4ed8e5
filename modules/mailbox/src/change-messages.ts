import { type Actor, Failure, type MailAccountId, type MailboxId, type MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { flagBits } from "./flags.ts";
import { mailboxLimits } from "./limits.ts";
import { lockedAccount, noSuchMailbox } from "./locked-account.ts";
import { noteJunkMove } from "./note-junk.ts";
import { removeFromMailbox } from "./remove-messages.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { takeUids } from "./store-append.ts";
import { stepAccount, stepMailboxes, touchSurvivors } from "./store-changes.ts";
import { insertMemberships } from "./store-copy.ts";
import { selectRolesOf } from "./store-junk.ts";
import { type PlaceRow, selectPlaces } from "./store-messages.ts";

export interface SetMailboxesInput {
  readonly accountId: MailAccountId;
  readonly messageId: MessageId;
  /** The whole new set; never empty. */
  readonly mailboxIds: readonly MailboxId[];
}

const noSuchMessage = (): Failure => new Failure("not_found", "mailbox.message_not_found", "no such message");

/**
 * Puts a message into exactly these mailboxes (JMAP `mailboxIds`). Places that stay keep their UID. Returns the modseq.
 * @throws not_found `mailbox.message_not_found`, `mailbox.not_found`, invalid `mailbox.no_place`.
 */
export async function setMailboxes(
  tx: TenantTx,
  actor: Actor,
  input: SetMailboxesInput,
  services: MailboxServices,
): Promise<number> {
  const { accountId, messageId } = input;
  assertMayUse(tx, actor, accountId, "write", "somewhere");
  const wanted = [...new Set(input.mailboxIds)].sort();
  if (wanted.length === 0 || wanted.length > mailboxLimits.membershipsMax)
    throw new Failure("invalid", "mailbox.no_place", "a message lies in at least one mailbox");
  const [account, places] = await Promise.all([lockedAccount(tx, accountId), selectPlaces(tx, accountId, [messageId])]);
  const [first] = places;
  if (!first) throw noSuchMessage();
  const added = wanted.filter((id) => !places.some((place) => place.mailboxId === id));
  const left = places.filter((place) => !wanted.includes(place.mailboxId));
  if (added.length === 0 && left.length === 0) return account.modseq;
  assertMayUse(tx, actor, accountId, "write", [...added, ...left.map((place) => place.mailboxId)]);
  const modseq = account.modseq + 1;
  await stepAccount(tx, accountId, { modseq });
  if (added.length > 0) {
    const unseen = (first.flags & flagBits.seen) === 0 ? 1 : 0;
    const taken = await takeUids(tx, accountId, added, { count: 1, unseen, bytes: first.sizeBytes });
    if (taken.length !== added.length) throw noSuchMailbox();
    const fresh = taken.map(({ mailboxId, firstUid }) => ({ mailboxId, uid: firstUid }));
    await insertMemberships(tx, messageId, fresh, modseq, new Date(services.clock.nowMs()));
  }
  for (const place of left) {
    const removed = await removeFromMailbox(tx, accountId, place.mailboxId, [place.uid], modseq, services);
    await stepMailboxes(tx, modseq, removed.steps);
  }
  const touched = await touchSurvivors(tx, [messageId], modseq);
  await stepMailboxes(
    tx,
    modseq,
    touched.map((mailboxId) => ({ mailboxId, total: 0, unseen: 0, bytes: 0 })),
  );
  const leftIds = left.map((place) => place.mailboxId);
  if (services.onJunkMove && added.length > 0) {
    const roles = await selectRolesOf(tx, [...leftIds, ...added]);
    const of = (ids: readonly MailboxId[]) => ids.map((id) => roles.get(id) ?? null);
    await noteJunkMove(tx, services, {
      accountId,
      roles: { left: of(leftIds), entered: of(added) },
      messageIds: [messageId],
    });
  }
  hintChange(tx, services, accountId);
  return modseq;
}

export interface DestroyMessagesInput {
  readonly accountId: MailAccountId;
  readonly messageIds: readonly MessageId[];
}

/** Takes messages out of every mailbox, for good (JMAP Email/set destroy). Returns those that were there. */
export async function destroyMessages(
  tx: TenantTx,
  actor: Actor,
  input: DestroyMessagesInput,
  services: MailboxServices,
): Promise<{ readonly destroyed: readonly MessageId[]; readonly modseq: number }> {
  const { accountId } = input;
  assertMayUse(tx, actor, accountId, "write", "somewhere");
  const [account, places] = await Promise.all([
    lockedAccount(tx, accountId),
    selectPlaces(tx, accountId, input.messageIds),
  ]);
  if (places.length === 0) return { destroyed: [], modseq: account.modseq };
  const leftIds = places.map((place) => place.mailboxId);
  assertMayUse(tx, actor, accountId, "write", leftIds);
  const modseq = account.modseq + 1;
  let bytes = 0;
  let messages = 0;
  for (const [mailboxId, uids] of byMailbox(places)) {
    const removed = await removeFromMailbox(tx, accountId, mailboxId, uids, modseq, services);
    await stepMailboxes(tx, modseq, removed.steps);
    bytes += removed.bytes;
    messages += removed.messages;
  }
  await stepAccount(tx, accountId, { modseq, bytes: -bytes, messages: -messages });
  hintChange(tx, services, accountId);
  return { destroyed: [...new Set(places.map((place) => place.messageId))], modseq };
}

function byMailbox(places: readonly PlaceRow[]): Map<MailboxId, number[]> {
  const groups = new Map<MailboxId, number[]>();
  for (const { mailboxId, uid } of places) {
    const group = groups.get(mailboxId);
    if (group) group.push(uid);
    else groups.set(mailboxId, [uid]);
  }
  for (const uids of groups.values()) uids.sort((a, b) => a - b);
  return groups;
}
