import type { EmailQuery } from "@casaforte/jmap";
import type { TenantId } from "@casaforte/kernel";
import { rowsRead, type TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessages } from "./append-message.ts";
import { flagBits } from "./flags.ts";
import { MailboxListings } from "./mailbox-listings.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { storeFlags } from "./store-flags.ts";
import { selectQueryWindow } from "./store-jmap-query.ts";
import { type ListedRows, selectListedRows, selectListing } from "./store-listing.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(7);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

const inTenant = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> => bed.db.tenant(tenantId, work);

const count = 20;
const words = ["Blue", "Green", "Yellow"];
/** Of four messages or five with all these words. */
const labelBytesMax = 250;
const page = { rowsAtOnce: 100, labelBytesMax };
const bytesOf = ({ keywords }: ListedRows) =>
  keywords.map(({ uid, keywords: k }) => JSON.stringify({ u: uid, k })).join(", ").length;

/** Twenty messages, each with three keywords. */
async function labelled() {
  const account = await bed.newAccount(tenantId);
  const accountId = account.id;
  const { id: mailboxId } = await bed.mailbox(tenantId, account, "INBOX");
  const message = await ingestSample(bed, tenantId, 1);
  const messages = Array.from({ length: count }, () => ({ message, flags: { bits: 0, keywords: words } }));
  const input = { accountId, mailboxIds: [mailboxId], messages };
  await inTenant((tx) => appendMessages(tx, system, input, bed.services));
  const modseq = async () => (await bed.mailbox(tenantId, account, "INBOX")).highestModseq;
  const flag = (uids: Uint32Array | null) => {
    const change = {
      accountId,
      mailboxId,
      uids,
      operation: "add" as const,
      flags: { bits: flagBits.flagged, keywords: [] },
    };
    return inTenant((tx) => storeFlags(tx, system, change, bed.services));
  };
  return { accountId, mailboxId, modseq, flag };
}

test("a listing is told no more keywords at once than a page has, and comes to all of them page by page", async () => {
  const place = await labelled();
  const look = (after: number) => inTenant((tx) => selectListing(tx, place, after, page));
  expect(await look(-1)).toMatchObject({ reach: "none", keywords: [], total: count });
  let uid = 0;
  for (let pages = 0; uid < count; pages++) {
    const rows = await inTenant((tx) => selectListedRows(tx, place.mailboxId, uid, page));
    expect(bytesOf(rows)).toBeLessThanOrEqual(labelBytesMax);
    expect(rows.keywords.map((one) => one.uid)).toEqual(rows.keywords.map((_, at) => uid + 1 + at));
    expect(rows.keywords.length).toBeGreaterThan(2);
    expect(pages).toBeLessThan(count / 3);
    uid += rows.keywords.length;
  }
  const before = await place.modseq();
  await place.flag(Uint32Array.of(3, 4));
  expect(await look(before)).toMatchObject({ reach: "since", keywords: [{ uid: 3 }, { uid: 4 }] });
  await place.flag(null);
  expect(await look(before)).toMatchObject({ reach: "none", keywords: [] });
  // One message has more than a page: it is told all the same, and the next after it.
  const tiny = await inTenant((tx) => selectListedRows(tx, place.mailboxId, 7, { ...page, labelBytesMax: 1 }));
  expect(tiny.keywords).toEqual([{ uid: 8, keywords: words }]);
});

test("a mailbox with more keywords than a page is listed as the database lists it, from memory where there is room", async () => {
  const { accountId, mailboxId, flag } = await labelled();
  const query: EmailQuery = {
    filter: {
      on: "and",
      filters: [
        { on: "inMailbox", mailboxId },
        { on: "hasKeyword", keyword: "green" },
      ],
    },
    ...{ sort: [{ by: "receivedAt", ascending: false }], collapseThreads: false, calculateTotal: true },
    ...{ window: { kind: "position", position: 0 }, limit: 50 },
  };
  for (const [bytesMax, isRemembered] of [
    [1_000_000, true],
    [1_000, false],
  ] as const) {
    const listings = new MailboxListings({ bytesMax, labelBytesMax });
    const ask = () => inTenant((tx) => listings.queryWindow(tx, accountId, query));
    for (let round = 0; round < 2; round++) {
      const found = await ask();
      expect(found).toEqual(await inTenant((tx) => selectQueryWindow(tx, accountId, query)));
      expect(found.ids).toHaveLength(count);
      await flag(round === 0 ? null : Uint32Array.of(1));
    }
    await ask();
    const read = await inTenant((tx) =>
      rowsRead(tx, "mailbox_memberships", async () => void (await listings.queryWindow(tx, accountId, query))),
    );
    expect(read === 0).toBe(isRemembered);
  }
});
