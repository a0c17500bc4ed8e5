/** Email/queryChanges, Mailbox/queryChanges and EmailSubmission/queryChanges. RFC 8620 §5.6. */
import type { Fields } from "../arguments.ts";
import { read } from "../arguments.ts";
import type { AccountStore, ChangeSet, DataType } from "../backend.ts";
import { type EmailFilter, parseFilter, parseSort } from "../filter.ts";
import { changesMax, queryChangesTriesMax } from "../limits.ts";
import { accountOf, type Call, type Method } from "../method.ts";
import { JmapError } from "../method-error.ts";
import { queriedMailboxes } from "./mailbox-get.ts";
import { queriedSubmissions } from "./submission-query.ts";

/** What changed of a query: ids to take out, and ids to put in, each at its index in the new results. */
interface Difference {
  /** Of the old results as far as they may have moved or gone; more than were there does no harm. */
  readonly removed: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  readonly total: number;
}

/** Email/queryChanges. `upToId` counts where neither order nor membership can change while a message lives (RFC 8620 §5.6). */
export const emailQueryChanges: Method = (call) => {
  const filter = parseFilter(call.args["filter"]);
  const sort = parseSort(call.args["sort"]);
  const collapseThreads = read.boolean(call.args, "collapseThreads", false);
  const upToId =
    isSteady(filter) && sort.every(({ by }) => by !== "hasKeyword") && !collapseThreads ? upTo(call) : null;
  return answer(call, "Email/queryChanges", async (account, since) => {
    const { created, updated, destroyed } = await wholeChanges(account, "Email", since);
    const touched = new Set([...created, ...updated]);
    // What one message of a thread does may move the others.
    if (collapseThreads || looksAtThreads(filter))
      for (const id of await threadMates(account, since, [...touched])) touched.add(id);
    const fresh = new Set(created);
    const asked = upToId === null ? touched : new Set([...touched, upToId]);
    const found = await account.queryPlaces({ filter, sort, collapseThreads }, [...asked]);
    const last = upToId === null ? undefined : found.places.get(upToId);
    const places = new Map(
      [...found.places].filter(([id, index]) => touched.has(id) && (last === undefined || index <= last)),
    );
    return { places, total: found.total, removed: [...destroyed, ...[...touched].filter((id) => !fresh.has(id))] };
  });
};

const upTo = (call: Call): string | null => read.stringOrNull(call.args, "upToId");

/** Whether a message that passes passes as long as it lives. */
function isSteady(filter: EmailFilter): boolean {
  switch (filter.on) {
    case "and":
    case "or":
    case "not":
      return filter.filters.every(isSteady);
    case "inMailbox":
    case "inMailboxOtherThan":
    case "hasKeyword":
    case "notKeyword":
      return false;
    default:
      return !looksAtThreads(filter);
  }
}

async function threadMates(account: AccountStore, since: string, touched: readonly string[]): Promise<string[]> {
  const threads = await wholeChanges(account, "Thread", since);
  const ids = new Set([...threads.created, ...threads.updated]);
  for (const { threadId } of await account.emails(touched)) ids.add(threadId);
  return (await account.threads([...ids])).flatMap(({ emailIds }) => emailIds);
}

function looksAtThreads(filter: EmailFilter): boolean {
  switch (filter.on) {
    case "and":
    case "or":
    case "not":
      return filter.filters.some(looksAtThreads);
    default:
      return filter.on === "allInThread" || filter.on === "someInThread" || filter.on === "noneInThread";
  }
}

/** Mailbox/queryChanges: in a tree any change may move everything, so everything is told again. */
export const mailboxQueryChanges: Method = (call) =>
  answer(call, "Mailbox/queryChanges", async (account, since) => {
    const { created, updated, destroyed } = await wholeChanges(account, "Mailbox", since);
    const ids = (await queriedMailboxes(account, call.args)).map(({ id }) => id);
    const isTree = read.boolean(call.args, "sortAsTree", false) || read.boolean(call.args, "filterAsTree", false);
    const all = isTree ? (await account.mailboxes(false)).map(({ id }) => id) : [...created, ...updated];
    const fresh = new Set(created);
    return { ...placesOf(ids, all), removed: [...destroyed, ...all.filter((id) => !fresh.has(id))] };
  });

/** EmailSubmission/queryChanges. */
export const submissionQueryChanges: Method = (call) =>
  answer(call, "EmailSubmission/queryChanges", async (account, since) => {
    const { created, updated, destroyed } = await wholeChanges(account, "EmailSubmission", since);
    const ids = (await queriedSubmissions(account, call.args)).map(({ id }) => id);
    return { ...placesOf(ids, [...created, ...updated]), removed: [...destroyed, ...updated] };
  });

function placesOf(ids: readonly string[], wanted: readonly string[]): Omit<Difference, "removed"> {
  const among = new Set(wanted);
  const places = new Map<string, number>();
  for (const [index, id] of ids.entries()) if (among.has(id)) places.set(id, index);
  return { places, total: ids.length };
}

/** @throws JmapError `cannotCalculateChanges`: too long ago, or more than is worth telling. */
async function wholeChanges(account: AccountStore, type: DataType, since: string): Promise<ChangeSet> {
  const changes = await account.changes(type, since, changesMax);
  if (changes === null || changes.hasMoreChanges)
    throw new JmapError("cannotCalculateChanges", "the state is unknown or too old");
  return changes;
}

/** The changes and the results must be of one moment: when the account moved in between, both are read again. */
async function answer(
  call: Call,
  name: string,
  compare: (account: AccountStore, since: string) => Promise<Difference>,
): ReturnType<Method> {
  const account = await accountOf(call);
  const since = read.string(call.args, "sinceQueryState");
  const maxChanges = read.integer(call.args, "maxChanges", Number.MAX_SAFE_INTEGER, 1);
  for (let tries = 0; tries < queryChangesTriesMax; tries++) {
    const newQueryState = await account.state();
    const { removed, places, total } = await compare(account, since);
    if ((await account.state()) !== newQueryState) continue;
    const added = [...places].map(([id, index]) => ({ id, index })).sort((a, b) => a.index - b.index);
    if (removed.length + added.length > maxChanges)
      throw new JmapError("tooManyChanges", "there are more changes than that");
    const fields: Fields = {
      accountId: account.info.id,
      oldQueryState: since,
      newQueryState,
      ...(read.boolean(call.args, "calculateTotal", false) ? { total } : {}),
      removed,
      added,
    };
    return [[name, fields]];
  }
  throw new JmapError("cannotCalculateChanges", "the account changes all the time; query again");
}
