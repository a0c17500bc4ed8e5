import { Failure, type MailboxId, type PrincipalId, parseId, utf8 } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bed, closeJmapBed, findings, message, newAccount, openJmapBed, tenantId } from "./jmap-bed.test-support.ts";
import { createEmail } from "./jmap-create-email.ts";
import { mailboxLimits } from "./limits.ts";
import { blobIds } from "./mailbox-testbed.ts";

beforeAll(openJmapBed);
afterAll(closeJmapBed);

const blobs = () => blobIds(bed, tenantId);
type Store = Awaited<ReturnType<typeof newAccount>>["store"];

/** One upload after the other. */
async function upload(store: Store, text: string): Promise<string> {
  await bed.clock.advance(1_000);
  return store.uploadBlob(utf8(text), "text/plain");
}
const areThere = async (store: Store, ids: readonly string[]) =>
  (await Promise.all(ids.map((id) => store.readUpload(id)))).map((found) => found !== null);

test("uploads beyond the bytes that an account may have unused push the oldest out, bytes and all, and nobody else's", async () => {
  const { account, store } = await newAccount();
  const other = await newAccount();
  const others = await upload(other.store, "theirs");
  const before = await blobs();
  const [first, second] = [await upload(store, "first"), await upload(store, "second")];
  // As if they were large: together they are all that is allowed.
  await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`update mailbox_uploads set size_bytes = ${mailboxLimits.uploadBytesMax / 2n}
      where tenant_id = ${tenantId} and account_id = ${account.id}`,
  );
  expect(await areThere(store, [first, second])).toEqual([true, true]);
  const third = await upload(store, "third");
  expect(await areThere(store, [first, second, third])).toEqual([false, true, true]);
  expect((await blobs()).length).toBe(before.length + 2);
  expect(await areThere(other.store, [others])).toEqual([true]);
});

test("an account keeps so many unused uploads however small they are", async () => {
  const { account, store } = await newAccount();
  const first = await upload(store, "first");
  await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`insert into mailbox_uploads (tenant_id, account_id, blob_id, media_type, size_bytes, uploaded_at)
      select ${tenantId}, ${account.id}, gen_random_uuid(), 'text/plain', 0, ${new Date(bed.clock.nowMs() + 1)}
      from generate_series(1, ${mailboxLimits.uploadsMax - 1}::int)`,
  );
  expect(await areThere(store, [first])).toEqual([true]);
  const last = await upload(store, "last");
  expect(await areThere(store, [first, last])).toEqual([false, true]);
});

test("R92: under a legal hold no upload is pushed out, and when it ends the next one pushes out what is beyond the bounds", async () => {
  let isHeld = true;
  const { account, store } = await newAccount({ isHeld: async (tenant) => isHeld && tenant === tenantId });
  const [first, second] = [await upload(store, "first"), await upload(store, "second")];
  await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`update mailbox_uploads set size_bytes = ${mailboxLimits.uploadBytesMax}
      where tenant_id = ${tenantId} and account_id = ${account.id}`,
  );
  const third = await upload(store, "third");
  expect(await areThere(store, [first, second, third])).toEqual([true, true, true]);
  const before = await blobs();
  isHeld = false;
  const fourth = await upload(store, "fourth");
  expect(await areThere(store, [first, second, third, fourth])).toEqual([false, false, true, true]);
  expect((await blobs()).length).toBe(before.length - 1);
});

test("of a message that is refused no bytes stay", async () => {
  const { account, store, box } = await newAccount();
  const email = { bytes: message("s", "s"), mailboxIds: [box("drafts")], keywords: [] };
  const before = await blobs();
  await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`update mailbox_accounts set quota_bytes = 1 where tenant_id = ${tenantId} and id = ${account.id}`,
  );
  await expect(store.createEmail(email)).rejects.toMatchObject({ kind: "over_quota" });
  await expect(store.createEmail({ ...email, mailboxIds: ["none"] })).rejects.toMatchObject({ kind: "not_found" });
  await expect(store.createEmail({ ...email, mailboxIds: [] })).rejects.toMatchObject({ kind: "not_found" });
  expect(await blobs()).toEqual(before);
  expect(await findings()).toEqual([]);
});

test("bytes of a message stay where nobody heard whether it was committed", async () => {
  const { account, store, box } = await newAccount();
  const principalId = account.id as string as PrincipalId;
  const actor = { kind: "mail_account", tenantId, mailAccountId: account.id, principalId, ip: "192.0.2.1" } as const;
  const email = { bytes: message("u", "u"), mailboxIds: [], keywords: [] };
  const mailboxIds = [parseId<MailboxId>(box("drafts"))];
  let id = "";
  const making = createEmail(bed.services, { accountId: account.id, actor, email, mailboxIds }, async (work) => {
    id = ((await bed.db.tenant(tenantId, work)) as { messageId: string }).messageId;
    throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
  });
  await expect(making).rejects.toMatchObject({ kind: "unavailable" });
  expect(Buffer.from(await store.readMessage(id))).toEqual(Buffer.from(email.bytes));
});
