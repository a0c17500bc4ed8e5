import type { TenantId } from "@casaforte/kernel";
import { rowsRead, type TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessage } from "./append-message.ts";
import { createMailbox } from "./change-mailboxes.ts";
import { flagBits } from "./flags.ts";
import type { MailAccount } from "./mail-account.ts";
import type { Mailbox } from "./mailbox.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { storeFlags } from "./store-flags.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
let account: MailAccount;
let inbox: Mailbox;
let shelf: Mailbox;

/** UID 1 lies alone, 2 in two mailboxes, 3 alone and with keywords. */
beforeAll(async () => {
  bed = await openMailboxTestbed(11);
  tenantId = await bed.newTenant();
  account = await bed.newAccount(tenantId);
  inbox = await bed.mailbox(tenantId, account, "INBOX");
  await bed.db.tenant(tenantId, (tx) =>
    createMailbox(tx, system, { accountId: account.id, path: "Shelf", role: null }, bed.services),
  );
  shelf = await bed.mailbox(tenantId, account, "Shelf");
  const append = async (seed: number, places: readonly Mailbox[], keywords: readonly string[]) => {
    const message = await ingestSample(bed, tenantId, seed, `message ${seed}`);
    const mailboxIds = places.map(({ id }) => id);
    const flags = { bits: flagBits.flagged, keywords };
    await bed.db.tenant(tenantId, (tx) =>
      appendMessage(tx, system, { accountId: account.id, mailboxIds, message, flags }, bed.services),
    );
  };
  await append(1, [inbox], []);
  await append(2, [inbox, shelf], []);
  await append(3, [inbox], ["$Todo", "Blue"]);
});
afterAll(() => bed?.close());

type Way = "mailbox_store_flags" | "mailbox_store_flags_of_many";

/** What a STORE says and leaves behind, each modseq as how far it lies behind the account's, and then is undone. */
async function outcome(way: Way, uid: number, keep: number, set: number, mode: string) {
  const undone = new Error("undone");
  let seen: unknown;
  const attempt = bed.db.tenant(tenantId, async (tx) => {
    const [said] = await tx.sql`
      select modseq_after > modseq_before as changes, encode(substr(packed, 1, 6), 'hex') as packed, labelled, modified, elsewhere,
        (select a.modseq from mailbox_accounts a where a.tenant_id = ${tenantId} and a.id = ${account.id}) as before
      from ${tx.sql(way)}(${tenantId}, ${account.id}, ${inbox.id}, null, ${uid}, ${uid}, ${keep}, ${set}, ${mode}, '{}', 100, ${"9223372036854775807"}::bigint)`;
    seen = { said, left: await leftBehind(tx, BigInt(String(said?.["before"]))) };
    throw undone;
  });
  await expect(attempt).rejects.toBe(undone);
  return seen;
}

async function leftBehind(tx: TenantTx, before: bigint) {
  const since = String(before);
  return {
    places:
      await tx.sql`select mailbox_id, uid, flags, keywords, modseq > ${since}::bigint as is_new from mailbox_memberships
      where tenant_id = ${tenantId} order by 1, 2`,
    mailboxes: await tx.sql`select id, total, unseen, uidnext, highest_modseq > ${since}::bigint as is_new,
      highest_modseq = (select max(p.modseq) from mailbox_memberships p where p.tenant_id = b.tenant_id and p.mailbox_id = b.id) as is_highest
      from mailbox_mailboxes b where tenant_id = ${tenantId} order by 1`,
    changes:
      await tx.sql`select mailbox_id, uids from mailbox_changes where tenant_id = ${tenantId} and modseq > ${since}::bigint order by 1`,
  };
}

test("STORE of one message says and does what STORE of many does, wherever it lies and whatever it had", async () => {
  for (const uid of [1, 2, 3, 4])
    for (const bits of [flagBits.seen, flagBits.flagged, flagBits.seen | flagBits.deleted])
      for (const [mode, keep, set] of [
        ["add", 31, bits],
        ["remove", 31 & ~bits, 0],
        ["replace", 0, bits],
      ] as const) {
        const told = `${mode} ${bits} at ${uid}`;
        const short = await outcome("mailbox_store_flags", uid, keep, set, mode);
        expect(short, told).toEqual(await outcome("mailbox_store_flags_of_many", uid, keep, set, mode));
      }
});

const change = (tx: TenantTx, operation: "add" | "remove", mailboxId = inbox.id) =>
  storeFlags(
    tx,
    system,
    { accountId: account.id, mailboxId, uids: [1], operation, flags: { bits: flagBits.answered, keywords: [] } },
    bed.services,
  );

test("STORE of one message looks at its account once", async () => {
  const read = await bed.db.tenant(tenantId, (tx) =>
    rowsRead(tx, "mailbox_accounts", async () => void (await change(tx, "add"))),
  );
  expect(read).toBe(1);
});

test("STORE of one message in a mailbox of another account changes nothing", async () => {
  const other = await bed.newAccount(tenantId);
  const store = bed.db.tenant(tenantId, (tx) =>
    storeFlags(
      tx,
      system,
      {
        accountId: other.id,
        mailboxId: inbox.id,
        uids: [1],
        operation: "add",
        flags: { bits: flagBits.draft, keywords: [] },
      },
      bed.services,
    ),
  );
  await expect(store).rejects.toMatchObject({ code: "mailbox.not_found" });
  const after = await bed.mailbox(tenantId, account, "INBOX");
  const [row] = await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`select flags from mailbox_memberships where mailbox_id = ${after.id} and uid = 1`,
  );
  expect(Number(row?.["flags"]) & flagBits.draft).toBe(0);
});

test("STORE that changes nothing takes no number, and two at once are both kept", async () => {
  await bed.db.tenant(tenantId, (tx) => change(tx, "add"));
  const modseqOf = async () => (await bed.mailbox(tenantId, account, "INBOX")).highestModseq;
  const before = await modseqOf();
  const same = await bed.db.tenant(tenantId, (tx) => change(tx, "add"));
  expect(same.modseqAfter).toBe(same.modseqBefore);
  expect(await modseqOf()).toBe(before);
  // The second waits for the first's lock, and finds done what it was to do.
  const both = await Promise.all([1, 2].map(() => bed.db.tenant(tenantId, (tx) => change(tx, "remove"))));
  expect(both.filter(({ modseqAfter, modseqBefore }) => modseqAfter > modseqBefore)).toHaveLength(1);
});
