import type { TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mailboxLimits } from "./limits.ts";
import type { MailboxTestbed } from "./mailbox-testbed.ts";
import { SharingOffice } from "./sharing-office.test-support.ts";

let sharing: SharingOffice;
let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  sharing = await SharingOffice.open(29);
  ({ bed, tenantId } = sharing);
});
afterAll(() => sharing?.close());

test("R12: an owner shares his mail by SETACL with a colleague, who is in at once and out at once; each step is audited", async () => {
  const office = await bed.newAccount(tenantId);
  const ada = await bed.newAccount(tenantId);
  const stranger = await bed.newAccount(await bed.newTenant());
  const owner = await sharing.signIn(office);
  const guest = await sharing.signIn(ada);
  const path = `Other Users/${office.address}`;
  expect(await owner.say(`SETACL INBOX ${ada.address} lrsw`)).toBe("OK SETACL completed");
  expect(await guest.say(`SELECT "${path}/INBOX"`)).toContain("READ-ONLY");
  expect(await owner.say(`SETACL INBOX ${ada.address} +swite`)).toBe("OK SETACL completed");
  expect(await guest.say(`SELECT "${path}/INBOX"`)).toContain("READ-WRITE");
  expect(await owner.say(`SETACL INBOX ${stranger.address} lr`)).toMatch(/^NO \[NONEXISTENT\]/);
  expect(await owner.say(`DELETEACL Archive ${ada.address}`)).toMatch(/^NO \[CANNOT\]/);
  expect(await owner.say(`DELETEACL INBOX ${ada.address}`)).toBe("OK DELETEACL completed");
  expect(await guest.ask("NOOP")).toContainEqual(expect.stringMatching(/^(\* BYE|NO) /));
  const rows = await bed.db.tenant(
    tenantId,
    (tx) => tx.sql<{ details: { after: { access: string }[] } }[]>`select details from audit_entries
      where tenant_id = ${tenantId} and action = 'mailbox.shares_set' and object_id = ${office.id} order by id`,
  );
  expect(rows.map(({ details }) => details.after.map(({ access }) => access))).toEqual([["read"], ["write"], []]);
});

test("R12: notes on a shared mailbox: private ones are each person's, shared ones are set by those who may write", async () => {
  const office = await bed.newAccount(tenantId);
  const ada = await bed.newAccount(tenantId);
  await sharing.share(office, ada.id, "read");
  const owner = await sharing.signIn(office);
  const guest = await sharing.signIn(ada);
  const inbox = `"Other Users/${office.address}/INBOX"`;
  expect(await owner.say('SETMETADATA INBOX (/shared/comment "ours" /private/comment "mine")')).toMatch(/^OK/);
  expect(await guest.say(`SETMETADATA ${inbox} (/private/comment "ada's")`)).toMatch(/^OK/);
  expect(await guest.say(`SETMETADATA ${inbox} (/private/comment NIL /shared/comment "hers")`)).toMatch(
    /^NO \[NOPERM\]/,
  );
  const both = "(/shared/comment /private/comment)";
  expect((await guest.ask(`GETMETADATA ${inbox} ${both}`))[0]).toContain(
    '(/shared/comment "ours" /private/comment "ada\'s")',
  );
  await sharing.share(office, ada.id, "write");
  expect(await guest.say(`SETMETADATA ${inbox} (/shared/comment "hers")`)).toMatch(/^OK/);
  expect((await owner.ask(`GETMETADATA INBOX ${both}`))[0]).toContain(
    '(/shared/comment "hers" /private/comment "mine")',
  );
  await sharing.share(office, ada.id, null);
  expect(await guest.say(`GETMETADATA ${inbox} ${both}`)).toMatch(/^NO/);
  const full = await bed.db.tenant(
    tenantId,
    (tx) => tx.sql`insert into mailbox_annotations (tenant_id, id, account_id, mailbox_id, entry, value, set_at)
      select ${tenantId}, gen_random_uuid(), ${office.id}, null, '/private/' || n, 'x', now()
      from generate_series(1, ${mailboxLimits.annotationsMax} - 2) n returning 1`,
  );
  expect(full).toHaveLength(mailboxLimits.annotationsMax - 2);
  expect(await owner.say('SETMETADATA "" (/private/more "x")')).toMatch(/^NO \[METADATA TOOMANY\]/);
});
