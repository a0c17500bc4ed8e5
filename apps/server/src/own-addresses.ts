import { promises as dns } from "node:dns";
import type { BoardReply } from "@casaforte/contract/health";
import { providerTenantId } from "@casaforte/kernel";
import { listOwnListings, type OwnAddressWatch, type OwnListing } from "@casaforte/modules/mailflow";
import type { Config } from "@casaforte/platform/config";
import type { Db } from "@casaforte/platform/db";
import { isPublicAddress } from "@casaforte/platform/net";
import { publicStsSource } from "./sts-source.ts";

type Watched = Pick<OwnAddressWatch, "addresses" | "zones">;

/** Addresses of every site that mail leaves from and that others see, and the lists that are asked about them. */
export const watchedOf = ({ mail, sites }: Pick<Config, "mail" | "sites">): Watched => ({
  addresses: sites
    .flatMap(({ outgoingMail }) => [outgoingMail?.ipv4, outgoingMail?.ipv6])
    .flatMap((address) => (address !== undefined && isPublicAddress(address) ? [address] : [])),
  zones: mail.dns ? mail.filter.blockLists : [],
});

export const ownAddressWatch = (config: Pick<Config, "mail" | "sites">): OwnAddressWatch => ({
  ...watchedOf(config),
  resolve: (name) => dns.resolve4(name),
  resolveTxt: publicStsSource.resolveTxt,
});

/** What the lists last said of what is watched now. */
export const readOwnListings = (db: Db, watched: Watched): Promise<readonly OwnListing[]> =>
  db.tenant(providerTenantId, (tx) => listOwnListings(tx, watched), { readOnly: true });

/** The board's part about our own addresses. */
export function ownAddressesOf(watched: Watched, listings: readonly OwnListing[]): BoardReply["ownAddresses"] {
  const { addresses, zones } = watched;
  const asked = listings.map(({ askedAt }) => askedAt.toISOString()).sort();
  const silent = new Map<string, string | null>();
  for (const { zone, askedAt, answeredAt } of listings)
    if (answeredAt?.getTime() !== askedAt.getTime()) silent.set(zone, answeredAt?.toISOString() ?? null);
  return {
    state: zones.length === 0 ? "no_list" : addresses.length === 0 ? "no_address" : "watched",
    addresses: [...addresses],
    // The oldest: of an address that is new to the configuration nothing is known yet.
    askedAt: listings.length < addresses.length * zones.length ? null : (asked[0] ?? null),
    listed: listings.flatMap(({ address, zone: list, listedSince, words }) =>
      listedSince === null ? [] : [{ address, list, since: listedSince.toISOString(), words, page: pageIn(words) }],
    ),
    silent: [...silent].map(([list, answeredAt]) => ({ list, answeredAt })),
  };
}

/** The first link in a stranger's words; null when there is none that a browser could follow. */
function pageIn(words: string): string | null {
  const [link] = /https?:\/\/[^\s<>"']+/i.exec(words) ?? [];
  return link !== undefined && URL.canParse(link) ? link : null;
}
