import type { Actor, TenantId } from "@casaforte/kernel";
import { csvCell } from "@casaforte/modules/audit";
import type { Db } from "@casaforte/platform/db";
import { listMailAccounts, type MailAccountPage } from "./change-mail-account.ts";
import { mailboxLimits } from "./limits.ts";
import type { MailAccount } from "./mail-account.ts";

const gigabyte = 1_000_000_000;

const header = ["address", "name", "quota_gb", "used_bytes", "messages", "state", "created"] as const;

const cells = (account: MailAccount): readonly string[] => [
  account.address,
  account.displayName,
  account.quotaBytes === null ? "unlimited" : String(Number(account.quotaBytes) / gigabyte),
  String(account.usedBytes),
  String(account.messages),
  account.state,
  account.createdAt.toISOString(),
];

/**
 * Every live mail account as CSV (RFC 4180, UTF-8), a page of rows at a time, in the columns that the import reads (R12).
 * Cells that a spreadsheet would run as a formula are defused.
 */
export async function* exportMailAccounts(
  db: Db,
  actor: Actor,
  tenantId: TenantId,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  yield `${header.join(",")}\r\n`;
  let cursor: string | null = null;
  do {
    signal?.throwIfAborted();
    const at: string | null = cursor;
    const input = { limit: mailboxLimits.pageMax, ...(at === null ? {} : { cursor: at }) };
    const page: MailAccountPage = await db.tenant(tenantId, (tx) => listMailAccounts(tx, actor, input), {
      readOnly: true,
    });
    yield page.accounts.map((account) => `${cells(account).map(csvCell).join(",")}\r\n`).join("");
    cursor = page.next;
  } while (cursor !== null);
}
