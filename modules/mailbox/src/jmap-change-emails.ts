import type { EmailChange, Outcome, SetChange } from "@casaforte/jmap";
import { type Actor, Failure, type MailAccountId, type MailboxId, type MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { setMailboxes } from "./change-messages.ts";
import { checkKeywords, type MessageFlags } from "./flags.ts";
import { lockedAccount } from "./locked-account.ts";
import type { MailboxServices } from "./services.ts";
import { type FlagOperation, storeMessageFlags } from "./store-flags.ts";
import { keywordBits } from "./store-jmap-query.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { type PlaceRow, selectPlaces } from "./store-messages.ts";

/** JMAP keywords as the store keeps them. */
export function flagsOf(keywords: readonly string[]): MessageFlags {
  const lower = keywords.map((keyword) => keyword.toLowerCase());
  return {
    bits: lower.reduce((bits, keyword) => bits | (keywordBits[keyword] ?? 0), 0),
    keywords: lower.filter((keyword) => keywordBits[keyword] === undefined),
  };
}

/** The store's flags as JMAP keywords; \Deleted is IMAP's own affair (RFC 8621 §4.1.1). */
export function keywordsOf(row: { readonly flags: number; readonly keywords: readonly string[] }): readonly string[] {
  const system = Object.entries(keywordBits).filter(([, bit]) => (row.flags & bit) !== 0);
  return [...system.map(([keyword]) => keyword), ...row.keywords.map((keyword) => keyword.toLowerCase())];
}

interface Step {
  readonly operation: FlagOperation;
  readonly flags: MessageFlags;
}

function flagSteps(change: SetChange | undefined): readonly Step[] {
  if (change === undefined) return [];
  if (change.kind === "replace") return [{ operation: "replace", flags: flagsOf(change.values) }];
  const steps: Step[] = [];
  if (change.add.length > 0) steps.push({ operation: "add", flags: flagsOf(change.add) });
  if (change.remove.length > 0) steps.push({ operation: "remove", flags: flagsOf(change.remove) });
  return steps;
}

function placesAfter(now: readonly string[], change: SetChange): readonly string[] {
  if (change.kind === "replace") return change.values;
  return [...new Set([...now.filter((id) => !change.remove.includes(id)), ...change.add])];
}

/**
 * Email/set update in one transaction. Everything that could refuse a single message is checked before the first write,
 * so that one bad object does not undo the others. Outcomes in the order asked.
 */
export async function changeEmails(
  tx: TenantTx,
  actor: Actor,
  accountId: MailAccountId,
  changes: readonly EmailChange[],
  services: MailboxServices,
): Promise<readonly Outcome[]> {
  await lockedAccount(tx, accountId);
  const mailboxIds = new Set<string>((await selectMailboxes(tx, accountId)).map((mailbox) => mailbox.id));
  const wanted = changes.map((change) => change.id).filter((id) => /^[0-9a-f-]{36}$/.test(id)) as MessageId[];
  const places = Map.groupBy(await selectPlaces(tx, accountId, wanted), (place) => place.messageId as string);
  const outcomes: Outcome[] = changes.map((change) => refusal(change, places.get(change.id), mailboxIds));
  const accepted = changes.filter((_, index) => outcomes[index] === null);
  // Messages with the same change are written together: "mark 500 as read" is one statement, not 500.
  const groups = Map.groupBy(accepted, (change) => JSON.stringify(change.keywords ?? null));
  for (const group of groups.values()) {
    for (const step of flagSteps(group[0]?.keywords)) {
      const ids = group.map((change) => change.id as MessageId);
      const rows = firstPlaces(await selectPlaces(tx, accountId, ids));
      await storeMessageFlags(tx, actor, { accountId, rows, ...step }, services);
    }
  }
  for (const change of accepted) {
    if (change.mailboxIds === undefined) continue;
    const now = (places.get(change.id) ?? []).map((place) => place.mailboxId);
    const next = placesAfter(now, change.mailboxIds) as readonly MailboxId[];
    const messageId = change.id as MessageId;
    await setMailboxes(tx, actor, { accountId, messageId, mailboxIds: next }, services);
  }
  return outcomes;
}

function refusal(change: EmailChange, now: readonly PlaceRow[] | undefined, mailboxIds: ReadonlySet<string>): Outcome {
  if (now === undefined) return new Failure("not_found", "mailbox.message_not_found", "no such message");
  if (change.mailboxIds !== undefined) {
    const next = placesAfter(
      now.map((place) => place.mailboxId),
      change.mailboxIds,
    );
    if (next.length === 0) return new Failure("invalid", "mailbox.no_place", "a message lies in at least one mailbox");
    if (next.some((id) => !mailboxIds.has(id))) return new Failure("invalid", "mailbox.not_found", "no such mailbox");
  }
  try {
    for (const { flags } of flagSteps(change.keywords)) checkKeywords(flags.keywords);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Flags are the same at each place of a message; one row of each is enough. */
function firstPlaces(places: readonly PlaceRow[]): readonly PlaceRow[] {
  const seen = new Set<string>();
  return places.filter((place) => !seen.has(place.messageId) && seen.add(place.messageId));
}
