import type { ImapAccount } from "@casaforte/imap";
import type { MailboxId, TenantId } from "@casaforte/kernel";
import { openPool } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessage } from "./append-message.ts";
import { noFlags } from "./flags.ts";
import { imapBackend } from "./imap.ts";
import { mailboxLimits } from "./limits.ts";
import type { MailAccount } from "./mail-account.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { MailboxViews } from "./mailbox-views.ts";
import { storeFlags } from "./store-flags.ts";

const tooMany = { kind: "rate_limited", code: "imap.too_many_flag_sets" };

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(11);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

async function signIn(account: MailAccount): Promise<ImapAccount> {
  const backend = imapBackend(bed.services, async () => ({
    tenantId,
    mailAccountId: account.id,
    principalId: account.id as never,
    holds: async () => true,
  }));
  return backend.authenticate({ mechanism: "PLAIN", user: account.address, password: "x", ip: "192.0.2.1", tls: true });
}

async function filled(messages: number): Promise<{ readonly account: MailAccount; readonly mailboxId: MailboxId }> {
  const account = await bed.newAccount(tenantId);
  const { id: mailboxId } = await bed.mailbox(tenantId, account, "INBOX");
  for (let number = 1; number <= messages; number++) {
    const message = await ingestSample(bed, tenantId, number);
    const input = { accountId: account.id, mailboxIds: [mailboxId], message, flags: noFlags };
    await bed.db.tenant(tenantId, (tx) => appendMessage(tx, system, input, bed.services));
  }
  return { account, mailboxId };
}

/** Keywords of the longest kind, most of them: another combination for each number. */
function longKeywords(nth: number): string[] {
  const words: string[] = [];
  for (let word = 0; word < mailboxLimits.keywordsPerMessageMax; word++)
    words.push(`${"K".repeat(mailboxLimits.keywordCharsMax - 3)}${100 + word + ((nth >> word) & 1) * 200}`);
  return words;
}

test("sessions that set ever new combinations of keywords end, and whoever opens the mailbox then knows those in use alone", {
  timeout: 120_000,
}, async () => {
  const { account, mailboxId } = await filled(1);
  const imap = await signIn(account);
  const busy = await imap.open(mailboxId, { readOnly: false });
  const other = await imap.open(mailboxId, { readOnly: true });
  let sets = 0;
  while (!busy.ended?.aborted && sets < 2_000) {
    const flags = { bits: 0, keywords: longKeywords(sets) };
    const { modseqBefore, modseqAfter } = await busy.store({ uids: Uint32Array.of(1), operation: "replace", flags });
    // It was done, and is told as done.
    expect(modseqAfter).toBe(modseqBefore + 1);
    sets++;
  }
  expect(sets).toBeGreaterThan(700);
  expect(sets).toBeLessThan(1_500);
  expect(other.ended?.aborted).toBe(true);
  await expect(other.changesSince(0)).rejects.toMatchObject(tooMany);
  const again = await imap.open(mailboxId, { readOnly: false });
  expect(again.ended?.aborted).toBe(false);
  expect(again.table.size).toBe(33);
  expect(again.table.flags(again.snapshot.flagSets[0] ?? 0).keywords).toEqual(longKeywords(sets - 1).sort());
  // The old ones are given back after the new one is there: it stays.
  await busy.close();
  await other.close();
  const third = await imap.open(mailboxId, { readOnly: true });
  expect(third.table).toBe(again.table);
});

test("a mailbox with more combinations in use than a view may hold is not opened, and is again when there are fewer", async () => {
  const { account, mailboxId } = await filled(5);
  const store = (uid: number, keywords: string[]) =>
    bed.db.tenant(tenantId, (tx) => {
      const flags = { bits: 0, keywords };
      const change = { accountId: account.id, mailboxId, uids: [uid], operation: "replace" as const, flags };
      return storeFlags(tx, system, change, bed.services);
    });
  for (let uid = 1; uid <= 5; uid++) await store(uid, longKeywords(uid));
  const views = new MailboxViews(bed.services, { flagBytesMax: 60_000 });
  const look = async () => {
    using lease = views.take(tenantId, account.id, mailboxId);
    await lease.view.refresh();
    return lease.view;
  };
  await expect(look()).rejects.toMatchObject(tooMany);
  await expect(look()).rejects.toMatchObject(tooMany);
  for (const uid of [1, 2]) await store(uid, []);
  const view = await look();
  expect(view.table.size).toBe(32 + 3);
  // Somebody else's change is too much for a view in use, which nobody gets any more.
  using lease = views.take(tenantId, account.id, mailboxId);
  expect(lease.view).toBe(view);
  for (const uid of [1, 2]) await store(uid, longKeywords(uid));
  await expect(view.changesSince(view.highestModseq)).rejects.toMatchObject(tooMany);
  for (const uid of [1, 2]) await store(uid, []);
  const fresh = await look();
  expect(fresh).not.toBe(view);
  lease[Symbol.dispose]();
  expect(await look()).toBe(fresh);
});

test("where all views know too many combinations, the one that knows most is given up", async () => {
  const [large, small] = [await filled(4), await filled(2)];
  const views = new MailboxViews(bed.services, { allFlagBytesMax: 90_000 });
  const leaseOf = async ({ account, mailboxId }: typeof large) => {
    const lease = views.take(tenantId, account.id, mailboxId);
    await lease.view.refresh();
    return lease;
  };
  const label = async ({ account, mailboxId }: typeof large, uid: number) => {
    const flags = { bits: 0, keywords: longKeywords(uid) };
    const change = { accountId: account.id, mailboxId, uids: [uid], operation: "replace" as const, flags };
    await bed.db.tenant(tenantId, (tx) => storeFlags(tx, system, change, bed.services));
  };
  using one = await leaseOf(large);
  using two = await leaseOf(small);
  for (let uid = 1; uid <= 4; uid++) await label(large, uid);
  await one.view.refresh();
  expect(one.view.spent.aborted).toBe(false);
  for (let uid = 1; uid <= 2; uid++) await label(small, uid);
  await two.view.refresh();
  expect([one.view.spent.aborted, two.view.spent.aborted]).toEqual([true, false]);
  // What is given up counts no more.
  using fewer = await leaseOf(await filled(1));
  expect(fewer.view.spent.aborted).toBe(false);
});

test("what is still read into a view that is given up counts no more", async () => {
  const { account, mailboxId } = await filled(1);
  const flags = { bits: 0, keywords: longKeywords(1) };
  const change = { accountId: account.id, mailboxId, uids: [1], operation: "replace" as const, flags };
  await bed.db.tenant(tenantId, (tx) => storeFlags(tx, system, change, bed.services));
  const views = new MailboxViews(bed.services, { allFlagBytesMax: 40_000 });
  for (let nth = 0; nth < 3; nth++) {
    using lease = views.take(tenantId, account.id, mailboxId);
    const reading = lease.view.refresh();
    lease.view.giveUp();
    await expect(reading).rejects.toMatchObject(tooMany);
  }
  using lease = views.take(tenantId, account.id, mailboxId);
  await lease.view.refresh();
  expect(lease.view.spent.aborted).toBe(false);
});

test("no look at a mailbox and no STORE tells of more keywords than a process can take in", {
  timeout: 120_000,
}, async () => {
  const { account, mailboxId } = await filled(1);
  const imap = await signIn(account);
  const box = await imap.open(mailboxId, { readOnly: false });
  const uidsOf = (from: number, count: number) => Uint32Array.from({ length: count }, (_, at) => from + at);
  for (let count = 1; count < 8_192; count *= 2) await box.copy(uidsOf(1, count), mailboxId);
  const other = await imap.open(mailboxId, { readOnly: true });
  const keywords = longKeywords(0);
  const label = (uids: Uint32Array, operation: "add" | "remove" = "add") => {
    const change = { accountId: account.id, mailboxId, uids, operation, flags: { bits: 0, keywords } };
    return bed.db.tenant(tenantId, (tx) => storeFlags(tx, system, change, bed.services));
  };
  const { highestModseq } = other.snapshot;
  await expect(label(uidsOf(1, 8_192))).rejects.toMatchObject(tooMany);
  expect((await other.changesSince(highestModseq)).highestModseq).toBe(highestModseq);
  for (const from of [1, 4_097]) await label(uidsOf(from, 4_096));
  // Who has it open is told of no part of it, and ends.
  await expect(other.changesSince(highestModseq)).rejects.toMatchObject(tooMany);
  expect([box.ended?.aborted, other.ended?.aborted]).toEqual([true, true]);
  await expect(imap.open(mailboxId, { readOnly: false })).rejects.toMatchObject(tooMany);
  await label(uidsOf(1, 4_096), "remove");
  const again = await imap.open(mailboxId, { readOnly: false });
  expect(again.table.flags(again.snapshot.flagSets[8_191] ?? 0).keywords).toEqual([...keywords].sort());
});

test("keywords that are too many for one look are refused by the database before it puts them together", async () => {
  const { account, mailboxId } = await filled(3);
  const change = { accountId: account.id, mailboxId, uids: null, operation: "add" as const };
  const flags = { bits: 0, keywords: ["Blue", "Green"] };
  await bed.db.tenant(tenantId, (tx) => storeFlags(tx, system, { ...change, flags }, bed.services));
  const look = (bytesMax: number) =>
    bed.db.tenant(
      tenantId,
      (tx) => tx.sql<{ labelled: unknown[] }[]>`select l.labelled from mailbox_look(
        ${tenantId}, ${account.id}, ${mailboxId}, 1::smallint, 5000, ${bytesMax}) l`,
    );
  expect((await look(200))[0]?.labelled).toHaveLength(3);
  await expect(look(60)).rejects.toMatchObject({ code: "CF005" });
});

test("keywords longer than a value of the database may become are too many as well", async () => {
  const { account, mailboxId } = await filled(1);
  const imap = await signIn(account);
  const box = await imap.open(mailboxId, { readOnly: false });
  const { highestModseq } = box.snapshot;
  const change = { accountId: account.id, mailboxId, uids: null, operation: "add" as const };
  const flags = { bits: 0, keywords: ["Blue"] };
  const store = () => bed.db.tenant(tenantId, (tx) => storeFlags(tx, system, { ...change, flags }, bed.services));
  await store();
  // A real one would take a gigabyte.
  const owner = openPool(bed.database.cluster.ownerUrl, 1);
  await owner.unsafe(`create or replace function mailbox_labels(in_labelled json, in_bytes_max int) returns json
    language plpgsql immutable as $$ begin raise exception using errcode = '54000', message = 'too long'; end $$`);
  await owner.end();
  await expect(store()).rejects.toMatchObject(tooMany);
  await expect(box.changesSince(highestModseq)).rejects.toMatchObject(tooMany);
});
