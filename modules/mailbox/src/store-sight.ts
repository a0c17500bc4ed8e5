import type { MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Fragment } from "postgres";
import { mailboxesInSight } from "./share-access.ts";

/** `and column in those`, where whoever works in this transaction may look into some mailboxes of the account alone. */
export function inSight(tx: TenantTx, accountId: MailAccountId, column: Fragment): Fragment {
  const ids = mailboxesInSight(tx, accountId);
  return ids === null ? tx.sql`` : tx.sql`and ${column} = any(${[...ids]}::uuid[])`;
}
