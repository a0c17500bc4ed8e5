import type { FindAddresses } from "@casaforte/platform/net";
import type { Trouble } from "./types.ts";

/** What a look-up says of a name that is not there. */
const nothingThere = new Set(["ENOTFOUND", "ENODATA"]);

/**
 * Whether a name leads to the same servers as the provider's: each of its addresses is one of theirs. Null: it does.
 * Nothing is asked of an authority before.
 */
export async function troubleOfDns(
  name: string,
  hostname: string,
  find: FindAddresses,
  signal: AbortSignal,
): Promise<Extract<Trouble, "no_dns" | "elsewhere" | "dns_silent"> | null> {
  const lookUp = async (host: string): Promise<readonly string[] | null> => {
    try {
      return (await find(host, signal)).map(({ address }) => address);
    } catch (error) {
      signal.throwIfAborted();
      const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
      return nothingThere.has(code) ? [] : null;
    }
  };
  const [theirs, ours] = [await lookUp(name), await lookUp(hostname)];
  // A name of ours that leads nowhere is no fault of theirs.
  if (theirs === null || ours === null || ours.length === 0) return "dns_silent";
  if (theirs.length === 0) return "no_dns";
  return theirs.every((address) => ours.includes(address)) ? null : "elsewhere";
}
