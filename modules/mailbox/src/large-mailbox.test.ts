import type { ImapAccount } from "@casaforte/imap";
import type { MailboxId, TenantId } from "@casaforte/kernel";
import { rowsRead, type TenantTx } from "@casaforte/platform/db";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { appendMessages } from "./append-message.ts";
import { flagBits, noFlags } from "./flags.ts";
import { imapBackend } from "./imap.ts";
import { jobHandlers } from "./jobs.ts";
import type { MailAccount } from "./mail-account.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { storeFlags } from "./store-flags.ts";
import { selectUnsummarised } from "./store-jobs.ts";
import { selectExpunged, selectView } from "./store-view.ts";

const count = 10_000;
let bed: MailboxTestbed;
let tenantId: TenantId;
let account: MailAccount;
const figures: string[] = [];

beforeAll(async () => {
  bed = await openMailboxTestbed(3);
  tenantId = await bed.newTenant();
  account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const message = await ingestSample(bed, tenantId, 1, "word ".repeat(2000));
  const started = performance.now();
  const one = { message, flags: noFlags };
  for (let at = 0; at < 500; at += 500)
    await bed.db.tenant(tenantId, (tx) =>
      appendMessages(
        tx,
        system,
        { accountId: account.id, mailboxIds: [inbox.id], messages: Array.from({ length: 500 }, () => one) },
        bed.services,
      ),
    );
  figures.push(`append 500 of one content: ${Math.round(performance.now() - started)} ms`);
  const box = await (await signIn()).open(inbox.id, { readOnly: true });
  while (true) {
    const now = await box.changesSince(0);
    const missing = count - now.changed.uids.length;
    if (missing <= 0) break;
    await box.copy(now.changed.uids.slice(0, Math.min(missing, 5_000)), inbox.id);
  }
}, 120_000);
/** No session stays: one that waits is asked for again and again while the clock goes on. */
const sessions: ImapAccount[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});
afterAll(async () => {
  // Figures are shown, never asserted: the machine is shared.
  process.stdout.write(`${figures.join("\n")}\n`);
  await bed?.close();
});

async function signIn() {
  const backend = imapBackend(bed.services, async () => ({
    tenantId,
    mailAccountId: account.id,
    principalId: account.id as never,
    holds: async () => true,
  }));
  const request = { mechanism: "PLAIN", user: account.address, password: "x", ip: "192.0.2.1", tls: true } as const;
  const session = await backend.authenticate(request);
  sessions.push(session);
  return session;
}

const look = (id: MailboxId) => bed.db.tenant(tenantId, (tx) => selectView(tx, account.id, id, -1, false));

/** What recurs, in its order. */
async function tidy(): Promise<void> {
  for (const wanted of ["mailbox.prune", "mailbox.summarise"])
    await jobHandlers(bed.services)
      .find(({ task }) => task === wanted)
      ?.run({}, { signal: new AbortController().signal } as never);
}

async function measured<T>(name: string, work: () => Promise<T>): Promise<T> {
  const times: number[] = [];
  let result = await work();
  for (let run = 0; run < 5; run++) {
    const started = performance.now();
    result = await work();
    times.push(performance.now() - started);
  }
  figures.push(`${name}: ${times.sort((a, b) => a - b)[2]?.toFixed(1)} ms`);
  return result;
}

test("a STORE of one message reads one message, whatever the database knows of the mailbox's size", async () => {
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const read = await bed.db.tenant(tenantId, (tx) =>
    rowsRead(tx, "mailbox_memberships", async () => {
      const change = { operation: "add", flags: { bits: flagBits.answered, keywords: [] } } as const;
      const input = { accountId: account.id, mailboxId: inbox.id, uids: [count / 2], ...change };
      const { modseqBefore, modseqAfter } = await storeFlags(tx, system, input, bed.services);
      expect(modseqAfter).toBe(modseqBefore + 1);
    }),
  );
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(10);
});

test("a message finds its thread by the keys it names, however many others of its subject the account has", async () => {
  const busy = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, busy, "INBOX");
  const message = await ingestSample(bed, tenantId, 2, "One of very many that are called alike.");
  const append = async (tx: TenantTx) => {
    const messages = [{ message, flags: noFlags }];
    await appendMessages(tx, system, { accountId: busy.id, mailboxIds: [inbox.id], messages }, bed.services);
  };
  const read = await bed.db.tenant(tenantId, async (tx) => {
    await append(tx);
    await tx.sql`insert into mailbox_references (tenant_id, account_id, reference, subject, thread_id)
      select r.tenant_id, r.account_id, n, r.subject, r.thread_id from mailbox_references r, generate_series(1, ${count}::int) n
      where r.account_id = ${busy.id} order by n limit ${count}`;
    return rowsRead(tx, "mailbox_references", () => append(tx));
  });
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(10);
});

test("ten thousand messages can be selected, listed, searched and flagged", { timeout: 120_000 }, async () => {
  const imap = await signIn();
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const box = await measured("SELECT", () => imap.open(inbox.id, { readOnly: true }));
  expect(box.snapshot.uids).toHaveLength(count);
  await bed.db.tenant(tenantId, (tx) => tx.sql`delete from mailbox_summaries where mailbox_id = ${inbox.id}`);
  await tidy();
  const summaries = await bed.db.tenant(tenantId, (tx) => tx.sql`select mailbox_id from mailbox_summaries`);
  expect(summaries).toEqual([{ mailbox_id: inbox.id }]);
  const { base } = (await look(inbox.id)) ?? {};
  expect(base?.summary.packed.length).toBeGreaterThan(0);
  // Each backend is a process that never saw the mailbox.
  const cold = await measured("SELECT by a process that has never seen it", async () =>
    (await signIn()).open(inbox.id, { readOnly: true }),
  );
  expect(cold.snapshot.uids).toEqual(box.snapshot.uids);
  expect(cold.snapshot.modseqs).toEqual(box.snapshot.modseqs);
  await measured("NOOP", () => box.changesSince(box.snapshot.highestModseq));
  await measured("STATUS", () => imap.status([inbox.id]));
  await measured("FETCH 1:* FLAGS from a stale session", () => box.changesSince(0));
  const facts = await measured("FETCH 1:500 ENVELOPE BODYSTRUCTURE", async () => {
    const all = [];
    for await (const batch of box.facts(box.snapshot.uids.slice(0, 500), {
      envelope: true,
      bodyStructure: true,
      internalDate: true,
    }))
      all.push(...batch);
    return all;
  });
  expect(facts).toHaveLength(500);
  await measured("FETCH 1:500 HEADER", async () => {
    for await (const batch of box.facts(box.snapshot.uids.slice(0, 500), { header: true }))
      expect(batch.length).toBeGreaterThan(0);
  });
  await measured("SEARCH SUBJECT", () => box.search({ kind: "header", name: "subject", value: "message" }));
  await measured("SEARCH UNSEEN", () => box.search({ kind: "not", key: { kind: "flag", bit: 1 } }));
  await measured("SEARCH 1:500 BODY", () =>
    box.search({
      kind: "and",
      keys: [
        { kind: "uids", ranges: Uint32Array.of(1, 500) },
        { kind: "body", value: "absent" },
      ],
    }),
  );
  await measured("SORT DATE", async () => box.sort?.({ kind: "all" }, [{ by: "date", reverse: false }]));
  let on = false;
  const first = box.snapshot.uids.slice(0, 500);
  await measured("STORE 1:500", () => {
    on = !on;
    return box.store({ uids: first, operation: on ? "add" : "remove", flags: { bits: 1, keywords: [] } });
  });
  await measured("STORE one", () => {
    on = !on;
    return box.store({ uids: Uint32Array.of(7), operation: on ? "add" : "remove", flags: { bits: 1, keywords: [] } });
  });
  const archive = await bed.mailbox(tenantId, account, "Archive");
  await measured("COPY 500", () => box.copy(first, archive.id));
  const other = await imap.open(archive.id, { readOnly: false });
  await measured("MOVE 500", async () => {
    const now = await other.changesSince(0);
    return other.move(now.changed.uids.slice(0, 500), archive.id);
  });
  await measured("STORE \\Deleted and EXPUNGE 500", async () => {
    const now = await other.changesSince(0);
    const uids = now.changed.uids.slice(0, 500);
    await other.store({ uids, operation: "add", flags: { bits: 8, keywords: [] } });
    return other.expunge(uids);
  });
});

test("one append after another", { timeout: 60_000 }, async () => {
  const archive = await bed.mailbox(tenantId, account, "Archive");
  let number = 1000;
  await measured("ingest + APPEND of 10 KB, one connection", async () => {
    const message = await ingestSample(bed, tenantId, number++, "word ".repeat(2000));
    return bed.db.tenant(tenantId, (tx) =>
      appendMessages(
        tx,
        system,
        { accountId: account.id, mailboxIds: [archive.id], messages: [{ message, flags: noFlags }] },
        bed.services,
      ),
    );
  });
});

test("what is known of a large mailbox that rests holds for ever, though others of the account go on", async () => {
  const { id } = await bed.mailbox(tenantId, account, "INBOX");
  const archive = await bed.mailbox(tenantId, account, "Archive");
  const messages = [{ message: await ingestSample(bed, tenantId, 1), flags: noFlags }];
  const input = { accountId: account.id, mailboxIds: [archive.id], messages };
  await bed.db.tenant(tenantId, (tx) => appendMessages(tx, system, input, bed.services));
  for (const days of [1, 61]) {
    await bed.clock.advance(days * 24 * 60 * 60 * 1000);
    await tidy();
  }
  const view = await look(id);
  const highest = view?.mailbox.highestModseq ?? 0;
  const [pruned] = await bed.db.tenant(
    tenantId,
    (tx) =>
      tx.sql<
        { modseq: number }[]
      >`select pruned_modseq::float8 as modseq from mailbox_accounts where id = ${account.id}`,
  );
  expect(pruned?.modseq).toBeGreaterThan(highest);
  expect(view?.base?.modseq).toBe(highest);
  expect(await bed.db.tenant(tenantId, (tx) => selectUnsummarised(tx))).toEqual([]);
  expect(await bed.db.tenant(tenantId, (tx) => selectExpunged(tx, account.id, id, highest))).toEqual([]);
  expect(await bed.db.tenant(tenantId, (tx) => selectExpunged(tx, account.id, id, highest - 1))).toBe(null);
});
