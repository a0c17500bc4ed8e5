import type { EmailFilter } from "@casaforte/jmap";
import type { TenantId } from "@casaforte/kernel";
import { rowsRead, type TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessages } from "./append-message.ts";
import { copyMessages } from "./copy-messages.ts";
import { flagBits, noFlags } from "./flags.ts";
import type { MailAccount } from "./mail-account.ts";
import type { Mailbox } from "./mailbox.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { storeFlags } from "./store-flags.ts";
import { selectQueryPlaces, selectQueryWindow } from "./store-jmap-query.ts";
import { selectAccountState, selectMessageChanges } from "./store-messages.ts";
import { selectMatches, selectSorted } from "./store-search.ts";

const few = 10;
const many = 2_560;
let bed: MailboxTestbed;
let tenantId: TenantId;
let account: MailAccount;
let inbox: Mailbox;
let archive: Mailbox;

const inTenant = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> => bed.db.tenant(tenantId, work);

/** A few messages in the one mailbox, many in the other. */
beforeAll(async () => {
  bed = await openMailboxTestbed(3);
  tenantId = await bed.newTenant();
  account = await bed.newAccount(tenantId);
  inbox = await bed.mailbox(tenantId, account, "INBOX");
  archive = await bed.mailbox(tenantId, account, "Archive");
  const message = await ingestSample(bed, tenantId, 1, "words");
  const append = (mailbox: Mailbox) =>
    inTenant((tx) => {
      const messages = Array.from({ length: few }, () => ({ message, flags: noFlags }));
      return appendMessages(tx, system, { accountId: account.id, mailboxIds: [mailbox.id], messages }, bed.services);
    });
  await append(inbox);
  await append(archive);
  for (let count = few; count < many; count *= 2) {
    const uids = Array.from({ length: count }, (_, at) => at + 1);
    const copy = { accountId: account.id, source: archive.id, uids, target: archive.id };
    await inTenant((tx) => copyMessages(tx, system, copy, bed.services));
  }
}, 120_000);
afterAll(() => bed?.close());

const newestFirst = [{ by: "receivedAt", ascending: false }] as const;
const listing = (filter: EmailFilter, collapseThreads: boolean) =>
  ({
    filter,
    collapseThreads,
    sort: newestFirst,
    window: { kind: "position", position: 0 },
    limit: 5,
    calculateTotal: true,
  }) as const;

test.each([true, false])(
  "a mailbox is listed without a look at the rest of the account, by threads: %s",
  async (collapseThreads) => {
    const filter: EmailFilter = { on: "and", filters: [{ on: "inMailbox", mailboxId: inbox.id }] };
    await inTenant(async (tx) => {
      let total = 0;
      const list = async () => {
        const query = listing(filter, collapseThreads);
        const { ids, total: count } = await selectQueryWindow(tx, account.id, query);
        total = (await selectQueryPlaces(tx, account.id, query, ids)).total;
        expect(total).toBe(count);
      };
      expect(await rowsRead(tx, "mailbox_memberships", list)).toBe(2 * few);
      expect(await rowsRead(tx, "mailbox_messages", list)).toBe(0);
      expect(total).toBe(collapseThreads ? 1 : few);
    });
  },
);

test("what changed is told without a look at what did not", async () => {
  await inTenant(async (tx) => {
    const { modseq: after = 0 } = (await selectAccountState(tx, account.id)) ?? {};
    const change = { operation: "add", flags: { bits: flagBits.seen, keywords: [] } } as const;
    await storeFlags(tx, system, { accountId: account.id, mailboxId: archive.id, uids: [7], ...change }, bed.services);
    const look = async () => {
      const range = { after, upTo: after + 1, limit: 100 };
      expect(await selectMessageChanges(tx, account.id, range)).toMatchObject([{ kind: "updated", modseq: after + 1 }]);
    };
    for (const table of ["mailbox_memberships", "mailbox_messages"]) expect(await rowsRead(tx, table, look)).toBe(1);
  });
});

test("messages named by many ranges of UIDs are searched and sorted without a look at the rest of their mailbox", async () => {
  const uids = Array.from({ length: 100 }, (_, at) => 3 + 20 * at);
  const named = { kind: "uids", ranges: Uint32Array.from(uids.flatMap((uid) => [uid, uid])) } as const;
  const query = { kind: "and", keys: [named, { kind: "text", value: "words" }] } as const;
  const smallFirst = [{ by: "size", reverse: false }] as const;
  await inTenant(async (tx) => {
    const found: Uint32Array[] = [];
    const search = async () => void found.push(await selectMatches(tx, archive.id, query));
    const sort = async () => void found.push(await selectSorted(tx, archive.id, named, smallFirst));
    for (const look of [search, sort]) expect(await rowsRead(tx, "mailbox_memberships", look)).toBe(uids.length);
    expect(found.map((each) => [...each])).toEqual([uids, uids]);
  });
});
