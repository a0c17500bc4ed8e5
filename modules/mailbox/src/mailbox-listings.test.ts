import type { EmailFilter, EmailQuery, EmailSort } from "@casaforte/jmap";
import type { MailboxId, MessageId, TenantId } from "@casaforte/kernel";
import { rowsRead, type TenantTx } from "@casaforte/platform/db";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessages } from "./append-message.ts";
import { deleteMailbox } from "./change-mailboxes.ts";
import { destroyMessages, setMailboxes } from "./change-messages.ts";
import { copyMessages, moveMessages } from "./copy-messages.ts";
import { flagBits, noFlags } from "./flags.ts";
import type { MailAccount } from "./mail-account.ts";
import { MailboxListings } from "./mailbox-listings.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { forgetClientStates } from "./raise-epochs.ts";
import { expunge } from "./remove-messages.ts";
import { storeFlags } from "./store-flags.ts";
import { selectThreadCounts } from "./store-jmap.ts";
import { selectQueryPlaces, selectQueryWindow } from "./store-jmap-query.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { selectMessageIds, selectPlaces } from "./store-messages.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(7);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

const inTenant = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> => bed.db.tenant(tenantId, work);

const newestFirst: readonly EmailSort[] = [{ by: "receivedAt", ascending: false }];
const firstPage = (filter: EmailFilter): EmailQuery => ({
  ...{ filter, sort: newestFirst, collapseThreads: false, calculateTotal: true },
  ...{ window: { kind: "position", position: 0 }, limit: 5 },
});
const inMailbox = (mailboxId: MailboxId): EmailFilter => ({ on: "inMailbox", mailboxId });

async function append(account: MailAccount, mailboxIds: readonly MailboxId[], count: number, number = 1) {
  const message = await ingestSample(bed, tenantId, number);
  const messages = Array.from({ length: count }, () => ({ message, flags: noFlags }));
  return inTenant((tx) => appendMessages(tx, system, { accountId: account.id, mailboxIds, messages }, bed.services));
}

const stepArbitrary = fc.record({
  do: fc.constantFrom(
    ...(["append", "append", "place", "destroy", "flag", "flag", "move", "copy", "expunge", "forget", "look"] as const),
  ),
  a: fc.nat(9),
  b: fc.nat(9),
});
type Step = typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never;

const conditionArbitrary: fc.Arbitrary<EmailFilter> = fc.oneof(
  fc
    .constantFrom("$seen", "$flagged", "$label", "absent")
    .chain((keyword) =>
      fc.constantFrom({ on: "hasKeyword", keyword } as const, { on: "notKeyword", keyword } as const),
    ),
  fc.constantFrom("before", "after").chain((on) => fc.nat(4).map((day) => ({ on, atMs: dayMs(day) }) as const)),
  fc.constantFrom("minSize", "maxSize").chain((on) => fc.nat(400).map((bytes) => ({ on, bytes }) as const)),
);
const filterArbitrary: fc.Arbitrary<EmailFilter> = fc.oneof(
  fc.constant<EmailFilter>({ on: "and", filters: [] }),
  conditionArbitrary,
  fc
    .tuple(fc.constantFrom("and", "or", "not"), fc.array(conditionArbitrary, { maxLength: 3 }))
    .map(([on, filters]) => ({ on, filters }) as const),
);
const queryArbitrary = fc.record({
  filter: filterArbitrary,
  sort: fc.constantFrom<readonly EmailSort[]>(
    newestFirst,
    [{ by: "receivedAt", ascending: true }],
    [{ by: "hasKeyword", keyword: "$flagged", ascending: false }],
    [
      { by: "hasKeyword", keyword: "$label", ascending: true },
      { by: "hasKeyword", keyword: "$seen", ascending: false },
      { by: "receivedAt", ascending: true },
    ],
  ),
  collapseThreads: fc.boolean(),
  window: fc.oneof(
    fc.record({ kind: fc.constant("position" as const), position: fc.integer({ min: -6, max: 6 }) }),
    fc.record({ kind: fc.constant("anchor" as const), nth: fc.nat(9), offset: fc.integer({ min: -3, max: 3 }) }),
  ),
  limit: fc.nat(6),
});

const dayMs = (day: number): number => Date.UTC(2026, 0, 1 + day);

/** One change of an account with two mailboxes, as IMAP or JMAP makes it. */
async function change(account: MailAccount, boxes: readonly MailboxId[], { do: act, a, b }: Step): Promise<void> {
  const accountId = account.id;
  const { services } = bed;
  const [source, target] = [boxes[a % 2], boxes[b % 2]] as [MailboxId, MailboxId];
  if (act === "append") {
    const message = await ingestSample(bed, tenantId, a, "word ".repeat(b));
    const one = {
      message,
      flags: { bits: b & 5, keywords: a % 3 === 0 ? ["$Label"] : [] },
      receivedAtMs: dayMs(b % 4),
    };
    const mailboxIds = b % 5 === 0 ? boxes : [source];
    await inTenant((tx) => appendMessages(tx, system, { accountId, mailboxIds, messages: [one, one] }, services));
    return;
  }
  await inTenant(async (tx) => {
    const ids = await selectMessageIds(tx, accountId);
    const places = await selectPlaces(tx, accountId, ids);
    const uids = [...new Set(places.filter((one) => one.mailboxId === source).map(({ uid }) => uid))].sort(
      (x, y) => x - y,
    );
    const some = uids.slice(b % 3, (b % 3) + 1 + (a % 4));
    const messageId = ids[b % Math.max(ids.length, 1)];
    if (act === "forget") {
      const { sql } = tx;
      await sql`update mailbox_accounts set pruned_modseq = modseq where tenant_id = ${tenantId} and id = ${accountId}`;
      for (const box of boxes) {
        await sql`delete from mailbox_expunged where tenant_id = ${tenantId} and mailbox_id = ${box}`;
        await sql`delete from mailbox_changes where tenant_id = ${tenantId} and mailbox_id = ${box}`;
      }
    } else if (act === "flag") {
      const operation = a % 2 === 0 ? "add" : "remove";
      const flags = { bits: 1 << (b % 3), keywords: b % 4 === 0 ? ["$label"] : [] };
      await storeFlags(
        tx,
        system,
        { accountId, mailboxId: source, uids: a > 7 ? null : some, operation, flags },
        services,
      );
    } else if (messageId !== undefined && act === "place")
      await setMailboxes(tx, system, { accountId, messageId, mailboxIds: a > 4 ? boxes : [source] }, services);
    else if (messageId !== undefined && act === "destroy")
      await destroyMessages(tx, system, { accountId, messageIds: [messageId] }, services);
    else if (some.length > 0 && (act === "copy" || act === "move"))
      await (act === "copy" ? copyMessages : moveMessages)(
        tx,
        system,
        { accountId, source, uids: some, target },
        services,
      );
    else if (act === "expunge")
      await expunge(tx, system, { accountId, mailboxId: source, uids: some, onlyDeleted: false }, services);
  });
}

test("R12: whatever happens to a mailbox, each process lists it as the database does", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stepArbitrary, { minLength: 4, maxLength: 24 }),
      fc.array(queryArbitrary, { minLength: 2, maxLength: 4 }),
      async (steps, queries) => {
        const account = await bed.newAccount(tenantId);
        const accountId = account.id;
        const boxes = [
          (await bed.mailbox(tenantId, account, "INBOX")).id,
          (await bed.mailbox(tenantId, account, "Archive")).id,
        ] as const;
        // One reads small mailboxes at once and rarely looks; one reads row by row; one has room for one at a time.
        const processes = [
          new MailboxListings({ threadsListedMin: 1 }),
          new MailboxListings({ rowsAtOnce: 3, labelBytesMax: 70, threadsListedMin: 1 }),
          new MailboxListings({ bytesMax: 6_500 }),
        ];
        const look = (listings: MailboxListings) =>
          inTenant(async (tx) => {
            const ids = await selectMessageIds(tx, accountId);
            for (const box of boxes)
              for (const { filter, window, ...rest } of queries) {
                const anchor =
                  window.kind === "anchor" ? (ids[window.nth % Math.max(1, ids.length)] ?? account.id) : "";
                const at = window.kind === "anchor" ? { kind: window.kind, id: anchor, offset: window.offset } : window;
                const query = {
                  ...rest,
                  filter: { on: "and", filters: [filter, inMailbox(box)] },
                  window: at,
                } as const;
                const whole = { ...query, calculateTotal: true };
                const told = (answer: Promise<object>) => answer.catch((error: Error) => error.message);
                expect(await told(listings.queryWindow(tx, accountId, whole))).toEqual(
                  await told(selectQueryWindow(tx, accountId, whole)),
                );
                expect(await listings.queryPlaces(tx, accountId, query, ids)).toEqual(
                  await selectQueryPlaces(tx, accountId, query, ids),
                );
              }
            const mailboxes = await selectMailboxes(tx, accountId);
            const counts = await listings.threadCounts(tx, accountId, mailboxes);
            const truth = (
              await selectThreadCounts(
                tx,
                accountId,
                mailboxes.map(({ id }) => id),
              )
            ).counts;
            for (const { id } of mailboxes) expect(counts.get(id)).toEqual(truth.get(id));
          });
        for (const [number, step] of steps.entries()) {
          await change(account, boxes, step);
          const here = step.do === "look" || step.b % 3 === 0;
          if (here) await look(processes[(step.a + number) % processes.length] ?? expect.fail("a process"));
        }
        for (const listings of processes) await look(listings);
      },
    ),
    { numRuns: 40 },
  );
});

test("R12: a mailbox is read once for all who ask, then not again; what changed is read alone", async () => {
  const account = await bed.newAccount(tenantId);
  const { id } = await bed.mailbox(tenantId, account, "INBOX");
  await append(account, [id], 60);
  const listings = new MailboxListings({ rowsAtOnce: 20, threadsListedMin: 1 });
  const list = async (tx: TenantTx) => {
    const query = firstPage(inMailbox(id));
    const { ids, total } = await listings.queryWindow(tx, account.id, { ...query, collapseThreads: true });
    await listings.queryPlaces(tx, account.id, query, ids);
    await listings.threadCounts(tx, account.id, await selectMailboxes(tx, account.id));
    return total;
  };
  const read = () =>
    inTenant((tx) => rowsRead(tx, "mailbox_memberships", async () => void expect(await list(tx)).toBe(1)));
  const first = await Promise.all([read(), read(), read()]);
  // Who waited for another's reading reads nothing himself; each batch looks one row further.
  expect(first.reduce((sum, rows) => sum + rows)).toBeLessThan(70);
  expect(await read()).toBe(0);
  const change = { operation: "add", flags: { bits: flagBits.seen, keywords: [] } } as const;
  await inTenant((tx) =>
    storeFlags(tx, system, { accountId: account.id, mailboxId: id, uids: [7, 9], ...change }, bed.services),
  );
  expect(await read()).toBe(2);
  await inTenant((tx) =>
    expunge(tx, system, { accountId: account.id, mailboxId: id, uids: [8], onlyDeleted: false }, bed.services),
  );
  expect(await read()).toBe(0);
});

test("R12: the listing looked at longest ago makes room, and a mailbox too large for any is listed by the database", async () => {
  const account = await bed.newAccount(tenantId);
  const boxes = await Promise.all(["INBOX", "Archive", "Sent"].map((path) => bed.mailbox(tenantId, account, path)));
  for (const { id } of boxes) await append(account, [id], 30);
  const bytesMax = 20_000;
  const listings = new MailboxListings({ bytesMax });
  const read = (at: number) =>
    inTenant((tx) =>
      rowsRead(tx, "mailbox_memberships", async () => {
        const { id } = boxes[at] ?? expect.fail("a mailbox");
        const { total } = await listings.queryWindow(tx, account.id, firstPage(inMailbox(id)));
        expect(total).toBe(30);
        expect(listings.bytes).toBeLessThanOrEqual(bytesMax);
      }),
    );
  for (const at of [0, 1, 0]) await read(at);
  expect(await read(0)).toBe(0);
  expect(await read(2)).toBe(30);
  expect(await read(0)).toBe(0);
  expect(await read(1)).toBe(30);
  const small = new MailboxListings({ bytesMax: 5_000, rowsAtOnce: 10 });
  const query = firstPage(inMailbox(boxes[0]?.id ?? expect.fail("a mailbox")));
  expect((await inTenant((tx) => small.queryWindow(tx, account.id, query))).total).toBe(30);
  expect(small.bytes).toBe(0);
});

test("R12: what would hold up the process is asked of the database, and answered the same", async () => {
  const account = await bed.newAccount(tenantId);
  const { id } = await bed.mailbox(tenantId, account, "INBOX");
  await append(account, [id], 40);
  // Three steps for each message.
  const listings = new MailboxListings({ stepsMax: 120 });
  const read = (filters: readonly EmailFilter[], sort = newestFirst) =>
    inTenant(async (tx) => {
      const query = { ...firstPage({ on: "and", filters: [inMailbox(id), ...filters] }), sort };
      const truth = await selectQueryWindow(tx, account.id, query);
      return rowsRead(tx, "mailbox_memberships", async () => {
        expect(await listings.queryWindow(tx, account.id, query)).toEqual(truth);
      });
    });
  const sizes = (count: number) => Array.from({ length: count }, (_, bytes) => ({ on: "minSize", bytes }) as const);
  expect(await read([])).toBeGreaterThan(0);
  expect(await read(sizes(2))).toBe(0);
  expect(await read(sizes(3))).toBeGreaterThan(0);
  const any = { on: "not", filters: [] } as const;
  expect(await read([any, any])).toBe(0);
  expect(await read([any, { on: "and", filters: [any, any] }])).toBeGreaterThan(0);
  expect(await read([], [{ by: "hasKeyword", keyword: "$seen", ascending: true }])).toBe(0);
  expect(await read(sizes(1), [{ by: "hasKeyword", keyword: "$seen", ascending: true }])).toBeGreaterThan(0);
});

test("R12: a mailbox too large by its keywords is listed by the database, and not read again at once", async () => {
  const account = await bed.newAccount(tenantId);
  const { id } = await bed.mailbox(tenantId, account, "INBOX");
  const message = await ingestSample(bed, tenantId, 1);
  const words = Array.from({ length: 40 }, (_, nth) => `${"k".repeat(90)}${nth}`);
  const messages = Array.from({ length: 30 }, (_, nth) => ({
    message,
    flags: { bits: 0, keywords: [...words, ...words].slice(nth, nth + 20) },
  }));
  await inTenant((tx) =>
    appendMessages(tx, system, { accountId: account.id, mailboxIds: [id], messages }, bed.services),
  );
  const [keyword = ""] = words;
  const query = firstPage({ on: "and", filters: [inMailbox(id), { on: "hasKeyword", keyword }] });
  const read = (listings: MailboxListings) =>
    inTenant(async (tx) => {
      const truth = await selectQueryWindow(tx, account.id, query);
      expect(truth.total).toBeGreaterThan(5);
      return rowsRead(tx, "mailbox_memberships", async () => {
        expect(await listings.queryWindow(tx, account.id, query)).toEqual(truth);
      });
    });
  const bytesMax = 60_000;
  const small = new MailboxListings({ bytesMax, rowsAtOnce: 10 });
  const first = await read(small);
  expect(small.bytes).toBe(0);
  const second = await read(small);
  expect(second).toBeGreaterThan(0);
  expect(second).toBeLessThan(first);
  // One that is small enough to be read at once is not kept either; where there is room it is.
  const atOnce = new MailboxListings({ bytesMax });
  await read(atOnce);
  expect(atOnce.bytes).toBe(0);
  const large = new MailboxListings({ rowsAtOnce: 10 });
  await read(large);
  expect(large.bytes).toBeGreaterThan(bytesMax);
  expect(await read(large)).toBe(0);
});

test("R12: what was never committed is not remembered", async () => {
  const account = await bed.newAccount(tenantId);
  const { id } = await bed.mailbox(tenantId, account, "INBOX");
  await append(account, [id], 3);
  const listings = new MailboxListings({ threadsListedMin: 1 });
  const { on, ...seen } = { on: "hasKeyword", keyword: "$seen" } as const;
  const query = firstPage({ on: "and", filters: [inMailbox(id), { on, ...seen }] });
  const isSeen = (tx: TenantTx) => listings.queryWindow(tx, account.id, query);
  const unread = async (tx: TenantTx) =>
    (await listings.threadCounts(tx, account.id, await selectMailboxes(tx, account.id))).get(id)?.unread;
  const read = (tx: TenantTx, uids: readonly number[] | null) => {
    const change = { operation: "add", flags: { bits: flagBits.seen, keywords: [] } } as const;
    return storeFlags(tx, system, { accountId: account.id, mailboxId: id, uids, ...change }, bed.services);
  };
  expect((await inTenant(isSeen)).total).toBe(0);
  const undone = inTenant(async (tx) => {
    await read(tx, null);
    expect((await isSeen(tx)).total).toBe(3);
    expect(await unread(tx)).toBe(0);
    throw new Error("undone");
  });
  await expect(undone).rejects.toThrow("undone");
  // The modseq that was undone is given out again, before anybody looks.
  await inTenant((tx) => read(tx, [2]));
  expect((await inTenant(isSeen)).total).toBe(1);
  expect(await inTenant(unread)).toBe(1);
});

test("R12: a mailbox that is deleted, and one whose database was restored, are not listed as they were", async () => {
  const account = await bed.newAccount(tenantId);
  const { id } = await bed.mailbox(tenantId, account, "Archive");
  const { messages } = await append(account, [id], 3);
  const listings = new MailboxListings();
  const list = () => inTenant((tx) => listings.queryWindow(tx, account.id, firstPage(inMailbox(id))));
  expect(await list()).toMatchObject({ total: 3 });
  const [first = expect.fail("a message")] = messages.map(({ messageId }): MessageId => messageId);
  // As if the last change had not been: the same modseq tells of another state.
  await inTenant(async (tx) => {
    await tx.sql`delete from mailbox_memberships where tenant_id = ${tenantId} and message_id = ${first}`;
    await forgetClientStates(tx, system, bed.services);
  });
  expect(await list()).toMatchObject({ total: 2 });
  const gone = await bed.newAccount(tenantId);
  const { id: archive } = await bed.mailbox(tenantId, gone, "Archive");
  await append(gone, [archive], 3);
  const look = () => inTenant((tx) => listings.queryWindow(tx, gone.id, firstPage(inMailbox(archive))));
  expect(await look()).toMatchObject({ total: 3 });
  // Somebody else's mailbox is nobody's, though it is in memory.
  const [, other] = await Promise.all([
    look(),
    inTenant((tx) => listings.queryWindow(tx, account.id, firstPage(inMailbox(archive)))),
  ]);
  expect(other).toMatchObject({ total: 0, ids: [] });
  await inTenant((tx) => deleteMailbox(tx, system, { accountId: gone.id, mailboxId: archive }, bed.services));
  expect(await look()).toMatchObject({ total: 0, ids: [] });
});
