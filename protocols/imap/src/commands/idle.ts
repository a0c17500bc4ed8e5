// RFC 9051 §6.3.13 IDLE
import type { Handler } from "../command.ts";
import { tellNews, tick } from "../tell-news.ts";

/**
 * Tells changes as they happen until the client says DONE. Hints wake it; since hints may be lost it also asks the store
 * at an interval.
 */
export const idle: Handler = async (session, { cursor }) => {
  cursor.end();
  const { input, out, limits, clock } = session;
  out.line("+ idling");
  const over = new AbortController();
  let pollDue = false;
  let lastSaidMs = clock.nowMs();
  const ticking = tick(session, over.signal, () => {
    pollDue = true;
    input.wake();
  });
  try {
    await tellNews(session, { ask: true, mayExpunge: true });
    session.busy = false;
    for (;;) {
      const frame = await input.lineOrWake(limits.lineBytes);
      if (frame) {
        if (frame.kind === "line" && frame.text.trim().toUpperCase() === "DONE" && !frame.literal) break;
        return "BAD Expected DONE";
      }
      const before = out.sentBytes;
      await tellNews(session, { ask: pollDue, mayExpunge: true });
      out.flush();
      if (out.sentBytes !== before) lastSaidMs = clock.nowMs();
      else if (clock.nowMs() - lastSaidMs >= limits.stillHereMs) {
        out.line("* OK Still here");
        lastSaidMs = clock.nowMs();
      }
      pollDue = false;
    }
  } finally {
    // What is still to be written holds the session as that of any command does.
    session.busy = true;
    over.abort();
    await ticking;
  }
  return "OK IDLE completed";
};
