// RFC 5465 NOTIFY
import type { Handler } from "../command.ts";
import { beginWatch, TooManyWatched } from "../notifier.ts";
import { NotifyState } from "../notify-state.ts";
import { nothingWished, offeredEvents, parseWishes } from "../notify-wishes.ts";
import { syncSelected } from "../updates.ts";

/** Says which events are told from now on, also between commands. What came until now is told first, as by NOOP. */
export const notify: Handler = async (session, { cursor }) => {
  cursor.space();
  const { limits } = session;
  if (cursor.takeWord("NONE")) {
    cursor.end();
    session.tellBy(new NotifyState(nothingWished));
    return "OK NOTIFY completed";
  }
  if (!cursor.takeWord("SET")) return "BAD Expected SET or NONE";
  const withStatus = cursor.looksAt(" STATUS");
  if (withStatus) {
    cursor.space();
    cursor.takeWord("STATUS");
  }
  const hasNotes = session.account.annotations !== undefined;
  const { isUnknown, ...wishes } = parseWishes({ limits, isUtf8: session.enabled.utf8, hasNotes }, cursor);
  if (isUnknown) return `NO [BADEVENT (${offeredEvents(hasNotes).join(" ")})] Some events are not told`;
  const earlier = session.notifier;
  session.tellBy(null);
  try {
    await syncSelected(session, { ask: true, mayExpunge: true });
    // Hints that come from here on are not lost.
    const state = new NotifyState(wishes);
    session.tellBy(state);
    await beginWatch(session, state, withStatus);
  } catch (error) {
    earlier?.hint(null);
    session.tellBy(earlier);
    if (!(error instanceof TooManyWatched)) throw error;
    return `NO [NOTIFICATIONOVERFLOW] At most ${limits.notifyMailboxes} mailboxes are watched at once`;
  }
  return "OK NOTIFY completed";
};
