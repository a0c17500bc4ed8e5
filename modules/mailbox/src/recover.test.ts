import { type BlobId, type MailboxId, type PrincipalId, type TenantId, utf8 } from "@casaforte/kernel";
import type { JobContext } from "@casaforte/platform/jobs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessage } from "./append-message.ts";
import {
  deleteMailAccount,
  purgeMailAccount,
  readMailAccount,
  restoreMailAccount,
  updateMailAccount,
  wantPurge,
} from "./change-mail-account.ts";
import { createMailbox, deleteMailbox } from "./change-mailboxes.ts";
import { noFlags } from "./flags.ts";
import { ingestMessage } from "./ingest-message.ts";
import { invariants } from "./invariants.ts";
import { jobHandlers } from "./jobs.ts";
import { mailboxLimits } from "./limits.ts";
import type { MailAccount } from "./mail-account.ts";
import { blobIds, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { listDeleted, recoverMessages } from "./recover-messages.ts";
import { expunge } from "./remove-messages.ts";

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(29);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

async function run(task: "mailbox.collect" | "mailbox.prune", isHeld = false): Promise<void> {
  const context: JobContext = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: bed.logger };
  const handlers = jobHandlers({ ...bed.services, isHeld: async () => isHeld });
  await handlers.find((handler) => handler.task === task)?.run({}, context);
}

async function put(account: MailAccount, path: string, subject: string, more = "") {
  const text = `${more}From: Zoë <zoe@x.it>\r\nTo: q@x.it\r\nSubject: ${subject}\r\nDate: Thu, 01 Jan 2026 10:00:00 +0100\r\n\r\nbody\r\n`;
  const message = await ingestMessage(bed.services, tenantId, utf8(text));
  const { id } = await bed.mailbox(tenantId, account, path);
  const input = { accountId: account.id, mailboxIds: [id], message, flags: noFlags };
  const { uid } = await bed.db.tenant(tenantId, (tx) => appendMessage(tx, system, input, bed.services));
  return { uid, mailboxId: id, blobId: message.blob.id };
}

const remove = (account: MailAccount, { mailboxId, uid }: { mailboxId: never; uid: number }) =>
  bed.db.tenant(tenantId, (tx) =>
    expunge(tx, system, { accountId: account.id, mailboxId, uids: [uid], onlyDeleted: false }, bed.services),
  );

const list = (account: MailAccount, more: { search?: string; after?: string; limit?: number } = {}) =>
  bed.db.tenant(tenantId, (tx) => listDeleted(tx, system, { accountId: account.id, ...more }, bed.services));

const recover = (account: MailAccount, ids: readonly BlobId[], tenant = tenantId) =>
  recoverMessages(tenant, system, { accountId: account.id, ids }, bed.services);

const read = (account: MailAccount) =>
  bed.db.tenant(tenantId, (tx) => readMailAccount(tx, system, { accountId: account.id }));

const total = async (account: MailAccount, path: string) => (await bed.mailbox(tenantId, account, path)).total;

async function findings(): Promise<readonly string[]> {
  return bed.db.tenant(tenantId, async (tx) =>
    (await Promise.all(invariants.map((invariant) => invariant.check(tx)))).flat(),
  );
}

test("a deleted message comes back to its folder whole, dated as it came, once, and counts against the quota only then", async () => {
  const account = await bed.newAccount(tenantId);
  await bed.db.tenant(tenantId, (tx) =>
    createMailbox(tx, system, { accountId: account.id, path: "Work" }, bed.services),
  );
  const received = "Received: from a (b) by c; Fri, 02 Jan 2026 08:30:00 +0000 (UTC)\r\n";
  const work = await put(account, "Work", "Contract", received);
  const trashed = await put(account, "Trash", "Invoice");
  await put(account, "INBOX", "Stays");
  const { usedBytes } = await read(account);
  await remove(account, work as never);
  await remove(account, trashed as never);
  expect((await read(account)).usedBytes).toBeLessThan(usedBytes);
  const { messages } = await list(account);
  expect(messages.map(({ subject, path }) => [subject, path])).toEqual([
    ["Invoice", null],
    ["Contract", "Work"],
  ]);
  expect((await list(account, { search: "ZOË" })).messages).toHaveLength(2);
  expect((await list(account, { search: "contr" })).messages).toHaveLength(1);
  expect((await list(account, { search: "%" })).messages).toHaveLength(0);
  const ids = messages.map(({ id }) => id);
  const twice = await Promise.all([recover(account, ids), recover(account, ids)]);
  expect(twice.toSorted()).toEqual([0, 2]);
  expect([await total(account, "Work"), await total(account, "INBOX"), await total(account, "Trash")]).toEqual([
    1, 2, 0,
  ]);
  expect((await read(account)).usedBytes).toBe(usedBytes);
  const [row] = await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`select received_at, flags from mailbox_memberships where blob_id = ${work.blobId}`,
  );
  expect(row).toMatchObject({ received_at: new Date("2026-01-02T08:30:00Z"), flags: 1 });
  expect((await list(account)).messages).toEqual([]);
  expect(await findings()).toEqual([]);
});

test("the list is read a page at a time; drafts, moved messages and copies that live on are not in it", async () => {
  const account = await bed.newAccount(tenantId);
  for (let number = 0; number < 5; number++)
    await remove(account, (await put(account, "INBOX", `M${number}`)) as never);
  await remove(account, (await put(account, "Drafts", "Half written")) as never);
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await list(account, { limit: 2, ...(after === undefined ? {} : { after }) });
    seen.push(...page.messages.map(({ subject }) => subject));
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect(seen).toEqual(["M4", "M3", "M2", "M1", "M0"]);
  await expect(list(account, { after: "nonsense" })).rejects.toMatchObject({ code: "mailbox.cursor" });
});

test("a folder that was deleted gives its messages back to the inbox", async () => {
  const account = await bed.newAccount(tenantId);
  const made = await bed.db.tenant(tenantId, (tx) =>
    createMailbox(tx, system, { accountId: account.id, path: "Old" }, bed.services),
  );
  const { blobId } = await put(account, "Old", "From the old folder");
  await bed.db.tenant(tenantId, (tx) =>
    deleteMailbox(tx, system, { accountId: account.id, mailboxId: made.id }, bed.services),
  );
  expect(await recover(account, [blobId])).toBe(1);
  expect(await total(account, "INBOX")).toBe(1);
});

test("when the days are over it is gone for good, text and bytes; a legal hold stops that", async () => {
  const account = await bed.newAccount(tenantId);
  const gone = await put(account, "INBOX", "Too old");
  await remove(account, gone as never);
  for (let hour = 0; hour < 3; hour++) {
    await run("mailbox.prune");
    await bed.clock.advance(hourMs);
  }
  await bed.clock.advance(mailboxLimits.recoverDays * dayMs - 6 * hourMs);
  await run("mailbox.prune");
  await run("mailbox.collect");
  expect((await list(account)).messages.map(({ subject }) => subject)).toEqual(["Too old"]);
  await bed.clock.advance(6 * hourMs);
  await run("mailbox.collect", true);
  expect(await blobIds(bed, tenantId)).toContain(gone.blobId);
  expect((await list(account)).messages).toEqual([]);
  expect(await recover(account, [gone.blobId])).toBe(0);
  await run("mailbox.collect");
  expect(await blobIds(bed, tenantId)).not.toContain(gone.blobId);
  const left = await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`select blob_id from mailbox_search where blob_id = ${gone.blobId}
      union all select blob_id from mailbox_contents where blob_id = ${gone.blobId}`,
  );
  expect(left).toEqual([]);
  expect(await findings()).toEqual([]);
});

test("over the quota nothing comes back; a stranger's ids bring nothing; an account that is purged leaves nothing to bring back", async () => {
  const [account, other] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const mine = await put(account, "INBOX", "Mine");
  await remove(account, mine as never);
  expect(await recover(other, [mine.blobId])).toBe(0);
  const elsewhere = await bed.newTenant();
  await expect(recover(account, [mine.blobId], elsewhere)).rejects.toMatchObject({ kind: "not_found" });
  const stranger = {
    kind: "mail_account" as const,
    tenantId,
    mailAccountId: other.id,
    principalId: other.id as unknown as PrincipalId,
    ip: "192.0.2.1",
  };
  const attempt = recoverMessages(tenantId, stranger, { accountId: account.id, ids: [mine.blobId] }, bed.services);
  await expect(attempt).rejects.toMatchObject({ kind: "forbidden" });
  const set = (quotaBytes: bigint | null) =>
    bed.db.tenant(tenantId, (tx) => updateMailAccount(tx, system, { accountId: account.id, quotaBytes }, bed.services));
  await set(10n);
  await expect(recover(account, [mine.blobId])).rejects.toMatchObject({ kind: "over_quota" });
  await bed.db.tenant(tenantId, async (tx) => {
    await deleteMailAccount(tx, system, { accountId: account.id }, bed.services);
    await purgeMailAccount(tx, system, { accountId: account.id });
  });
  await bed.clock.advance(dayMs + 1);
  await run("mailbox.collect");
  expect(await blobIds(bed, tenantId)).not.toContain(mine.blobId);
});

test("of a restore and a removal for good at once, whoever is first has the account, and the other is told", async () => {
  for (const first of ["restore", "purge"] as const) {
    const account = await bed.newAccount(tenantId);
    const input = { accountId: account.id };
    await bed.db.tenant(tenantId, (tx) => deleteMailAccount(tx, system, input, bed.services));
    const act = (which: "restore" | "purge") =>
      bed.db.tenant(tenantId, async (tx) => {
        if (which === "restore") await restoreMailAccount(tx, system, input, bed.services);
        else await purgeMailAccount(tx, system, input);
      });
    const { second } = await bed.db.tenant(tenantId, async (tx) => {
      if (first === "restore") await restoreMailAccount(tx, system, input, bed.services);
      else await purgeMailAccount(tx, system, input);
      let isOver = false;
      const other = act(first === "restore" ? "purge" : "restore")
        .then(
          () => "done",
          (error: { kind: string }) => error.kind,
        )
        .finally(() => {
          isOver = true;
        });
      for (let waits = 0; waits === 0 && !isOver; )
        waits = (
          await tx.sql`select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`
        ).length;
      return { second: other };
    });
    expect(await second).toBe("not_found");
    const left = bed.db.tenant(tenantId, (tx) => readMailAccount(tx, system, input));
    if (first === "restore") expect((await left).state).toBe("active");
    else await expect(left).rejects.toMatchObject({ kind: "not_found" });
  }
});

test("an account that is purged takes nothing from another that deleted its copy of the same mail", async () => {
  const [account, other] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const mail = await ingestMessage(bed.services, tenantId, utf8("From: zoe@x.it\r\nSubject: To both\r\n\r\nbody\r\n"));
  const give = async ({ id: accountId }: MailAccount, mailboxId: MailboxId) =>
    bed.db.tenant(tenantId, (tx) =>
      appendMessage(tx, system, { accountId, mailboxIds: [mailboxId], message: mail, flags: noFlags }, bed.services),
    );
  const theirs = (await bed.mailbox(tenantId, other, "INBOX")).id;
  await give(account, (await bed.mailbox(tenantId, account, "INBOX")).id);
  const { uid } = await give(other, theirs);
  const input = { accountId: account.id };
  await bed.db.tenant(tenantId, (tx) => deleteMailAccount(tx, system, input, bed.services));
  await bed.clock.advance((mailboxLimits.deletedAccountDays - 1) * dayMs);
  await remove(other, { mailboxId: theirs as never, uid });
  await bed.clock.advance(dayMs + hourMs);
  await run("mailbox.collect");
  await expect(read(account)).rejects.toMatchObject({ kind: "not_found" });
  expect(await blobIds(bed, tenantId)).toContain(mail.blob.id);
  expect((await list(other)).messages.map(({ subject }) => subject)).toEqual(["To both"]);
  expect(await recover(other, [mail.blob.id])).toBe(1);
});

test("R92, R61: what tells whose a deleted message was stays under a hold, and with an account that is being ended, so that its file is found", async () => {
  const [account, ended] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const [theirs, last] = [await put(account, "INBOX", "Gone"), await put(ended, "INBOX", "Gone too")];
  await remove(account, theirs as never);
  await remove(ended, last as never);
  await bed.db.tenant(tenantId, async (tx) => {
    await deleteMailAccount(tx, system, { accountId: ended.id }, bed.services);
    await wantPurge(tx, system, { accountId: ended.id }, bed.services);
  });
  const tombstones = async () => {
    const rows = await bed.db.tenant(
      tenantId,
      (tx) => tx.sql<{ id: BlobId }[]>`
        select blob_id as id from mailbox_expunged where blob_id = any(${[theirs.blobId, last.blobId]}::uuid[])`,
    );
    return rows.map(({ id }) => id);
  };
  await run("mailbox.prune");
  await bed.clock.advance((mailboxLimits.tombstoneDays + 1) * dayMs);
  await run("mailbox.prune", true);
  expect(await tombstones()).toHaveLength(2);
  await run("mailbox.prune");
  expect(await tombstones()).toEqual([last.blobId]);
});
