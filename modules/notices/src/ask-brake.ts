import { clientNetwork } from "@casaforte/kernel/addresses";
import { noticeLimits } from "./limits.ts";

/** One who asks: the first 24 bits of IPv4, the first 56 of IPv6. */
export const networkOf = (ip: string): string => clientNetwork(ip, { ipv4: 24, ipv6: 56 });

/** Counts what strangers of one network ask for within an hour; holds so many networks and forgets the oldest first (R29). */
export class AskBrake {
  readonly #asked = new Map<string, { readonly sinceMs: number; count: number }>();

  /** Whether this network may ask once more now; counts it. */
  take(ip: string, nowMs: number): boolean {
    const network = networkOf(ip);
    const before = this.#asked.get(network);
    if (before !== undefined && nowMs - before.sinceMs < noticeLimits.askWindowMs) {
      before.count++;
      return before.count <= noticeLimits.asksOfNetworkMax;
    }
    // At the end again: the map stays in the order of its windows.
    this.#asked.delete(network);
    this.#asked.set(network, { sinceMs: nowMs, count: 1 });
    if (this.#asked.size > noticeLimits.askNetworksMax) {
      const [oldest] = this.#asked.keys();
      if (oldest !== undefined) this.#asked.delete(oldest);
    }
    return true;
  }
}
