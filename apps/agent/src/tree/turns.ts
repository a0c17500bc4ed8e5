import { entriesWaitingMax } from "../limits.ts";

/** Work that may have to wait for something; a promise when it does. */
export type Turn = () => Promise<void> | undefined;

/** What is written in the order in which it was met, although some of it must be waited for. */
export class Turns {
  readonly #waiting: Turn[] = [];
  #isTaking = false;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A turn behind all others; a promise when some of those are to be taken first. */
  add(turn: Turn): Promise<void> | undefined {
    this.#waiting.push(turn);
    return this.#waiting.length < entriesWaitingMax ? undefined : this.take(entriesWaitingMax / 2);
  }

  /** Takes turns until this many are left. Within a turn there is nobody before it. */
  async take(left = 0): Promise<void> {
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      while (this.#waiting.length > left) {
        const waiting = this.#waiting.shift()?.();
        if (waiting !== undefined) await waiting;
      }
    } finally {
      this.#isTaking = false;
    }
  }

  /** Takes the next turn. */
  takeOne(): Promise<void> {
    return this.take(Math.max(0, this.#waiting.length - 1));
  }
}
