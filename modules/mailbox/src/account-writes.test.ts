import type { ImapAccount, StagedMessage } from "@casaforte/imap";
import type { MailboxId, TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccountWrites } from "./account-writes.ts";
import { appendMessage } from "./append-message.ts";
import { flagBits, noFlags } from "./flags.ts";
import { imapBackend } from "./imap.ts";
import { invariants } from "./invariants.ts";
import type { MailAccount } from "./mail-account.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, sampleMessage, system } from "./mailbox-testbed.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(11);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

async function findings(): Promise<readonly string[]> {
  const all: string[] = [];
  for (const invariant of invariants) all.push(...(await bed.db.tenant(tenantId, (tx) => invariant.check(tx))));
  return all;
}

function signIn(account: MailAccount): Promise<ImapAccount> {
  const backend = imapBackend(bed.services, async () => ({
    tenantId,
    mailAccountId: account.id,
    principalId: account.id as never,
    holds: async () => true,
  }));
  return backend.authenticate({ mechanism: "PLAIN", user: account.address, password: "x", ip: "192.0.2.1", tls: true });
}

async function stage(session: ImapAccount, mailboxId: MailboxId, count: number): Promise<StagedMessage[]> {
  const staged: StagedMessage[] = [];
  for (let number = 1; number <= count; number++) {
    const bytes = sampleMessage(number);
    async function* body() {
      yield bytes;
    }
    staged.push(await session.stage(mailboxId, { sizeBytes: bytes.length, body: body() }));
  }
  return staged;
}

const append = (session: ImapAccount, mailboxId: MailboxId, staged: StagedMessage) =>
  session.append(mailboxId, [{ staged, flags: noFlags, internalDateMs: null }]);

/** How many transactions wrote the account's messages. */
async function transactionsOf(account: MailAccount): Promise<number> {
  const rows = await bed.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`select distinct xmin::text from mailbox_messages where tenant_id = ${tenantId} and account_id = ${account.id}`,
  );
  return rows.length;
}

test("what comes for an account while it writes goes together in its next transaction, in order", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const session = await signIn(account);
  const staged = await stage(session, inbox.id, 12);
  const results = await Promise.all(staged.map((one) => append(session, inbox.id, one)));
  expect(results.map(({ uids }) => [...uids])).toEqual(staged.map((_, at) => [at + 1]));
  expect(await transactionsOf(account)).toBe(2);
  const open = await session.open(inbox.id, { readOnly: false });
  const { highestModseq } = open.snapshot;
  const stored = await Promise.all(
    staged.map((_, at) =>
      open.store({ uids: Uint32Array.of(at + 1), operation: "add", flags: { bits: flagBits.flagged, keywords: [] } }),
    ),
  );
  expect(stored.map(({ modseqAfter }) => modseqAfter)).toEqual(staged.map((_, at) => highestModseq + at + 1));
  await open.close();
  await session.close();
  expect(await findings()).toEqual([]);
});

test("one that is refused harms none that it went with", async () => {
  const account = await bed.newAccount(tenantId, BigInt(sampleMessage(1).length) * 5n + 3n);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const session = await signIn(account);
  const staged = await stage(session, inbox.id, 8);
  const open = await session.open(inbox.id, { readOnly: false });
  const nobody = open.store({
    uids: Uint32Array.of(1),
    operation: "add",
    flags: { bits: 0, keywords: ["not a keyword"] },
  });
  const outcomes = await Promise.allSettled([...staged.map((one) => append(session, inbox.id, one)), nobody]);
  expect(outcomes.map((one) => (one.status === "fulfilled" ? "done" : one.reason.code))).toEqual([
    ...Array.from({ length: 5 }, () => "done"),
    ...Array.from({ length: 3 }, () => "mailbox.over_quota"),
    "mailbox.keyword",
  ]);
  expect(await bed.mailbox(tenantId, account, "INBOX")).toMatchObject({ total: 5, uidnext: 6 });
  await open.close();
  await session.close();
  expect(await findings()).toEqual([]);
});

test("what sends nothing leaves the others committed, and once", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const session = await signIn(account);
  const [first, second] = await stage(session, inbox.id, 2);
  const open = await session.open(inbox.id, { readOnly: false });
  const wrong = { uids: Uint32Array.of(1), operation: "add", flags: { bits: 0, keywords: ["("] } } as const;
  const outcomes = await Promise.allSettled([
    append(session, inbox.id, first as StagedMessage),
    open.store(wrong),
    append(session, inbox.id, second as StagedMessage),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await bed.mailbox(tenantId, account, "INBOX")).toMatchObject({ total: 2, uidnext: 3 });
  await open.close();
  await session.close();
});

test("a statement that fails, or takes too long, costs its own session alone", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const writes = new AccountWrites(bed.services);
  const appending = async (number: number) => {
    const message = await ingestSample(bed, tenantId, number);
    const input = { accountId: account.id, mailboxIds: [inbox.id], message, flags: noFlags };
    return () => writes.run(tenantId, account.id, (tx) => appendMessage(tx, system, input, bed.services));
  };
  const [first, second] = [await appending(1), await appending(2)];
  const outcomes = await Promise.allSettled([
    // Under way while the others come.
    writes.run(tenantId, account.id, (tx) => tx.sql`select 1 as one`),
    first(),
    writes.run(tenantId, account.id, (tx) => tx.sql`select 1 / 0 as none`),
    writes.run(tenantId, account.id, (tx) => tx.sql`select pg_cancel_backend(pg_backend_pid()), pg_sleep(60)`),
    second(),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(await bed.mailbox(tenantId, account, "INBOX")).toMatchObject({ total: 2, uidnext: 3 });
});

test("a connection that is lost is no refusal: nothing is tried again, and nobody is told that it is done", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const writes = new AccountWrites(bed.services);
  const message = await ingestSample(bed, tenantId, 1);
  const input = { accountId: account.id, mailboxIds: [inbox.id], message, flags: noFlags };
  const outcomes = await Promise.allSettled([
    // Under way while the others come.
    writes.run(tenantId, account.id, (tx) => tx.sql`select 1 as one`),
    writes.run(tenantId, account.id, (tx) => appendMessage(tx, system, input, bed.services)),
    writes.run(tenantId, account.id, (tx) => tx.sql`select pg_terminate_backend(pg_backend_pid())`),
  ]);
  expect(outcomes.map((one) => (one.status === "fulfilled" ? "done" : one.reason.kind))).toEqual([
    "done",
    "unavailable",
    "unavailable",
  ]);
  expect(await bed.mailbox(tenantId, account, "INBOX")).toMatchObject({ total: 0, uidnext: 1 });
});
