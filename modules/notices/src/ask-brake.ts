import { isIPv6 } from "node:net";
import { noticeLimits } from "./limits.ts";

/** The network an address lies in: the first 24 bits of IPv4, the first 56 of IPv6. What is no address is its own network. */
export function networkOf(ip: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/i.exec(ip)?.[1];
  if (v4 !== undefined) return `${v4}.0/24`;
  const bare = ip.split("%")[0] ?? ip;
  if (!isIPv6(bare)) return ip;
  const [head = "", tail] = bare.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right].slice(0, 4);
  const [a = 0, b = 0, c = 0, d = 0] = groups.map((group) => Number.parseInt(group, 16));
  return `${[a, b, c, d & 0xff00].map((group) => group.toString(16)).join(":")}::/56`;
}

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
