import { providerTenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listedName } from "./dnsbl.ts";
import { jobHandlers, listOwnListings, mailflowLimits } from "./index.ts";
import { type MailflowTestbed, openMailflowTestbed } from "./mailflow-testbed.ts";

const four = "192.0.2.25";
const six = "2001:db8::25";
const watched = { addresses: [four, six], zones: ["well.example", "gone.example", "all.example", "refuses.example"] };

/** What the name server knows; TXT by the same names. */
const addresses = new Map<string, readonly string[] | "broken">();
const texts = new Map<string, readonly string[]>();
const names = (address: string, zone: string) => listedName(address, zone) ?? "";
const notFound = () => Object.assign(new Error("none"), { code: "ENOTFOUND" });

let bed: MailflowTestbed;
let watchedNow: { readonly addresses: readonly string[]; readonly zones: readonly string[] } = watched;
beforeAll(async () => {
  bed = await openMailflowTestbed();
});
afterAll(() => bed?.close());

/** One run of the job, an hour after the one before; what is then known. */
async function ask() {
  await bed.clock.advance(mailflowLimits.ownAddressesMs);
  const handlers = jobHandlers({
    ...bed.services,
    ownAddresses: {
      ...watchedNow,
      async resolve(name) {
        const found = addresses.get(name) ?? (/\.all\.example$/.test(name) ? ["127.0.0.2"] : undefined);
        if (found === "broken") throw Object.assign(new Error("broken"), { code: "ESERVFAIL" });
        if (found === undefined) throw notFound();
        return found;
      },
      async resolveTxt(name) {
        const found = texts.get(name);
        if (found === undefined) throw notFound();
        return found;
      },
    },
  });
  const handler = handlers.find(({ task }) => task === "mailflow.own_addresses");
  await handler?.run({}, { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: bed.logger });
  const rows = await bed.database.db.tenant(providerTenantId, (tx) => listOwnListings(tx, watched));
  const now = bed.clock.nowMs();
  return {
    now,
    listed: rows.flatMap(({ address, zone, listedSince, words }) =>
      listedSince === null ? [] : [{ address, zone, sinceMs: listedSince.getTime(), words }],
    ),
    silent: [...new Set(rows.filter((row) => row.answeredAt?.getTime() !== now).map(({ zone }) => zone))],
    asked: rows.length,
  };
}

test("R99: block lists are asked about both kinds of our addresses; only a list that can be believed lists one", async () => {
  addresses.set(names("127.0.0.2", "well.example"), ["127.0.0.2"]);
  addresses.set(names("127.0.0.2", "refuses.example"), ["127.255.255.254"]);
  addresses.set(names(four, "refuses.example"), ["127.255.255.254"]);
  // It names us, but its own test entry is gone: nobody looks after it.
  addresses.set(names(four, "gone.example"), ["127.0.0.2"]);
  const first = await ask();
  expect(first.asked).toBe(watched.addresses.length * watched.zones.length);
  expect(first.listed).toEqual([]);
  expect(first.silent.toSorted()).toEqual(["all.example", "gone.example", "refuses.example"]);

  addresses.set(names(six, "well.example"), ["127.0.0.4"]);
  texts.set(names(six, "well.example"), ["Spam\u0007 seen;", `see https://well.example/why?${"x".repeat(600)}`]);
  const second = await ask();
  expect(second.listed).toMatchObject([{ address: six, zone: "well.example", sinceMs: second.now }]);
  expect(second.listed[0]?.words).toMatch(/^Spam seen; see https:\/\/well\.example\/why\?x+$/);
  expect(second.listed[0]?.words).toHaveLength(mailflowLimits.listingWordsMax);
  expect(bed.logger.events.filter(({ event }) => event === "mailflow.address_listed")).toHaveLength(1);

  // A list that falls silent takes nothing back, and names nobody anew; a look-up of its words may fail.
  texts.clear();
  addresses.set(names("127.0.0.1", "well.example"), "broken");
  addresses.set(names(four, "well.example"), ["127.0.0.2"]);
  const silent = await ask();
  expect(silent.listed).toEqual(second.listed);
  expect(silent.silent).toContain("well.example");
  addresses.delete(names("127.0.0.1", "well.example"));
  addresses.delete(names(four, "well.example"));
  expect((await ask()).listed).toEqual(second.listed);
  expect(bed.logger.events.filter(({ event }) => event === "mailflow.address_listed")).toHaveLength(1);

  addresses.delete(names(six, "well.example"));
  expect((await ask()).listed).toEqual([]);
  addresses.set(names(six, "well.example"), ["127.0.0.4"]);
  const again = await ask();
  expect(again.listed).toEqual([{ address: six, zone: "well.example", sinceMs: again.now, words: "" }]);

  watchedNow = { addresses: [four], zones: ["well.example"] };
  expect(await ask()).toMatchObject({ listed: [], asked: 1 });
});
