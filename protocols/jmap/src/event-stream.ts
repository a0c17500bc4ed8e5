import { type Clock, Failure } from "@casaforte/kernel";
import type { AccountStore, Backend } from "./backend.ts";
import { pingSecondsMax, pingSecondsMin } from "./limits.ts";

export interface EventStreamOptions {
  /** Null is every type (`*`). */
  readonly types: readonly string[] | null;
  /** End after the first state event (`closeafter=state`). */
  readonly closeAfterState: boolean;
  /** 0 is no ping. */
  readonly pingSeconds: number;
  /** What the client saw last; a state event comes at once when the state has moved since, or is not understood. */
  readonly lastEventId: string | null;
}

/** Types whose state is the account's counter. `Quota` moves with each change: what is used may have changed (RFC 9425). */
export const pushTypes = [
  "Email",
  "EmailDelivery",
  "EmailSubmission",
  "Identity",
  "Mailbox",
  "Quota",
  "Thread",
] as const;

/** The query of an event-source address; each nonsense falls back to what asks least of the client. */
export function readEventStreamOptions(
  query: { readonly types?: string; readonly closeafter?: string; readonly ping?: string },
  lastEventId: string | null,
): EventStreamOptions {
  const types = query.types === undefined || query.types === "*" || query.types === "" ? null : query.types.split(",");
  const asked = Number(query.ping ?? "0");
  const pingSeconds =
    Number.isFinite(asked) && asked > 0 ? Math.min(Math.max(Math.trunc(asked), pingSecondsMin), pingSecondsMax) : 0;
  return { types, closeAfterState: query.closeafter === "state", pingSeconds, lastEventId };
}

/**
 * The text of a push event source (RFC 8620 §7.3): `state` events with an id, `ping` events in between. Hints may be
 * lost, so each ping reads the states anew, and which accounts there are. Ends when the signal aborts; never rejects
 * for that, nor for a share that is taken away.
 */
export async function* eventStream(
  backend: Backend,
  options: EventStreamOptions,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  if (signal.aborted) return;
  const wake = new Wake();
  const accounts = new OpenAccounts(backend, () => wake.ring());
  const onAbort = (): void => wake.ring();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    let seen = await accounts.states();
    yield "retry: 3000\n\n";
    if (options.lastEventId !== null && options.lastEventId !== eventId(seen)) {
      yield stateEvent(seen, seen, options.types);
      if (options.closeAfterState) return;
    }
    for (;;) {
      const isRung = await wake.wait(clock, options.pingSeconds * 1000);
      if (signal.aborted) return;
      const now = await accounts.states();
      const moved = new Map([...now].filter(([accountId, state]) => seen.get(accountId) !== state));
      seen = now;
      if (moved.size > 0) {
        yield stateEvent(moved, now, options.types);
        if (options.closeAfterState) return;
      } else if (!isRung) {
        yield `event: ping\ndata: {"interval":${options.pingSeconds}}\n\n`;
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    accounts.close();
  }
}

/** The accounts that he may open at this moment, each subscribed to once. */
class OpenAccounts {
  readonly #backend: Backend;
  readonly #onChange: () => void;
  readonly #open = new Map<string, { readonly store: AccountStore; readonly stop: () => void }>();
  #isClosed = false;

  constructor(backend: Backend, onChange: () => void) {
    this.#backend = backend;
    this.#onChange = onChange;
  }

  /** By account. One whose share ended is left out. */
  async states(): Promise<ReadonlyMap<string, string>> {
    const ids = (await this.#backend.accounts()).map(({ id }) => id);
    for (const id of this.#open.keys()) if (!ids.includes(id)) this.#drop(id);
    const states = await Promise.all(ids.map(async (id) => [id, await this.#state(id)] as const));
    return new Map(states.filter((one): one is readonly [string, string] => one[1] !== null));
  }

  async #state(id: string): Promise<string | null> {
    try {
      const store = this.#open.get(id)?.store ?? (await this.#backend.account(id));
      if (store === null || this.#isClosed) return null;
      // Heard from before the state is read: no change falls in between.
      if (!this.#open.has(id)) this.#open.set(id, { store, stop: store.subscribe(this.#onChange) });
      return await store.state();
    } catch (error) {
      // A share that was taken away since the accounts were listed; without his own account there is no stream.
      const isGone = error instanceof Failure && error.kind === "not_found";
      if (!isGone || this.#open.get(id)?.store.info.isPersonal === true) throw error;
      this.#drop(id);
      return null;
    }
  }

  #drop(id: string): void {
    this.#open.get(id)?.stop();
    this.#open.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    for (const id of this.#open.keys()) this.#drop(id);
  }
}

const eventId = (states: ReadonlyMap<string, string>): string =>
  [...states].map(([accountId, state]) => `${accountId}=${state}`).join("&");

function stateEvent(
  moved: ReadonlyMap<string, string>,
  all: ReadonlyMap<string, string>,
  types: readonly string[] | null,
): string {
  const changed: Record<string, Record<string, string>> = {};
  for (const [accountId, state] of moved) {
    changed[accountId] = Object.fromEntries(
      pushTypes.filter((type) => types === null || types.includes(type)).map((type) => [type, state]),
    );
  }
  const data = JSON.stringify({ "@type": "StateChange", changed });
  return `event: state\nid: ${eventId(all)}\ndata: ${data}\n\n`;
}

/** A bell that remembers one ring. */
class Wake {
  #isRung = false;
  #waiting: (() => void) | null = null;

  ring(): void {
    this.#isRung = true;
    this.#waiting?.();
  }

  /** True when rung, false when `timeoutMs` passed first; 0 waits for the bell alone. */
  async wait(clock: Clock, timeoutMs: number): Promise<boolean> {
    if (!this.#isRung) {
      const bell = new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
      if (timeoutMs === 0) await bell;
      else await this.#waitBoth(bell, clock, timeoutMs);
      this.#waiting = null;
    }
    const isRung = this.#isRung;
    this.#isRung = false;
    return isRung;
  }

  async #waitBoth(bell: Promise<void>, clock: Clock, timeoutMs: number): Promise<void> {
    const timer = new AbortController();
    const sleep = clock.sleep(timeoutMs, timer.signal).catch(() => undefined);
    await Promise.race([bell, sleep]);
    timer.abort();
  }
}
