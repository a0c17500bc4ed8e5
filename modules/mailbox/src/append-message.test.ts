import type { TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessage } from "./append-message.ts";
import { noFlags } from "./flags.ts";
import { ingestMessage } from "./ingest-message.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, sampleMessage, system } from "./mailbox-testbed.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed();
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

test("a message gets the next UID and modseq, and the counters follow", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const results = [];
  for (const number of [1, 2]) {
    const message = await ingestSample(bed, tenantId, number);
    results.push(
      await bed.db.tenant(tenantId, (tx) =>
        appendMessage(
          tx,
          system,
          { accountId: account.id, mailboxIds: [inbox.id], message, flags: { bits: number - 1, keywords: ["$Work"] } },
          bed.services,
        ),
      ),
    );
  }
  expect(results.map((result) => result.uid)).toEqual([1, 2]);
  expect(results[1]?.modseq).toBe((results[0]?.modseq ?? 0) + 1);
  const after = await bed.mailbox(tenantId, account, "INBOX");
  expect(after).toMatchObject({ total: 2, unseen: 1, uidnext: 3, highestModseq: results[1]?.modseq });
  expect(after.sizeBytes).toBe(sampleMessage(1).length + sampleMessage(2).length);
});

test("a reply joins the thread of what it answers, a new subject does not", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const append = async (text: string) => {
    const message = await ingestMessage(bed.services, tenantId, Buffer.from(text));
    return bed.db.tenant(tenantId, (tx) =>
      appendMessage(
        tx,
        system,
        { accountId: account.id, mailboxIds: [inbox.id], message, flags: noFlags },
        bed.services,
      ),
    );
  };
  const first = await append("Subject: Lunch\r\nMessage-ID: <a@x>\r\n\r\n.\r\n");
  const reply = await append("Subject: Re: Lunch\r\nMessage-ID: <b@x>\r\nIn-Reply-To: <a@x>\r\n\r\n.\r\n");
  const other = await append("Subject: Dinner\r\nMessage-ID: <c@x>\r\nReferences: <a@x> <b@x>\r\n\r\n.\r\n");
  expect(reply.threadId).toBe(first.threadId);
  expect(other.threadId).not.toBe(first.threadId);
});

test("a full account refuses and says by how much", async () => {
  const account = await bed.newAccount(tenantId, 100n);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const message = await ingestSample(bed, tenantId, 1);
  const attempt = bed.db.tenant(tenantId, (tx) =>
    appendMessage(tx, system, { accountId: account.id, mailboxIds: [inbox.id], message, flags: noFlags }, bed.services),
  );
  await expect(attempt).rejects.toMatchObject({
    kind: "over_quota",
    code: "mailbox.over_quota",
    details: { quotaBytes: 100 },
  });
  expect(await bed.mailbox(tenantId, account, "INBOX")).toMatchObject({ total: 0, uidnext: 1 });
});

test("senseless dates of a client or a sender are bounded, never an error", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const text = "Date: Fri, 31 Dec 9999 23:59:59 -2359\r\nSubject: a\u0000b\r\n\r\n\u0000\r\n";
  const message = await ingestMessage(bed.services, tenantId, Buffer.from(text));
  for (const receivedAtMs of [8.64e15, -8.64e15, Date.UTC(10_000, 0, 1)]) {
    const input = { accountId: account.id, mailboxIds: [inbox.id], message, flags: noFlags, receivedAtMs };
    await bed.db.tenant(tenantId, (tx) => appendMessage(tx, system, input, bed.services));
  }
  expect(await bed.mailbox(tenantId, account, "INBOX")).toMatchObject({ total: 3 });
});
