// RFC 9585 INPROGRESS
import type { Session } from "./session.ts";

/**
 * Does a command's work and says at an interval that it goes on, with how far it is where the command says so. Only for
 * commands that print whole lines between two waits.
 */
export async function tellingProgress<T>(session: Session, tag: string, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const telling = tell(session, tag, over.signal);
  try {
    return await work();
  } finally {
    session.progress = null;
    over.abort();
    await telling;
  }
}

async function tell(session: Session, tag: string, signal: AbortSignal): Promise<void> {
  const { clock, limits, out } = session;
  for (;;) {
    try {
      await clock.sleep(limits.progressMs, signal);
    } catch {
      return;
    }
    if (signal.aborted || out.isFull) continue;
    const { progress } = session;
    const figures = progress === null ? "NIL NIL" : `${progress.done} ${progress.goal}`;
    out.line(`* OK [INPROGRESS ("${tag}" ${figures})] Still working`);
    out.flush();
  }
}
