import type { MessageId, TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessage } from "./append-message.ts";
import { changeFlags } from "./change-flags.ts";
import { createMailbox } from "./change-mailboxes.ts";
import { copyMessages, moveMessages } from "./copy-messages.ts";
import { noFlags } from "./flags.ts";
import { changeEmails } from "./jmap-change-emails.ts";
import { mailboxLimits } from "./limits.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { type StoreFlagsInput, storeFlags } from "./store-flags.ts";
import { selectPlaces } from "./store-messages.ts";

const most = mailboxLimits.keywordsPerMessageMax;
const refused = { kind: "invalid", code: "mailbox.too_many_keywords" };
const words = (count: number, from = 0) => Array.from({ length: count }, (_, nth) => `word-${100 + from + nth}`);

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(11);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

/** An account with so many messages, the first of which has as many keywords as it may have. */
async function filled(count = 1) {
  const account = await bed.newAccount(tenantId);
  const accountId = account.id;
  const { id: mailboxId } = await bed.mailbox(tenantId, account, "INBOX");
  const append = async (nth: number, keywords: readonly string[]) => {
    const message = await ingestSample(bed, tenantId, nth);
    const input = { accountId, mailboxIds: [mailboxId], message, flags: { ...noFlags, keywords } };
    return bed.db.tenant(tenantId, (tx) => appendMessage(tx, system, input, bed.services));
  };
  const ids: MessageId[] = [];
  for (let nth = 1; nth <= count; nth++) ids.push((await append(nth, nth === 1 ? words(most) : [])).messageId);
  const store = (operation: StoreFlagsInput["operation"], keywords: readonly string[], more: object = {}) =>
    bed.db.tenant(tenantId, (tx) =>
      storeFlags(
        tx,
        system,
        { accountId, mailboxId, uids: null, operation, flags: { bits: 1, keywords }, ...more },
        bed.services,
      ),
    );
  const rows = async () =>
    (await bed.db.tenant(tenantId, (tx) => selectPlaces(tx, accountId, ids))).map((row) => ({
      ...row,
      count: row.keywords.length,
    }));
  /** As an earlier version let it be. */
  const overfill = () =>
    bed.db.tenant(tenantId, async (tx) => {
      const many = words(most + 30);
      await tx.sql`update mailbox_accounts set keywords = ${many}::text[] where tenant_id = ${tenantId} and id = ${accountId}`;
      await tx.sql`with gone as (delete from mailbox_memberships where tenant_id = ${tenantId} and message_id = ${ids[0] ?? null} returning *)
        insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
        select tenant_id, mailbox_id, uid, message_id, blob_id, flags, ${many}::text[], size_bytes, modseq, thread_id, received_at, saved_at from gone`;
    });
  return { account, accountId, mailboxId, ids, append, store, rows, overfill };
}

test("one more keyword than a message may have is added by no STORE, of one message or of many, and nothing of it is done", async () => {
  const { store, rows, ids } = await filled(3);
  const before = await rows();
  for (const uids of [Uint32Array.of(1), Uint32Array.of(1, 3), null])
    await expect(store("add", ["one-more"], { uids })).rejects.toMatchObject(refused);
  await expect(store("add", ["one-more"], { unchangedSince: 1_000 })).rejects.toMatchObject(refused);
  expect(await rows()).toEqual(before);
  // Those it has already are not more, and the others may have it.
  await store("add", [words(1)[0]?.toUpperCase() ?? ""], {});
  await store("add", ["one-more"], { uids: Uint32Array.of(2) });
  const counts = new Map((await rows()).map((row) => [row.messageId, row.count]));
  expect(ids.map((id) => counts.get(id))).toEqual([most, 2, 1]);
});

test("JMAP refuses the message that would have too many keywords, and changes the others", async () => {
  const { accountId, ids, rows } = await filled(2);
  const add = (id: string, add: readonly string[], remove: readonly string[] = []) => ({
    id,
    keywords: { kind: "patch" as const, add, remove },
  });
  const [first = "", second = ""] = ids;
  const change = (...changes: readonly ReturnType<typeof add>[]) =>
    bed.db.tenant(tenantId, (tx) => changeEmails(tx, system, accountId, changes, bed.services));
  expect(await change(add(first, ["one-more"]), add(second, ["one-more"]))).toMatchObject([refused, null]);
  expect(new Map((await rows()).map((row) => [row.messageId as string, row.count]))).toEqual(
    new Map([
      [first, most],
      [second, 1],
    ]),
  );
  // What goes makes room for what comes.
  expect(await change(add(first, ["one-more"], words(1)))).toEqual([null]);
});

test("keywords that would be too many are refused before the transaction is hurt by them", async () => {
  const { accountId, ids } = await filled(1);
  const flags = { bits: 1, keywords: ["one-more"] };
  await bed.db.tenant(tenantId, async (tx) => {
    const input = { accountId, messageIds: ids, add: flags, remove: noFlags };
    await expect(changeFlags(tx, system, input, bed.services)).rejects.toMatchObject(refused);
    await changeFlags(tx, system, { ...input, add: { ...flags, keywords: [] } }, bed.services);
  });
});

test("APPEND, COPY and MOVE give no message more keywords than it may have", async () => {
  const { append, account, accountId, mailboxId, rows } = await filled(1);
  await expect(append(2, words(most + 1))).rejects.toMatchObject(refused);
  await bed.db.tenant(tenantId, (tx) =>
    createMailbox(tx, system, { accountId, path: "Shelf", role: null }, bed.services),
  );
  const shelf = await bed.mailbox(tenantId, account, "Shelf");
  const input = { accountId, source: mailboxId, target: shelf.id, uids: Uint32Array.of(1) };
  for (const bring of [copyMessages, moveMessages])
    await bed.db.tenant(tenantId, (tx) => bring(tx, system, input, bed.services));
  expect(new Set((await rows()).map((row) => row.count))).toEqual(new Set([most]));
});

test("a message that has more of an earlier version keeps its other flags changeable, and its keywords can become fewer", async () => {
  const { store, rows, overfill, accountId, ids } = await filled(1);
  await overfill();
  await store("add", words(1));
  expect(await rows()).toMatchObject([{ count: most + 30, flags: 1 }]);
  await expect(store("add", ["one-more"])).rejects.toMatchObject(refused);
  await store("remove", words(10));
  await bed.db.tenant(tenantId, (tx) =>
    changeFlags(
      tx,
      system,
      { accountId, messageIds: ids, add: noFlags, remove: { bits: 0, keywords: words(10, 10) } },
      bed.services,
    ),
  );
  expect(await rows()).toMatchObject([{ count: most + 10 }]);
  await store("replace", ["done"]);
  expect(await rows()).toMatchObject([{ count: 1 }]);
});
