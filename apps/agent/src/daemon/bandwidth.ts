import type { PolicySettings } from "@casaforte/contract/policies";
import type { Clock } from "@casaforte/kernel";
import type { VaultClient } from "@casaforte/vault";
import { burstMs, lookMsMax } from "./limits.ts";

type Bandwidth = PolicySettings["bandwidth"];

const minuteMs = 60_000;
const dayMinutes = 24 * 60;

/** Bytes a second at an instant of the device's local time: null is as fast as the line goes, 0 is nothing at all. */
export function rateAt(bandwidth: Bandwidth, at: Date): number | null {
  const minutes = at.getHours() * 60 + at.getMinutes();
  // ISO: 1 is Monday, 7 Sunday.
  const day = at.getDay() === 0 ? 7 : at.getDay();
  const before = day === 1 ? 7 : day - 1;
  let rate: number | null | undefined;
  for (const window of bandwidth.windows) {
    const [from, to] = [minutesOf(window.from), minutesOf(window.to)];
    const isOpen =
      from < to
        ? window.days.includes(day) && minutes >= from && minutes < to
        : (window.days.includes(day) && minutes >= from) || (window.days.includes(before) && minutes < to);
    // Of windows that overlap the slowest counts.
    if (isOpen) rate = rate === undefined ? window.bytesPerSecond : slower(rate, window.bytesPerSecond);
  }
  return rate === undefined ? bandwidth.bytesPerSecond : rate;
}

const slower = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return (hours * 60 + minutes) % dayMinutes;
}

/** Lets bytes through at the rate of the hour. Requests wait in turn; a change of the rate counts at once. */
export class Throttle {
  readonly #clock: Clock;
  readonly #bandwidth: Bandwidth;
  /** When the bytes let through so far will have gone, at the rate they were let through at. */
  #freeMs = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(bandwidth: Bandwidth, clock: Clock) {
    this.#bandwidth = bandwidth;
    this.#clock = clock;
  }

  /** @throws the signal's reason. */
  take(lengthBytes: number, signal?: AbortSignal): Promise<void> {
    const mine = this.#turn.then(() => this.#wait(lengthBytes, signal));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #wait(lengthBytes: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const nowMs = this.#clock.nowMs();
      const rate = rateAt(this.#bandwidth, new Date(nowMs));
      // A clock that was set back must not hold the line up.
      if (this.#freeMs > nowMs + lookMsMax * 120) this.#freeMs = nowMs;
      if (rate === null) return;
      const pauseMs = rate === 0 ? minuteMs - (nowMs % minuteMs) : this.#freeMs - nowMs - burstMs;
      if (rate > 0 && pauseMs <= 0) {
        this.#freeMs = Math.max(this.#freeMs, nowMs) + (lengthBytes / rate) * 1000;
        return;
      }
      await this.#clock.sleep(Math.min(pauseMs, lookMsMax), signal);
    }
  }
}

/** The same vault, with its uploads held to the throttle. */
export function throttled(vault: VaultClient, throttle: Throttle): VaultClient {
  return {
    ...vault,
    async putPart(uploadId, part, options) {
      await throttle.take(part.body.length, options?.signal);
      return vault.putPart(uploadId, part, options);
    },
  };
}
