import { indexesOfUids } from "./resolve-set.ts";
import type { SearchContext } from "./search-context.ts";
import { findLocally } from "./search-plan.ts";
import type { SearchQuery } from "./search-query.ts";
import type { Selected, Session } from "./session.ts";
import type { ParsedKey } from "./syntax/search-keys.ts";
import { formatSet, normalizeRanges, star } from "./syntax/sequence-set.ts";

export interface ContextRequest extends Omit<SearchContext, "modseq"> {
  readonly key: ParsedKey;
}

/**
 * Follows a result until its mailbox is left or CANCELUPDATE names it. One too many, or of keys whose meaning moves with the
 * session or the clock, is not followed, which the client is told (§4.3.1).
 */
export function follow(session: Session, selected: Selected, { key, ...context }: ContextRequest): void {
  const refusal = !isSteady(key)
    ? "Numbers, *, $, RECENT, YOUNGER and OLDER are not followed"
    : selected.contexts.size >= session.limits.searchContexts
      ? "Too many results are followed"
      : null;
  if (refusal === null) selected.contexts.set(context.tag, { ...context, modseq: selected.tracker.modseq });
  else session.out.line(`* NO [NOUPDATE ${quoted(context.tag)}] ${refusal}`);
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
 * what came, for when EXISTS has been told (§4.3.3).
 */
export async function tellContexts(session: Session, selected: Selected): Promise<() => void> {
  const additions: (() => void)[] = [];
  for (const context of selected.contexts.values()) {
    if (context.modseq === selected.tracker.modseq) continue;
    const now = await resultNow(selected, context);
    context.modseq = selected.tracker.modseq;
    if (now === null) continue;
    const kept = new Set(now);
    const before = new Set(context.uids);
    const isSameOrder = isEqual(
      context.uids.filter((uid) => kept.has(uid)),
      now.filter((uid) => before.has(uid)),
    );
    drop(session, selected, context, (uid) => !isSameOrder || !kept.has(uid));
    additions.push(() => add(session, selected, context, now));
  }
  return () => {
    for (const tell of additions) tell();
  };
}

/** Tells of messages whose expunge comes next that they leave the results, while their numbers are valid (§4.3.4). */
export function dropExpunged(session: Session, selected: Selected): void {
  for (const context of selected.contexts.values())
    drop(session, selected, context, (uid) => selected.tracker.isWithheld(uid));
}

/** Null: no message that changed came or went. Only those are looked at again, and sorted where one came. */
async function resultNow(selected: Selected, context: SearchContext): Promise<Uint32Array | null> {
  const { tracker, mailbox } = selected;
  const changed = tracker.uids.filter((_uid, index) => tracker.modseqAt(index) > context.modseq);
  if (changed.length === 0) return null;
  const pairs = Array.from(changed).flatMap((uid) => [uid, uid]);
  const query: SearchQuery = {
    kind: "and",
    keys: [{ kind: "uids", ranges: normalizeRanges(pairs, 0) }, context.query],
  };
  const found = findLocally(selected, query) ?? indexesOfUids(selected, await mailbox.search(query));
  const matching = new Set(
    Array.from(found, (index) => tracker.uidAt(index)).filter((uid) => !tracker.isWithheld(uid)),
  );
  const looked = new Set(changed);
  const stay = context.uids.filter((uid) => matching.has(uid) || !looked.has(uid));
  const there = new Set(stay);
  const come = [...matching].filter((uid) => !there.has(uid));
  if (come.length === 0) return stay.length === context.uids.length ? null : stay;
  if (context.program === null) return Uint32Array.from([...stay, ...come]).sort();
  const sorted = (await mailbox.sort?.(context.query, context.program)) ?? new Uint32Array();
  return sorted.filter((uid) => tracker.indexOf(uid) >= 0 && !tracker.isWithheld(uid));
}

function drop(session: Session, selected: Selected, context: SearchContext, isGone: (uid: number) => boolean): void {
  const { uids } = context;
  const gone = runs(uids, isGone);
  if (gone.length === 0) return;
  // From the end, so that each position is as the client's list has it.
  tell(session, selected, context, { word: "REMOVEFROM", runs: gone.toReversed() });
  context.uids = uids.filter((uid) => !isGone(uid));
}

function add(session: Session, selected: Selected, context: SearchContext, now: Uint32Array): void {
  const known = new Set(context.uids);
  const there = now.filter((uid) => selected.tracker.indexOf(uid) >= 0);
  const come = runs(there, (uid) => !known.has(uid));
  context.uids = there;
  if (come.length > 0) tell(session, selected, context, { word: "ADDTO", runs: come });
}

interface Run {
  /** From 1. */
  readonly position: number;
  readonly uids: readonly number[];
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
  { tag, uid, program }: SearchContext,
  news: { readonly word: "ADDTO" | "REMOVEFROM"; readonly runs: readonly Run[] },
): void {
  const number = (of: number): number => (uid ? of : selected.tracker.indexOf(of) + 1);
  const pairs =
    program === null
      ? [`0 ${formatSet(news.runs.flatMap(({ uids }) => uids.map(number)).sort((a, b) => a - b))}`]
      : news.runs.map(({ position, uids }) => `${position} ${formatSet(uids.map(number))}`);
  session.out.line(`* ESEARCH (TAG ${quoted(tag)})${uid ? " UID" : ""} ${news.word} (${pairs.join(" ")})`);
}

const isEqual = (one: Uint32Array, other: Uint32Array): boolean =>
  one.length === other.length && one.every((uid, index) => uid === other[index]);

/** A tag as a quoted string. */
export const quoted = (tag: string): string => `"${tag.replace(/["\\]/g, "\\$&")}"`;
