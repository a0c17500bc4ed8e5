import type { BlobId, TenantId } from "@casaforte/kernel";
import type { JobContext } from "@casaforte/platform/jobs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessage } from "./append-message.ts";
import { deleteMailAccount, readMailAccount } from "./change-mail-account.ts";
import { noFlags } from "./flags.ts";
import { imapBackend } from "./imap.ts";
import { invariants } from "./invariants.ts";
import { jobHandlers } from "./jobs.ts";
import { mailboxLimits } from "./limits.ts";
import type { MailAccount } from "./mail-account.ts";
import { blobIds, ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { MailboxViews } from "./mailbox-views.ts";
import { type QuotaNoticeRoad, sendQuotaNotices } from "./quota-notices.ts";
import { expunge } from "./remove-messages.ts";
import { selectView } from "./store-view.ts";

const dayMs = 24 * 60 * 60 * 1000;
let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(13);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

const held = new Set<BlobId>();
async function run(task: string, isHeld = false): Promise<void> {
  const handlers = jobHandlers({
    ...bed.services,
    isHeld: async () => isHeld,
    otherBlobReferences: [async (_tx, ids) => ids.filter((id) => held.has(id))],
  });
  const context: JobContext = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: bed.logger };
  await handlers.find((handler) => handler.task === task)?.run({}, context);
}

const blobs = () => blobIds(bed, tenantId);

async function appendTo(account: MailAccount, number: number) {
  const message = await ingestSample(bed, tenantId, number);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const input = { accountId: account.id, mailboxIds: [inbox.id], message, flags: noFlags };
  const { uid } = await bed.db.tenant(tenantId, (tx) => appendMessage(tx, system, input, bed.services));
  return { blobId: message.blob.id, inbox, uid };
}

test("bytes outlive an expunge by the grace, and another module's claim for ever", async () => {
  const account = await bed.newAccount(tenantId);
  const { blobId, inbox, uid } = await appendTo(account, 1);
  const claimed = await appendTo(account, 2);
  const kept = await appendTo(account, 3);
  held.add(claimed.blobId);
  const remove = { accountId: account.id, mailboxId: inbox.id, uids: [uid, claimed.uid], onlyDeleted: false };
  await bed.db.tenant(tenantId, (tx) => expunge(tx, system, remove, bed.services));
  await run("mailbox.collect");
  expect(await blobs()).toContain(blobId);
  await bed.clock.advance(mailboxLimits.recoverDays * dayMs + 1);
  // R92: under a legal hold nothing goes.
  await run("mailbox.collect", true);
  expect(await blobs()).toContain(blobId);
  await run("mailbox.collect");
  const left = await blobs();
  expect(left).not.toContain(blobId);
  expect(left).toEqual(expect.arrayContaining([claimed.blobId, kept.blobId]));
  held.clear();
  await run("mailbox.collect");
  expect(await blobs()).not.toContain(claimed.blobId);
});

test("a blob whose append never came is collected after the grace", async () => {
  const { blob } = await ingestSample(bed, tenantId, 9);
  await run("mailbox.collect");
  expect(await blobs()).toContain(blob.id);
  await bed.clock.advance(dayMs + 1);
  await run("mailbox.collect");
  expect(await blobs()).not.toContain(blob.id);
});

test("two accounts that share bytes and let them go at the same time leave them to the collector", async () => {
  const [a, b] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const message = await ingestSample(bed, tenantId, 20);
  const places = await Promise.all(
    [a, b].map(async (account) => {
      const mailbox = await bed.mailbox(tenantId, account, "INBOX");
      const input = { accountId: account.id, mailboxIds: [mailbox.id], message, flags: noFlags };
      await bed.db.tenant(tenantId, (tx) => appendMessage(tx, system, input, bed.services));
      return { accountId: account.id, mailboxId: mailbox.id, uids: null, onlyDeleted: false };
    }),
  );
  await Promise.all(places.map((place) => bed.db.tenant(tenantId, (tx) => expunge(tx, system, place, bed.services))));
  await run("mailbox.collect");
  await bed.clock.advance(mailboxLimits.recoverDays * dayMs + 1);
  await run("mailbox.collect");
  expect(await blobs()).not.toContain(message.blob.id);
});

test("a deleted account goes for good after its time, and nothing of it stays", async () => {
  const account = await bed.newAccount(tenantId);
  const { blobId } = await appendTo(account, 30);
  await bed.db.tenant(tenantId, (tx) => deleteMailAccount(tx, system, { accountId: account.id }, bed.services));
  await run("mailbox.collect");
  expect(await bed.db.tenant(tenantId, (tx) => readMailAccount(tx, system, { accountId: account.id }))).toMatchObject({
    state: "deleted",
  });
  await bed.clock.advance(31 * dayMs);
  await run("mailbox.collect");
  await expect(
    bed.db.tenant(tenantId, (tx) => readMailAccount(tx, system, { accountId: account.id })),
  ).rejects.toMatchObject({ kind: "not_found" });
  await bed.clock.advance(dayMs + 1);
  await run("mailbox.collect");
  expect(await blobs()).not.toContain(blobId);
});

test("R40: over three ends of month mail that nobody deletes is still there, whatever is collected and pruned", async () => {
  const account = await bed.newAccount(tenantId);
  const { blobId, inbox, uid } = await appendTo(account, 35);
  for (let month = 0; month < 4; month++) {
    await bed.clock.advance(31 * dayMs);
    await run("mailbox.collect");
    await run("mailbox.prune");
  }
  const read = await bed.db.tenant(tenantId, (tx) => readMailAccount(tx, system, { accountId: account.id }));
  expect(read).toMatchObject({ state: "active" });
  const [kept] = await bed.db.tenant(
    tenantId,
    (tx) => tx.sql<{ count: number }[]>`
      select count(*)::int as count from mailbox_memberships where tenant_id = ${tenantId} and mailbox_id = ${inbox.id} and uid = ${uid}`,
  );
  expect(kept?.count).toBe(1);
  expect(await blobs()).toContain(blobId);
});

test("a client older than the pruned tombstones is told of every UID that is not there", async () => {
  const account = await bed.newAccount(tenantId);
  const { inbox } = await appendTo(account, 40);
  await appendTo(account, 41);
  await appendTo(account, 42);
  const backend = imapBackend(bed.services, async () => ({
    tenantId,
    mailAccountId: account.id,
    principalId: account.id as never,
    holds: async () => true,
  }));
  const imap = await backend.authenticate({
    mechanism: "PLAIN",
    user: account.address,
    password: "x",
    ip: "192.0.2.1",
    tls: true,
  });
  const box = await imap.open(inbox.id, { readOnly: false });
  // The snapshot is the shared view as it is now: what this client knew is what it was told at the opening.
  const { highestModseq } = box.snapshot;
  using lease = new MailboxViews(bed.services).take(tenantId, account.id, inbox.id);
  await lease.view.refresh();
  await lease.view.summarise();
  await bed.db.tenant(tenantId, (tx) =>
    expunge(tx, system, { accountId: account.id, mailboxId: inbox.id, uids: [2], onlyDeleted: false }, bed.services),
  );
  await run("mailbox.prune");
  expect([...(await box.changesSince(highestModseq)).vanished]).toEqual([2]);
  // At once: the open session asks at its door every few minutes.
  await bed.clock.leap(61 * dayMs);
  // What later rows and tombstones tell as well, and what a mailbox left behind that is gone.
  await bed.db.tenant(tenantId, async ({ sql }) => {
    await sql`insert into mailbox_changes (tenant_id, mailbox_id, modseq, uids)
      select ${tenantId}, ${inbox.id}, 1000000, array(select generate_series(1, ${mailboxLimits.supersededUidsMin}::int))`;
    await sql`with gone as (
        insert into mailbox_removed (tenant_id, account_id, modseq, mailbox_id)
        values (${tenantId}, ${account.id}, 1000000, gen_random_uuid()) returning mailbox_id)
      insert into mailbox_changes (tenant_id, mailbox_id, modseq, uids) select ${tenantId}, mailbox_id, 999999, '{1}' from gone`;
  });
  await run("mailbox.prune");
  await appendTo(account, 43);
  const changes = await box.changesSince(highestModseq);
  expect([...changes.vanished]).toEqual([2]);
  expect([...changes.changed.uids]).toEqual([4]);
  // Nor does a summary from before bring back what went.
  using cold = new MailboxViews(bed.services).take(tenantId, account.id, inbox.id);
  await cold.view.refresh();
  expect([...cold.view.columns.whole.uids]).toEqual([1, 3, 4]);
  // Of the log of changes only that of the last append is left.
  const log = await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`select uids from mailbox_changes c where tenant_id = ${tenantId} and (mailbox_id = ${inbox.id}
      or not exists (select 1 from mailbox_mailboxes b where b.tenant_id = ${tenantId} and b.id = c.mailbox_id))`,
  );
  expect(log).toEqual([{ uids: [4] }]);
  // A summary is passed over when the log names the same few messages too often, and dropped when it cannot be read.
  await cold.view.summarise();
  const baseAfter = (rows: number) =>
    bed.db.tenant(tenantId, async (tx) => {
      await tx.sql`insert into mailbox_changes (tenant_id, mailbox_id, modseq, uids)
        select ${tenantId}, ${inbox.id}, 2000000 + g, array_fill(1, array[1000]) from generate_series(1, ${rows}::int) g`;
      const view = await selectView(tx, account.id, inbox.id, -1, false);
      await tx.sql`delete from mailbox_changes where tenant_id = ${tenantId} and modseq > 2000000`;
      return view?.base ?? null;
    });
  expect(await baseAfter(1)).not.toBe(null);
  expect(await baseAfter(101)).toBe(null);
  await bed.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`update mailbox_summaries set packed = '\\xff' where tenant_id = ${tenantId} and mailbox_id = ${inbox.id}`,
  );
  using wary = new MailboxViews(bed.services).take(tenantId, account.id, inbox.id);
  await wary.view.refresh();
  expect([...wary.view.columns.whole.uids]).toEqual([1, 3, 4]);
  for (const invariant of invariants) expect(await bed.db.tenant(tenantId, (tx) => invariant.check(tx))).toEqual([]);
});

test("R95: a mailbox that fills up is written of once at 80, 95 and 100 %, and again only after it was emptied", async () => {
  const quota = 1_000_000n;
  const account = await bed.newAccount(tenantId, quota);
  const mails: string[] = [];
  const road: QuotaNoticeRoad = {
    languageOf: async () => "it",
    administrators: async () => [{ login: "admin@casa.test", language: "en" }],
    send: async (_tx, { to, subject, language }) => void mails.push(`${to} ${language}: ${subject}`),
  };
  const at = async (perMille: number): Promise<readonly string[]> => {
    mails.length = 0;
    await bed.db.tenant(
      tenantId,
      (tx) => tx.sql`update mailbox_accounts set used_bytes = ${(quota * BigInt(perMille)) / 1000n}
        where tenant_id = ${tenantId} and id = ${account.id}`,
    );
    // Two workers at once, and once more.
    await Promise.all([sendQuotaNotices(bed.services, road, tenantId), sendQuotaNotices(bed.services, road, tenantId)]);
    await sendQuotaNotices(bed.services, road, tenantId);
    return [...mails];
  };
  const own = account.address;
  expect(await at(799)).toEqual([]);
  expect(await at(800)).toEqual([`${own} it: La tua casella: 80 % dello spazio usato`]);
  expect(await at(760)).toEqual([]);
  expect(await at(820)).toEqual([]);
  expect(await at(995)).toEqual([
    `${own} it: La tua casella è piena`,
    `admin@casa.test en: The mailbox ${own} is full`,
  ]);
  expect(await at(500)).toEqual([]);
  expect(await at(960)).toEqual([
    `${own} it: La tua casella: 95 % dello spazio usato`,
    `admin@casa.test en: The mailbox ${own} is 95 % full`,
  ]);
});
