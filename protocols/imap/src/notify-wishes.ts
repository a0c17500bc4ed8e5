// RFC 5465 §8 notify-add
import type { ImapLimits } from "./limits.ts";
import type { Cursor } from "./syntax/cursor.ts";
import { type FetchItem, parseFetchItems } from "./syntax/fetch-items.ts";
import { type MailboxFilter, parseMailboxFilter } from "./syntax/mailbox-filter.ts";
import { SyntaxFailure } from "./syntax/syntax-failure.ts";

/** As the grammar spells them, by their name in upper case. */
const spelling = {
  MESSAGENEW: "MessageNew",
  MESSAGEEXPUNGE: "MessageExpunge",
  FLAGCHANGE: "FlagChange",
  MAILBOXNAME: "MailboxName",
  SUBSCRIPTIONCHANGE: "SubscriptionChange",
  MAILBOXMETADATACHANGE: "MailboxMetadataChange",
  SERVERMETADATACHANGE: "ServerMetadataChange",
} as const;

export type EventName = keyof typeof spelling;

const ofMessages: ReadonlySet<EventName> = new Set(["MESSAGENEW", "MESSAGEEXPUNGE", "FLAGCHANGE"]);
const ofNotes: ReadonlySet<EventName> = new Set(["MAILBOXMETADATACHANGE", "SERVERMETADATACHANGE"]);

/** What of a session matters for what it may wish; `hasNotes`: the account's store keeps annotations. */
interface Asking {
  readonly limits: ImapLimits;
  readonly isUtf8: boolean;
  readonly hasNotes: boolean;
}

const isOffered = (hasNotes: boolean, name: string): name is EventName =>
  Object.hasOwn(spelling, name) && (hasNotes || !ofNotes.has(name as EventName));

/** Events that the account's store can tell. */
export const offeredEvents = (hasNotes: boolean): readonly string[] =>
  Object.keys(spelling).flatMap((name) => (isOffered(hasNotes, name) ? [spelling[name]] : []));

/** What is told of the mailbox that is selected. */
export interface SelectedWish {
  readonly events: ReadonlySet<EventName>;
  /** What is told of each new message besides EXISTS. */
  readonly items: readonly FetchItem[];
  /** Expunges wait for a command in which numbers may move. */
  readonly isDelayed: boolean;
}

/** What is told of other mailboxes that a filter means. */
export interface EventGroup {
  readonly filter: MailboxFilter;
  readonly events: ReadonlySet<EventName>;
}

export interface Wishes {
  /** Null: nothing of its messages. */
  readonly selected: SelectedWish | null;
  /** The first that means a mailbox counts. */
  readonly groups: readonly EventGroup[];
}

/** After NOTIFY NONE. */
export const nothingWished: Wishes = { selected: null, groups: [] };

interface Parsed extends Wishes {
  /** An event was asked for that is not told. */
  readonly isUnknown: boolean;
}

/** `(filter events) (filter events) …` up to the end of the command. @throws SyntaxFailure. */
export function parseWishes(asking: Asking, cursor: Cursor): Parsed {
  const { limits, isUtf8 } = asking;
  let selected: SelectedWish | null = null;
  let isUnknown = false;
  const groups: EventGroup[] = [];
  let count = 0;
  do {
    if (++count > limits.mailboxFilters) throw new SyntaxFailure("There are too many event groups");
    cursor.space();
    cursor.expect("(");
    const isDelayed = cursor.takeWord("SELECTED-DELAYED");
    const filter = isDelayed ? ({ kind: "selected" } as const) : parseMailboxFilter(cursor, isUtf8, limits);
    cursor.space();
    const { events, items, unknown } = parseEvents(asking, cursor);
    cursor.expect(")");
    isUnknown ||= unknown;
    checkEvents(events, unknown);
    if (filter.kind !== "selected") {
      if (items !== null) throw new SyntaxFailure("FETCH items are for the selected mailbox alone");
      groups.push({ filter, events });
      continue;
    }
    if (selected !== null) throw new SyntaxFailure("The selected mailbox comes once");
    if ([...events].some((event) => !ofMessages.has(event)))
      throw new SyntaxFailure("Of the selected mailbox messages alone are told");
    selected = { events, items: items ?? [], isDelayed };
  } while (!cursor.atEnd);
  // NONE is the same as not being named.
  if (selected !== null && selected.events.size === 0) selected = null;
  return { selected, groups, isUnknown };
}

function parseEvents({ limits, hasNotes }: Asking, cursor: Cursor) {
  const events = new Set<EventName>();
  let items: FetchItem[] | null = null;
  let unknown = false;
  if (cursor.takeWord("NONE")) return { events, items, unknown };
  cursor.list(() => {
    const name = cursor.word("an event");
    if (isOffered(hasNotes, name)) events.add(name);
    else unknown = true;
    if (name === "MESSAGENEW" && cursor.looksAt(" (")) {
      cursor.space();
      items = parseFetchItems(cursor, limits).map((item) =>
        // To be told of a message is not to read it.
        item.kind === "section" ? { ...item, marksSeen: false } : item,
      );
    }
  }, 16);
  return { events, items, unknown };
}

/** RFC 5465 §5: one without the other would leave the client with numbers that it cannot follow. */
function checkEvents(events: ReadonlySet<EventName>, hasUnknown: boolean): void {
  const [isNew, isGone] = [events.has("MESSAGENEW"), events.has("MESSAGEEXPUNGE")];
  if (isNew !== isGone) throw new SyntaxFailure("MessageNew and MessageExpunge come together");
  if (events.has("FLAGCHANGE") && !isNew && !hasUnknown)
    throw new SyntaxFailure("FlagChange comes with MessageNew and MessageExpunge");
}
