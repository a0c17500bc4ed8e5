import { Failure } from "@casaforte/kernel";
import { includes, withMore, without } from "./ascending.ts";
import { uidsAt } from "./resolve-set.ts";
import type { SearchContext } from "./search-context.ts";
import { findLocally } from "./search-plan.ts";
import type { Selected, Session } from "./session.ts";
import type { ParsedKey } from "./syntax/search-keys.ts";
import { formatSet, rangesOf, star } from "./syntax/sequence-set.ts";

export interface ContextRequest extends Omit<SearchContext, "modseq"> {
  readonly key: ParsedKey;
}

/**
 * Follows a result until its mailbox is left or CANCELUPDATE names it. One too many, one that holds too much, or of keys whose
 * meaning moves with the session or the clock, is not followed, which the client is told (§4.3.1).
 */
export function follow(session: Session, selected: Selected, { key, ...asked }: ContextRequest): void {
  const { contexts, tracker } = selected;
  const context: SearchContext = { ...asked, modseq: tracker.modseq };
  if (!isSteady(key)) refuse(session, context, "Numbers, *, $, RECENT, YOUNGER and OLDER are not followed");
  else if (contexts.count >= session.limits.searchContexts) refuse(session, context, "Too many results are followed");
  else if (!contexts.keep(context, context.uids)) refuse(session, context, tooMany);
}

const tooMany = "Too many messages are followed";

function refuse(session: Session, { tag }: SearchContext, why: string): void {
  session.out.line(`* NO [NOUPDATE ${quoted(tag)}] ${why}`);
}

function isSteady(key: ParsedKey): boolean {
  switch (key.kind) {
    case "and":
    case "or":
      return key.keys.every(isSteady);
    case "not":
      return isSteady(key.key);
    case "sequence":
    case "recent":
    case "age":
      return false;
    case "uid_set":
      return key.set.kind === "ranges" && !key.set.pairs.includes(star);
    default:
      return true;
  }
}

/**
 * Finds what changes did to the results that are followed, and tells what left them, in the numbers of now. What it returns tells
 * what came, for when EXISTS has been told (§4.3.3). A result that cannot be found out is followed no longer: what else is told
 * does not depend on it.
 */
export async function tellContexts(session: Session, selected: Selected): Promise<() => void> {
  const { contexts, tracker } = selected;
  const additions: (() => void)[] = [];
  for (const context of contexts.all) {
    if (context.modseq === tracker.modseq) continue;
    const change = await changeOrRefusal(session, selected, context);
    context.modseq = tracker.modseq;
    if (typeof change === "string") {
      contexts.letGo(context.tag);
      refuse(session, context, change);
    } else if (change !== null) {
      drop(session, selected, context, change.gone);
      if (change.come.length > 0) additions.push(() => add(session, selected, context, change));
    }
  }
  return () => {
    for (const tell of additions) tell();
  };
}

/** Tells of messages whose expunge comes next that they leave the results, while their numbers are valid (§4.3.4). */
export function dropExpunged(session: Session, selected: Selected): void {
  const { contexts, tracker } = selected;
  if (contexts.count === 0) return;
  const gone = tracker.withheldUids;
  for (const context of contexts.all) drop(session, selected, context, gone.filter(holdsOf(context)));
}

/** As UIDs, ascending but for `now`. */
interface Change {
  readonly gone: Uint32Array;
  readonly come: Uint32Array;
  /** Of SORT, where a message came: the whole result in its order. */
  readonly now: Uint32Array | null;
}

async function changeOrRefusal(
  session: Session,
  selected: Selected,
  context: SearchContext,
): Promise<Change | string | null> {
  try {
    return await changeOf(session, selected, context);
  } catch (error) {
    if (error instanceof Failure) session.logger.warn("imap.follow_refused", { error: error.message });
    else session.logger.error("imap.follow_failed", error);
    return "The result cannot be followed now";
  }
}

/** Null: no message that changed came or went. Only those are looked at, and sorted among the others where one came. */
async function changeOf(session: Session, selected: Selected, context: SearchContext): Promise<Change | string | null> {
  const { tracker, mailbox, contexts } = selected;
  const indexes = tracker.changedSince(context.modseq);
  if (indexes.length === 0) return null;
  const changed = uidsAt(selected, indexes);
  const local = findLocally(selected, context.query, indexes);
  if (!local && changed.length > session.limits.contextChanges) return "Too much changed at once";
  const found = local
    ? uidsAt(selected, local)
    : await mailbox.search({ kind: "and", keys: [{ kind: "uids", ranges: rangesOf(changed) }, context.query] });
  const matching = found.filter((uid) => !tracker.isWithheld(uid));
  const holds = holdsOf(context);
  const come = matching.filter((uid) => !holds(uid));
  const gone = changed.filter((uid) => holds(uid) && !includes(matching, uid));
  if (come.length === 0 || context.program === null) return { gone, come, now: null };
  if (!contexts.hasRoom(context, come.length - gone.length)) return tooMany;
  const stay = context.uids.filter((uid) => !includes(gone, uid));
  const all = Uint32Array.from([...stay, ...come]).sort();
  const sorted = await mailbox.sort?.({ kind: "uids", ranges: rangesOf(all) }, context.program);
  const now = (sorted ?? new Uint32Array()).filter((uid) => !tracker.isWithheld(uid));
  const there = new Set(now);
  const isSameOrder = isEqual(
    stay.filter((uid) => there.has(uid)),
    now.filter(holds),
  );
  return { gone: context.uids.filter((uid) => !isSameOrder || !there.has(uid)).sort(), come, now };
}

/** Whether a result has a message. */
function holdsOf({ uids, program }: SearchContext): (uid: number) => boolean {
  if (program === null) return (uid) => includes(uids, uid);
  const set = new Set(uids);
  return (uid) => set.has(uid);
}

function drop(session: Session, selected: Selected, context: SearchContext, gone: Uint32Array): void {
  if (gone.length === 0) return;
  const { uids, program } = context;
  const isGone = (uid: number): boolean => includes(gone, uid);
  // From the end, so that each position is as the client's list has it.
  const places = program === null ? [{ position: 0, uids: gone }] : runs(uids, isGone).toReversed();
  tell(session, selected, context, { word: "REMOVEFROM", runs: places });
  selected.contexts.keep(context, program === null ? without(uids, gone) : uids.filter((uid) => !isGone(uid)));
}

function add(session: Session, selected: Selected, context: SearchContext, { come, now }: Change): void {
  const holds = holdsOf(context);
  const places = now === null ? [{ position: 0, uids: come }] : runs(now, (uid) => !holds(uid));
  const isKept = selected.contexts.keep(context, now ?? withMore(context.uids, come));
  if (!isKept) refuse(session, context, tooMany);
  else if (places.length > 0) tell(session, selected, context, { word: "ADDTO", runs: places });
}

interface Run {
  /** From 1; 0 of SEARCH, where the numbers say all. */
  readonly position: number;
  readonly uids: ArrayLike<number>;
}

/** Neighbours in a result of which something holds. */
function runs(result: Uint32Array, holds: (uid: number) => boolean): readonly Run[] {
  const found: { readonly position: number; readonly uids: number[] }[] = [];
  let open = false;
  for (const [index, uid] of result.entries()) {
    if (!holds(uid)) open = false;
    else if (open) found.at(-1)?.uids.push(uid);
    else {
      found.push({ position: index + 1, uids: [uid] });
      open = true;
    }
  }
  return found;
}

function tell(
  session: Session,
  selected: Selected,
  context: SearchContext,
  news: { readonly word: "ADDTO" | "REMOVEFROM"; readonly runs: readonly Run[] },
): void {
  // After ENABLE UIDONLY nothing is told by number (RFC 9586 §3), whatever was asked before.
  const uid = context.uid || session.enabled.uidOnly;
  const number = (of: number): number => (uid ? of : selected.tracker.indexOf(of) + 1);
  const places = news.runs.map(({ position, uids }) => `${position} ${formatSet(Array.from(uids, number))}`);
  const tag = quoted(context.tag);
  session.out.line(`* ESEARCH (TAG ${tag})${uid ? " UID" : ""} ${news.word} (${places.join(" ")})`);
}

const isEqual = (one: Uint32Array, other: Uint32Array): boolean =>
  one.length === other.length && one.every((uid, index) => uid === other[index]);

/** A tag as a quoted string. */
export const quoted = (tag: string): string => `"${tag.replace(/["\\]/g, "\\$&")}"`;
