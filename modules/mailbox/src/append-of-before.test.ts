import { type BlobId, type MessageId, newId, type ThreadId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MailboxTestbed, openMailboxTestbed } from "./mailbox-testbed.ts";

let bed: MailboxTestbed;
beforeAll(async () => {
  bed = await openMailboxTestbed(17);
});
afterAll(() => bed?.close());

test("R101: the version before, which gives the texts for SEARCH in an array, still appends", async () => {
  const { clock, random } = bed.services;
  const tenantId = await bed.newTenant();
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const [message, thread, blob] = [
    newId<MessageId>(clock, random),
    newId<ThreadId>(clock, random),
    newId<BlobId>(clock, random),
  ];
  const texts = [
    "subject",
    "sender",
    "recipients",
    "cc",
    "bcc",
    "\nheaders: these",
    'body with "quotes", \\ and {braces}',
  ];
  const append = (places: readonly string[]) =>
    bed.db.tenant(tenantId, async (tx) => {
      const placed = await tx.sql`
        select modseq, thread_id as "threadId", mailbox_id as "mailboxId", uid from mailbox_append(${tenantId}, ${account.id}, ${[...places]}::uuid[],
          ${message}, ${thread}, ${blob}, 7, '\\x00', now(), now(), 1, ${["$Todo"]}::text[], 100, '{12}'::bigint[], 3, now(), 20000, 'S', 's', 'p',
          false, 's', 'f', 't', 'c', 'df', 'dt', ${["<a@b>"]}::text[], '{"version":1}', 1, 'E', 'B', '\\x41', ${texts}::text[])`;
      const [kept] =
        await tx.sql`select array[s.subject, s.sender, s.recipients, s.cc, s.bcc, s.headers, s.body] as texts, c.envelope_wire, c.header,
          r.thread_id, m.thread_id as its, p.keywords
        from mailbox_search s join mailbox_contents c using (tenant_id, blob_id) join mailbox_messages m using (tenant_id, blob_id)
        join mailbox_memberships p on p.tenant_id = m.tenant_id and p.message_id = m.id
        join mailbox_references r on r.tenant_id = m.tenant_id and r.account_id = m.account_id and r.reference = 12
        where s.tenant_id = ${tenantId} and s.blob_id = ${blob}`;
      return { placed: [...placed], kept };
    });
  const elsewhere = newId<MessageId>(clock, random);
  await expect(append([inbox.id, elsewhere])).rejects.toMatchObject({ code: "CF003" });
  const { placed, kept } = await append([inbox.id]);
  expect(placed).toEqual([{ modseq: expect.any(BigInt), threadId: thread, mailboxId: inbox.id, uid: 1 }]);
  expect(kept).toEqual({
    texts,
    envelope_wire: "E",
    header: Buffer.from("A"),
    thread_id: thread,
    its: thread,
    keywords: ["$Todo"],
  });
});
