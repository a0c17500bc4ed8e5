import type { Logger } from "@casaforte/kernel";
import type { Bus } from "./port.ts";

type Listener = (payload: string | null) => void;

/** Subscriptions of one process: who wants which topic. */
export class Topics {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(topic: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(topic);
    };
  }

  tell(topic: string, payload: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) this.#call(listener, payload);
  }

  /** Hints may have been missed: everybody re-reads. */
  tellAll(): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) this.#call(listener, null);
  }

  #call(listener: Listener, payload: string | null): void {
    try {
      listener(payload);
    } catch (error) {
      this.#logger.error("bus.listener_failed", error);
    }
  }
}

/** A bus inside one process; hints are delivered on the next tick. */
export function memoryBus(logger: Logger): Bus & { loseHints(lose: boolean): void } {
  const topics = new Topics(logger);
  let losing = false;
  return {
    publish(topic, payload = "") {
      if (!losing) queueMicrotask(() => topics.tell(topic, payload));
    },
    subscribe: (topic, onHint) => topics.add(topic, onHint),
    loseHints(lose) {
      losing = lose;
    },
  };
}
