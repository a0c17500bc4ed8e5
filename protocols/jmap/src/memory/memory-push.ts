import { type Clock, Failure } from "@casaforte/kernel";
import type { PushChange, PushDraft, PushRecord, PushStore } from "../backend.ts";
import { JmapError } from "../method-error.ts";

const dayMs = 86_400_000;

/** Subscriptions in memory (the key is the one of RFC 8291 §5); nothing is pushed. The code is `code-` and the id. */
export class MemoryPush implements PushStore {
  readonly applicationServerKey =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
  readonly #clock: Clock;
  readonly #records = new Map<string, PushRecord>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async subscriptions(): Promise<readonly PushRecord[]> {
    return [...this.#records.values()];
  }

  async subscribe({ deviceClientId, expiresAtMs, types }: PushDraft): Promise<PushRecord> {
    const id = `P${++this.#lastId}`;
    const record = { id, deviceClientId, types, verificationCode: null, expiresAtMs: this.#until(expiresAtMs) };
    this.#records.set(id, record);
    return record;
  }

  async updateSubscription(id: string, change: PushChange): Promise<PushRecord> {
    const { verificationCode: code, expiresAtMs, types } = change;
    if (code !== undefined && code !== `code-${id}`) {
      throw new JmapError("invalidProperties", "this is not the code that was sent", ["verificationCode"]);
    }
    const now = this.#records.get(id);
    if (now === undefined) throw new Failure("not_found", "mailbox.no_push_subscription", "no such subscription");
    const record = {
      ...now,
      ...(code === undefined ? {} : { verificationCode: code }),
      ...(types === undefined ? {} : { types }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs: this.#until(expiresAtMs) }),
    };
    this.#records.set(id, record);
    return record;
  }

  async unsubscribe(id: string): Promise<void> {
    if (!this.#records.delete(id)) throw new JmapError("notFound", "no such subscription");
  }

  #until(wantedMs: number | null): number {
    const latestMs = this.#clock.nowMs() + 7 * dayMs;
    return Math.min(wantedMs ?? latestMs, latestMs);
  }
}
