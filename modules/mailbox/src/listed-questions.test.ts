import { newId, type TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MailboxListings } from "./mailbox-listings.ts";
import { type MailboxTestbed, openMailboxTestbed } from "./mailbox-testbed.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(5);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

test("R12: what a listing keeps of a question counts, also of one whose anchor is not there, and a long one is not kept", async () => {
  const account = await bed.newAccount(tenantId);
  const { id: mailboxId } = await bed.mailbox(tenantId, account, "INBOX");
  const listings = new MailboxListings();
  const ask = (keyword: string) =>
    bed.database.db.tenant(tenantId, (tx) =>
      listings.queryWindow(tx, account.id, {
        filter: {
          on: "and",
          filters: [
            { on: "inMailbox", mailboxId },
            { on: "notKeyword", keyword },
          ],
        },
        ...{ sort: [{ by: "receivedAt", ascending: false }], collapseThreads: false, calculateTotal: true, limit: 5 },
        window: { kind: "anchor", id: newId(bed.clock, bed.services.random), offset: 0 },
      }),
    );
  const missed = { type: "anchorNotFound" };
  await expect(ask("few")).rejects.toMatchObject(missed);
  const bare = listings.bytes;
  await expect(ask("k".repeat(3_000))).rejects.toMatchObject(missed);
  const kept = listings.bytes;
  expect(kept).toBeGreaterThan(bare + 6_000);
  await expect(ask("k".repeat(100_000))).rejects.toMatchObject(missed);
  expect(listings.bytes).toBe(kept);
});
