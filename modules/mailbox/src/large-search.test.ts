import type { SearchQuery } from "@casaforte/imap";
import type { EmailFilter } from "@casaforte/jmap";
import type { TenantId } from "@casaforte/kernel";
import { openPool, rowsRead, type TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendMessages } from "./append-message.ts";
import { noFlags } from "./flags.ts";
import type { MailAccount } from "./mail-account.ts";
import type { Mailbox } from "./mailbox.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { selectQueryWindow } from "./store-jmap-query.ts";
import { selectMatches, selectSorted, selectThreadRows } from "./store-search.ts";

const own = 400;
const others = 8_000;
let bed: MailboxTestbed;
let tenantId: TenantId;
let account: MailAccount;
let inbox: Mailbox;

const inTenant = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> => bed.db.tenant(tenantId, work);

/** A mailbox of some messages, and the texts of many more in other accounts of the tenant. Nothing is analysed. */
beforeAll(async () => {
  bed = await openMailboxTestbed(13);
  tenantId = await bed.newTenant();
  account = await bed.newAccount(tenantId);
  inbox = await bed.mailbox(tenantId, account, "INBOX");
  const messages = [];
  for (let number = 0; number < own; number++)
    messages.push({ message: await ingestSample(bed, tenantId, number, `needle ${number}`), flags: noFlags });
  const append = { accountId: account.id, mailboxIds: [inbox.id], messages };
  await inTenant((tx) => appendMessages(tx, system, append, bed.services));
  await inTenant(async ({ sql }) => {
    for (const table of ["mailbox_search", "mailbox_contents"]) {
      const [{ columns } = { columns: "" }] = await sql<{ columns: string }[]>`
        select string_agg(attname, ', ' order by attnum) as columns from pg_attribute
        where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attname <> 'blob_id'`;
      await sql.unsafe(`insert into ${table} (blob_id, ${columns}) select overlay(blob_id::text placing right(gen_random_uuid()::text, 12) from 25)::uuid, ${columns} from ${table},
        generate_series(1, ${others / own})`);
    }
  });
}, 120_000);
afterAll(() => bed?.close());

/** As the database does by itself after its first minutes. */
async function analyse(): Promise<void> {
  const owner = openPool(bed.database.cluster.ownerUrl, 1);
  await owner`analyze mailbox_memberships, mailbox_messages, mailbox_contents, mailbox_search`;
  await owner.end();
}

describe.each(["none", "made"])("with statistics that are %s", (kind) => {
  beforeAll(async () => {
    if (kind === "made") await analyse();
  });

  test("SEARCH, SORT and THREAD look for words in the texts of the mailbox alone", async () => {
    const body: SearchQuery = { kind: "body", value: "needle" };
    const text: SearchQuery = {
      kind: "or",
      keys: [
        { kind: "text", value: "needle" },
        { kind: "flag", bit: 1 },
      ],
    };
    const sent: SearchQuery = { kind: "day", field: "sent", is: "since", day: 0 };
    const byDate = [{ by: "date", reverse: false }] as const;
    await inTenant(async (tx) => {
      for (const query of [body, text]) {
        const found: number[] = [];
        const looks = [
          async () => void found.push((await selectMatches(tx, inbox.id, query)).length),
          async () => void found.push((await selectSorted(tx, inbox.id, query, byDate)).length),
          async () => void found.push((await selectThreadRows(tx, inbox.id, query)).length),
        ];
        for (const look of looks) expect(await rowsRead(tx, "mailbox_search", look)).toBe(own);
        expect(found).toEqual([own, own, own]);
      }
      const look = async () => void (await selectMatches(tx, inbox.id, sent));
      expect(await rowsRead(tx, "mailbox_contents", look)).toBe(own);
    });
  });

  test("a JMAP query looks for words in the texts of the account alone", async () => {
    const filters: EmailFilter[] = [
      { on: "body", text: "needle" },
      {
        on: "and",
        filters: [
          { on: "inMailbox", mailboxId: inbox.id },
          { on: "text", text: "needle" },
        ],
      },
    ];
    await inTenant(async (tx) => {
      for (const filter of filters) {
        const window = { kind: "position", position: 0 } as const;
        const sort = [{ by: "sentAt", ascending: false }] as const;
        const query = { filter, sort, window, limit: 5, collapseThreads: false, calculateTotal: true };
        const look = async () => expect((await selectQueryWindow(tx, account.id, query)).total).toBe(own);
        expect(await rowsRead(tx, "mailbox_search", look)).toBe(own);
        expect(await rowsRead(tx, "mailbox_contents", look)).toBe(own);
      }
    });
  });
});
