import type { EmailChange, Outcome, SetChange } from "@casaforte/jmap";
import { type Actor, Failure, type MailAccountId, type MailboxId, type MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { setMailboxes } from "./change-messages.ts";
import { checkKeywords, checkKeywordsGrown, keywordBits, type MessageFlags } from "./flags.ts";
import { lockedAccount } from "./locked-account.ts";
import { type MailboxServices, mayUse } from "./services.ts";
import { type ShareAccess, shareTooSmall } from "./share-access.ts";
import { type FlagOperation, storeMessageFlags } from "./store-flags.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { type PlaceRow, selectPlaces } from "./store-messages.ts";

/** JMAP keywords as the store keeps them. */
export function flagsOf(keywords: readonly string[]): MessageFlags {
  const lower = keywords.map((keyword) => keyword.toLowerCase());
  return {
    bits: lower.reduce((bits, keyword) => bits | (keywordBits.get(keyword) ?? 0), 0),
    keywords: lower.filter((keyword) => !keywordBits.has(keyword)),
  };
}

/** The store's flags as JMAP keywords; \Deleted is IMAP's own affair (RFC 8621 §4.1.1). */
export function keywordsOf(row: { readonly flags: number; readonly keywords: readonly string[] }): readonly string[] {
  const system = [...keywordBits].filter(([, bit]) => (row.flags & bit) !== 0);
  return [...system.map(([keyword]) => keyword), ...row.keywords.map((keyword) => keyword.toLowerCase()).sort()];
}

interface Step {
  readonly operation: FlagOperation;
  readonly flags: MessageFlags;
}

function flagSteps(change: SetChange | undefined): readonly Step[] {
  if (change === undefined) return [];
  if (change.kind === "replace") return [{ operation: "replace", flags: flagsOf(change.values) }];
  const steps: Step[] = [];
  // What goes makes room for what comes.
  if (change.remove.length > 0) steps.push({ operation: "remove", flags: flagsOf(change.remove) });
  if (change.add.length > 0) steps.push({ operation: "add", flags: flagsOf(change.add) });
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
  const may = (needed: ShareAccess) => (id: MailboxId) => mayUse(tx, actor, accountId, needed, id);
  const seen = (await selectMailboxes(tx, accountId)).map(({ id }) => id).filter(may("read"));
  const sight: Sight = { seen: new Set<string>(seen), writable: new Set<string>(seen.filter(may("write"))) };
  const wanted = changes.map((change) => change.id).filter((id) => /^[0-9a-f-]{36}$/.test(id)) as MessageId[];
  const places = Map.groupBy(await selectPlaces(tx, accountId, wanted), (place) => place.messageId as string);
  const outcomes: Outcome[] = changes.map((change) => refusal(change, places.get(change.id), sight));
  const accepted = changes.filter((_, index) => outcomes[index] === null);
  // Messages with the same change are written together: "mark 500 as read" is one statement, not 500.
  const groups = Map.groupBy(accepted, (change) => JSON.stringify(change.keywords ?? null));
  for (const group of groups.values()) {
    for (const step of flagSteps(group[0]?.keywords)) {
      const ids = group.map((change) => change.id as MessageId);
      const rows = firstPlaces(
        (await selectPlaces(tx, accountId, ids)).filter((row) => sight.writable.has(row.mailboxId)),
      );
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

/** Mailboxes that whoever asks may look into, and those in which he may change something. */
interface Sight {
  readonly seen: ReadonlySet<string>;
  readonly writable: ReadonlySet<string>;
}

function refusal(change: EmailChange, places: readonly PlaceRow[] | undefined, { seen, writable }: Sight): Outcome {
  if (places === undefined) return new Failure("not_found", "mailbox.message_not_found", "no such message");
  const now: readonly string[] = places.map((place) => place.mailboxId);
  if (change.mailboxIds !== undefined) {
    const next = placesAfter(now, change.mailboxIds);
    if (next.length === 0) return new Failure("invalid", "mailbox.no_place", "a message lies in at least one mailbox");
    if (next.some((id) => !seen.has(id))) return new Failure("invalid", "mailbox.not_found", "no such mailbox");
    const changed = [...next.filter((id) => !now.includes(id)), ...now.filter((id) => !next.includes(id))];
    if (changed.some((id) => !writable.has(id))) return shareTooSmall();
  }
  if (change.keywords !== undefined && !now.some((id) => writable.has(id))) return shareTooSmall();
  try {
    let keywords: readonly string[] = (places[0]?.keywords ?? []).map((keyword) => keyword.toLowerCase());
    for (const step of flagSteps(change.keywords)) {
      checkKeywords(step.flags.keywords);
      const after = keywordsAfter(keywords, step);
      checkKeywordsGrown(keywords.length, after.length);
      keywords = after;
    }
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function keywordsAfter(now: readonly string[], { operation, flags }: Step): readonly string[] {
  if (operation === "remove") return now.filter((keyword) => !flags.keywords.includes(keyword));
  return [...new Set([...(operation === "add" ? now : []), ...flags.keywords])];
}

/** Flags are the same at each place of a message; one row of each is enough. */
function firstPlaces(places: readonly PlaceRow[]): readonly PlaceRow[] {
  const seen = new Set<string>();
  return places.filter((place) => !seen.has(place.messageId) && seen.add(place.messageId));
}
