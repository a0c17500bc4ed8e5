// RFC 5465 §5: what is told of mailboxes that are not selected
import type { MailboxId } from "@casaforte/kernel";
import type { MailboxInfo } from "./backend.ts";
import { isMeant } from "./choose-mailboxes.ts";
import { formatStatus, type StatusItem } from "./commands/status.ts";
import { formatAstring } from "./format/quote.ts";
import { printedName } from "./mailbox-lookup.ts";
import type { Known, NotifyState } from "./notify-state.ts";
import type { EventName, Wishes } from "./notify-wishes.ts";
import type { Session } from "./session.ts";
import { delimiter } from "./syntax/mailbox-name.ts";

const nothing: ReadonlySet<EventName> = new Set();

/** More mailboxes are to be watched than one session may. */
export class TooManyWatched extends Error {
  override readonly name = "TooManyWatched";
}

/** Looks at everything for the first time; nothing is told but, if asked for, figures. @throws TooManyWatched. */
export async function beginWatch(session: Session, state: NotifyState, withStatus: boolean): Promise<void> {
  state.known = await lookEverywhere(session, state.wishes);
  state.accountNotes = await accountNotes(session, state.wishes);
  if (!withStatus) return;
  for (const { info, events, figures } of state.known.values()) {
    if (figures === null || isSelected(session, info)) continue;
    const items: StatusItem[] = ["MESSAGES", "UIDNEXT", "UIDVALIDITY"];
    if (events.has("FLAGCHANGE")) items.push("HIGHESTMODSEQ");
    session.out.line(formatStatus(session, info, figures, items));
  }
}

/** Tells what changed where hints say so, or anywhere. @throws TooManyWatched. */
export async function tellOthers(session: Session, state: NotifyState, ask: boolean): Promise<void> {
  const hinted = state.takeHints();
  if (state.wishes.groups.length === 0) return;
  if (ask || hinted === null) return tellAll(session, state);
  const near = [...hinted].flatMap((id) => state.known.get(id) ?? []);
  if (near.length === 0) return;
  const known = new Map(state.known);
  for (const after of await look(session, near)) {
    const before = known.get(after.info.id);
    // That one is gone is told with the next look at all names: its end is hinted too.
    if (!before || (before.figures !== null && after.figures === null)) continue;
    known.set(after.info.id, after);
    tellFigures(session, before, after);
    tellNotes(session, before, after);
  }
  state.known = known;
}

async function tellAll(session: Session, state: NotifyState): Promise<void> {
  const before = state.known;
  const now = await lookEverywhere(session, state.wishes);
  state.known = now;
  const names = [...now.values()].map(({ info }) => info.name);
  /** Those that are gone, by name: one that came under the same name stands for it. */
  const gone = new Map([...before].flatMap(([id, one]) => (now.has(id) ? [] : [[one.info.name, one] as const])));
  for (const [name, { events }] of gone)
    if (events.has("MAILBOXNAME") && !names.includes(name))
      session.out.line(`* LIST (\\NonExistent) "${delimiter}" ${printedName(session, name)}`);
  const byName = [...now].sort(([, one], [, other]) => (one.info.name < other.info.name ? -1 : 1));
  for (const [id, after] of byName) {
    const known = before.get(id) ?? gone.get(after.info.name) ?? null;
    tellName(session, known, after, names);
    if (!known) continue;
    tellFigures(session, known, after);
    tellNotes(session, known, after);
  }
  const notes = await accountNotes(session, state.wishes);
  printNotes(session, '""', changedNotes(state.accountNotes, notes));
  state.accountNotes = notes;
}

async function lookEverywhere(session: Session, wishes: Wishes): Promise<ReadonlyMap<MailboxId, Known>> {
  const seen = new Set<MailboxId>();
  // Levels that only their children give may share an id.
  const all = (await session.account.list({ anew: true })).filter(({ id }) => !seen.has(id) && seen.add(id));
  const eventsOf = (info: MailboxInfo) =>
    wishes.groups.find(({ filter }) => isMeant(session, filter, info))?.events ?? nothing;
  const found = await look(
    session,
    all.map((info) => ({ info, events: eventsOf(info) })),
  );
  return new Map(found.map((one) => [one.info.id, one]));
}

/** These mailboxes as they are now, as far as something is told of them. @throws TooManyWatched. */
async function look(session: Session, places: readonly Pick<Known, "info" | "events">[]): Promise<readonly Known[]> {
  const { account, limits } = session;
  const watched = (event: EventName) =>
    places.filter(({ info, events }) => info.selectable && events.has(event)).map(({ info }) => info.id);
  const [counted, noted] = [watched("MESSAGENEW"), watched("MAILBOXMETADATACHANGE")];
  if (Math.max(counted.length, noted.length) > limits.notifyMailboxes) throw new TooManyWatched();
  const figures = counted.length === 0 ? [] : await account.status(counted, { deleted: false });
  const figuresOf = new Map(counted.map((id, at) => [id, figures[at] ?? null]));
  const notesOf = noted.length === 0 ? null : await account.annotations?.digests(noted);
  return places.map(({ info, events }) => ({
    info,
    events,
    figures: figuresOf.get(info.id) ?? null,
    wasSelected: false,
    notes: notesOf?.get(info.id) ?? null,
  }));
}

async function accountNotes(session: Session, { groups }: Wishes): Promise<ReadonlyMap<string, string> | null> {
  if (!groups.some(({ events }) => events.has("SERVERMETADATACHANGE"))) return null;
  return (await session.account.annotations?.digests([null]))?.get(null) ?? null;
}

/** Names of what came, changed or went. */
function changedNotes(before: Known["notes"], after: Known["notes"]): readonly string[] {
  if (before === null || after === null) return [];
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

function tellNotes(session: Session, before: Known, { info, notes }: Known): void {
  printNotes(session, printedName(session, info.name), changedNotes(before.notes, notes));
}

/** RFC 5464 §4.4.2: without values. */
function printNotes(session: Session, place: string, names: readonly string[]): void {
  if (names.length > 0) session.out.line(`* METADATA ${place} ${names.map(formatAstring).join(" ")}`);
}

const isSelected = (session: Session, { id }: MailboxInfo): boolean => session.selectedOrNull?.mailbox.id === id;

/** What happens in the selected mailbox is told as such; what its figures were for the client counts once it is left. */
function tellFigures(session: Session, known: Known, { info, events, figures: after }: Known): void {
  const { figures: before, wasSelected } = known;
  if (before === null || after === null || isSelected(session, info)) return;
  const { condstore } = session.enabled;
  const items: StatusItem[] = [];
  const isOther = before.uidValidity !== after.uidValidity;
  if (isOther || before.uidNext !== after.uidNext || before.messages !== after.messages)
    items.push("MESSAGES", "UIDNEXT");
  const isMoved = before.highestModseq !== after.highestModseq;
  const isSeen = events.has("FLAGCHANGE") && (wasSelected ? isMoved : before.unseen !== after.unseen);
  const isFlagged = events.has("FLAGCHANGE") && condstore && isMoved;
  if (items.length === 0 && !isSeen && !isFlagged) return;
  if (isOther || items.length === 0) items.push("UIDVALIDITY");
  if (isSeen) items.push("UNSEEN");
  if (condstore) items.push("HIGHESTMODSEQ");
  session.out.line(formatStatus(session, info, after, items));
}

/** A name that came, changed or changed its kind; a subscription that came or went. */
function tellName(session: Session, before: Known | null, after: Known, names: readonly string[]): void {
  const { info } = after;
  const events = new Set([...(before?.events ?? []), ...after.events]);
  const isRenamed = before !== null && before.info.name !== info.name;
  const isOtherKind = before !== null && before.info.selectable !== info.selectable;
  const isName = events.has("MAILBOXNAME") && (before === null || isRenamed || isOtherKind);
  const wasSubscribed = before?.info.subscribed ?? false;
  const isSubscription = events.has("SUBSCRIPTIONCHANGE") && wasSubscribed !== info.subscribed;
  if (!isName && !isSubscription) return;
  const attributes = [
    ...(info.selectable ? [] : ["\\Noselect"]),
    names.some((name) => name.startsWith(`${info.name}${delimiter}`)) ? "\\HasChildren" : "\\HasNoChildren",
    ...(info.subscribed ? ["\\Subscribed"] : []),
    ...(info.specialUse ? [info.specialUse] : []),
  ];
  const old = isRenamed ? ` ("OLDNAME" (${printedName(session, before.info.name)}))` : "";
  session.out.line(`* LIST (${attributes.join(" ")}) "${delimiter}" ${printedName(session, info.name)}${old}`);
}
