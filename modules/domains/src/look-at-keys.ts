import { type DnsLookups, orNothing } from "./check-records.ts";
import type { DkimSightings } from "./dkim-keys.ts";
import { dkimHost, showsDkimKey } from "./dns-records.ts";
import type { DkimKey, DkimKeyId } from "./types.ts";

/** Asks the DNS for each key that may still matter; outside any transaction. */
export async function lookAtKeys(
  dns: Pick<DnsLookups, "resolveTxt">,
  keys: readonly DkimKey[],
): Promise<DkimSightings> {
  const sightings = new Map<DkimKeyId, boolean | null>();
  for (const key of keys.filter(({ state }) => state !== "retired")) {
    const texts = await orNothing(dns.resolveTxt(dkimHost(key))).catch(() => null);
    sightings.set(key.id, texts === null ? null : texts.some((strings) => showsDkimKey(strings.join(""), key)));
  }
  return sightings;
}
