// RFC 5465 §3, §4 IDLE, §5.8 NOTIFICATIONOVERFLOW
import { Failure } from "@casaforte/kernel";
import { streamMessages } from "./fetch-stream.ts";
import { TooManyWatched, tellOthers } from "./notifier.ts";
import { NotifyState } from "./notify-state.ts";
import { nothingWished } from "./notify-wishes.ts";
import type { Session } from "./session.ts";
import type { Frame } from "./syntax/frames.ts";
import { announceKeywords, syncAfter, syncSelected } from "./updates.ts";

/** Calls `due` at an interval until the signal; settles then. Hints may be lost: whoever waits for them asks now and then. */
export async function tick({ clock, limits }: Session, signal: AbortSignal, due: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(limits.idlePollMs, signal);
    } catch {
      return;
    }
    due();
  }
}

/**
 * Tells what NOTIFY asked for: of the selected mailbox at once, expunges too where they may come now, then of others. Without
 * NOTIFY what IDLE tells, or the next time where the store cannot say now. A store that cannot say ends NOTIFY, which the
 * client is told.
 */
export async function tellNews(
  session: Session,
  how: { readonly ask: boolean; readonly mayExpunge: boolean },
): Promise<void> {
  await holdBack(session);
  const { notifier } = session;
  if (notifier === null) return syncAfter(session, how);
  const isDelayed = notifier.wishes.selected?.isDelayed === true;
  try {
    await syncSelected(session, { ask: how.ask, mayExpunge: how.mayExpunge || !isDelayed });
    await printNewMessages(session, notifier);
    await tellOthers(session, notifier, how.ask);
  } catch (error) {
    if (!(error instanceof Failure) && !(error instanceof TooManyWatched)) throw error;
    // As after NOTIFY NONE (RFC 5465 §5.8).
    session.tellBy(new NotifyState(nothingWished));
    session.out.line("* OK [NOTIFICATIONOVERFLOW] Too much to tell: ask again");
    session.logger.warn("imap.notification_overflow", { error: error.message });
  }
}

/** Nothing more is told while the client does not read what was; its silence ends the session. */
async function holdBack(session: Session): Promise<void> {
  if (session.out.isFull) await whileBusy(session, () => session.out.pressure());
}

/** Runs what waits for the client to read: one that does not is closed in the end, at once where it is signed out. */
async function whileBusy(session: Session, work: () => Promise<unknown>): Promise<void> {
  const { busy } = session;
  session.busy = true;
  try {
    await work();
  } finally {
    session.busy = busy;
  }
}

/** The first line of a command; what happens until it comes is told. @throws SessionEnd. */
export async function lineWithNews(session: Session, bytesMax: number): Promise<Frame> {
  const { input } = session;
  const over = new AbortController();
  let ask = false;
  const ticking = tick(session, over.signal, () => {
    ask = true;
    input.wake();
  });
  try {
    for (;;) {
      // A command that has begun to come is answered first.
      if (!input.hasMore) await tellNews(session, { ask, mayExpunge: false });
      ask = false;
      const frame = await input.lineOrWake(bytesMax);
      if (frame) return frame;
    }
  } finally {
    over.abort();
    await ticking;
  }
}

/** Of messages that came, what was asked for; not of those that this session put there itself. */
async function printNewMessages(session: Session, notifier: NotifyState): Promise<void> {
  const { selectedOrNull: selected } = session;
  const { newFromUid } = notifier;
  const items = notifier.wishes.selected?.items ?? [];
  const indexes: number[] = [];
  if (selected !== null && newFromUid !== null && items.length > 0) {
    const { tracker } = selected;
    for (let index = tracker.lowerBound(newFromUid); index < tracker.count; index++)
      if (!notifier.isOwn(tracker.uidAt(index))) indexes.push(index);
  }
  notifier.forgetNews();
  if (selected === null || indexes.length === 0) return;
  announceKeywords(session, selected);
  await whileBusy(session, () => streamMessages(session, selected, { indexes: Uint32Array.from(indexes), items }));
}
