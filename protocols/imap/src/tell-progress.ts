// RFC 9585 INPROGRESS
import type { Session } from "./session.ts";

type Telling = Pick<Session, "clock" | "progress"> & {
  readonly limits: Pick<Session["limits"], "progressMs">;
  readonly out: Pick<Session["out"], "isFull" | "line" | "flush">;
};

/**
 * Says at an interval that a command's work goes on, with how far it is where the command says so. Only for commands that
 * print whole lines between two waits. One clock runs at most, and on after a command that is soon done, for the next one.
 */
export class ProgressTeller {
  readonly #session: Telling;
  readonly #over: AbortSignal;
  #command: { readonly tag: string; dueMs: number } | null = null;
  #watching: Promise<void> | null = null;

  constructor(session: Telling, over: AbortSignal) {
    this.#session = session;
    this.#over = over;
  }

  /** Resolves when no clock runs any more, once the session is over. */
  get ended(): Promise<void> | null {
    return this.#watching;
  }

  async of<T>(tag: string, work: () => Promise<T>): Promise<T> {
    this.#command = { tag, dueMs: this.#dueMs() };
    this.#watching ??= this.#watch();
    try {
      return await work();
    } finally {
      this.#command = null;
      this.#session.progress = null;
    }
  }

  async #watch(): Promise<void> {
    const { clock } = this.#session;
    while (this.#command) {
      try {
        await clock.sleep(this.#leftMs(this.#command), this.#over);
      } catch {
        break;
      }
      const command = this.#command;
      if (!command || this.#leftMs(command) > 0) continue;
      command.dueMs = this.#dueMs();
      this.#tell(command.tag);
    }
    this.#watching = null;
  }

  /** Never more than an interval, though the clock be set back. */
  #leftMs(command: { dueMs: number }): number {
    command.dueMs = Math.min(command.dueMs, this.#dueMs());
    return command.dueMs - this.#session.clock.nowMs();
  }

  #dueMs(): number {
    const { clock, limits } = this.#session;
    return clock.nowMs() + limits.progressMs;
  }

  #tell(tag: string): void {
    const { out, progress } = this.#session;
    if (out.isFull) return;
    const figures = progress === null ? "NIL NIL" : `${progress.done} ${progress.goal}`;
    out.line(`* OK [INPROGRESS ("${tag}" ${figures})] Still working`);
    out.flush();
  }
}
