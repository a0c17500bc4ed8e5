import { providerTenantId } from "@casaforte/kernel";
import type { JobHandler } from "@casaforte/platform/jobs";
import { askList, type ListAnswer, listedName } from "./dnsbl.ts";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices, OwnAddressWatch } from "./services.ts";
import { deleteOtherListings, upsertAnswer, upsertSilence } from "./store-own-listings.ts";

export const ownAddressesTask = "mailflow.own_addresses";

/** Asks every block list of the configuration about every address that our mail leaves from. */
export function watchOwnAddressesHandler(services: MailflowServices): JobHandler {
  return {
    task: ownAddressesTask,
    async run(_payload, { signal }) {
      const { ownAddresses: watch, db, clock, logger } = services;
      if (!watch) return;
      const found = (await Promise.all(watch.zones.map((zone) => askZone(watch, zone, services)))).flat();
      signal.throwIfAborted();
      const at = new Date(clock.nowMs());
      await db.tenant(providerTenantId, async (tx) => {
        await deleteOtherListings(tx, watch);
        for (const { address, zone, answer, words } of found) {
          if (answer === "silent") await upsertSilence(tx, { address, zone, at });
          else if (await upsertAnswer(tx, { address, zone, at, listedWith: answer === "listed" ? words : null }))
            tx.afterCommit(() => logger.warn("mailflow.address_listed", { address, zone, words }));
        }
      });
    },
  };
}

interface Found {
  readonly address: string;
  readonly zone: string;
  readonly answer: ListAnswer;
  readonly words: string;
}

/**
 * A list that names 127.0.0.1 names everybody, and one that does not name 127.0.0.2 names nobody (RFC 5782 §5): such a
 * list is gone or refuses us, whatever it says of an address.
 */
async function askZone(watch: OwnAddressWatch, zone: string, { clock }: MailflowServices): Promise<readonly Found[]> {
  const asking = { resolve: watch.resolve, clock };
  const [nobody, somebody] = await Promise.all([
    askList("127.0.0.1", zone, asking),
    askList("127.0.0.2", zone, asking),
  ]);
  const isBelieved = nobody === "clear" && somebody === "listed";
  return Promise.all(
    watch.addresses.map(async (address): Promise<Found> => {
      const answer = isBelieved ? await askList(address, zone, asking) : "silent";
      return { address, zone, answer, words: answer === "listed" ? await wordsOf(watch, address, zone) : "" };
    }),
  );
}

/** The reason that a list gives (RFC 5782 §2.1); empty where it gives none. */
async function wordsOf({ resolveTxt }: OwnAddressWatch, address: string, zone: string): Promise<string> {
  const name = listedName(address, zone) ?? "";
  const records = await resolveTxt(name).catch(() => []);
  const text = records.join(" ").replace(/[\p{Cc}\p{Cf}\s]+/gu, " ");
  return [...text.trim()].slice(0, mailflowLimits.listingWordsMax).join("");
}
