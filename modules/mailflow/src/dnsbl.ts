import { isIP, isIPv6 } from "node:net";
import type { Clock, Logger } from "@casaforte/kernel";
import { isInsideAddress } from "./inside-address.ts";
import { mailflowLimits } from "./limits.ts";

/** Looks an A record up; rejects with ENOTFOUND or ENODATA when there is none. */
export type ResolveAddress = (name: string) => Promise<readonly string[]>;

/** The name under which a block list would list that address (RFC 5782 §2.1, §2.4). */
export function listedName(address: string, zone: string): string | null {
  if (isIP(address) === 0) return null;
  if (!isIPv6(address)) return `${address.split(".").reverse().join(".")}.${zone}`;
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const missing = address.includes("::") ? 8 - groups(head).length - groups(tail).length : 0;
  const all = [...groups(head), ...Array.from({ length: missing }, () => "0"), ...groups(tail)];
  const nibbles = all.map((group) => group.padStart(4, "0")).join("");
  return `${[...nibbles].reverse().join(".")}.${zone}`;
}

/** What a list says of an address; `silent`: nothing that can be believed. */
export type ListAnswer = "listed" | "clear" | "silent";

/** Answers outside 127.0.0.0/8, in 127.255.255.0/24 and 127.0.0.1 are a list's trouble with who asks (RFC 5782 §2.1, §5). */
const isListing = (answer: string) =>
  answer.startsWith("127.") && !answer.startsWith("127.255.255.") && answer !== "127.0.0.1";

/** Asks one list about one address, for at most `listingMsMax`. */
export async function askList(
  address: string,
  zone: string,
  { resolve, clock }: { readonly resolve: ResolveAddress; readonly clock: Clock },
): Promise<ListAnswer> {
  const name = listedName(address, zone);
  if (name === null) return "clear";
  const patience = new AbortController();
  try {
    const tooLong = clock
      .sleep(mailflowLimits.listingMsMax, patience.signal)
      .then(() => Promise.reject(new Error("the list does not answer")));
    tooLong.catch(() => {});
    return (await Promise.race([resolve(name), tooLong])).some(isListing) ? "listed" : "silent";
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : "";
    return code === "ENOTFOUND" || code === "ENODATA" ? "clear" : "silent";
  } finally {
    patience.abort();
  }
}

/** Which of the block lists name an address; a list that does not answer lists nobody. Remembered for a while. */
export class BlockLists {
  readonly #zones: readonly string[];
  readonly #resolve: ResolveAddress;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #known = new Map<string, { readonly listings: readonly string[]; readonly untilMs: number }>();

  constructor(options: {
    readonly zones: readonly string[];
    readonly resolve: ResolveAddress;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#zones = options.zones;
    this.#resolve = options.resolve;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  async listingsOf(address: string): Promise<readonly string[]> {
    if (this.#zones.length === 0 || isInsideAddress(address)) return [];
    const known = this.#known.get(address);
    const nowMs = this.#clock.nowMs();
    if (known !== undefined && known.untilMs > nowMs) return known.listings;
    const asked = await Promise.all(this.#zones.map((zone) => this.#ask(address, zone)));
    const listings = this.#zones.filter((_, index) => asked[index] === "listed");
    if (this.#known.size >= mailflowLimits.listingsKnownMax) this.#known.clear();
    this.#known.set(address, { listings, untilMs: nowMs + mailflowLimits.listingKnownMs });
    return listings;
  }

  async #ask(address: string, zone: string): Promise<ListAnswer> {
    const answer = await askList(address, zone, { resolve: this.#resolve, clock: this.#clock });
    if (answer === "silent") this.#logger.debug("mailflow.block_list_silent", { zone });
    return answer;
  }
}
