import { Failure } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { MailActor } from "./jmap-account.ts";
import type { MailProtocols } from "./mail-account.ts";
import { selectAccount } from "./store-accounts.ts";

/**
 * The mail account, if it may come in by this door: whatever is behind it asks here, not the sign-in alone (R13).
 * @throws forbidden `mailbox.webmail_off`.
 */
export async function openedDoor(
  db: Pick<Db, "tenant">,
  { tenantId, mailAccountId }: MailActor,
  door: keyof MailProtocols,
) {
  const account = await db.tenant(tenantId, (tx) => selectAccount(tx, mailAccountId), { readOnly: true });
  if (account !== null && account.state === "active" && account.protocols[door]) return account;
  throw new Failure("forbidden", "mailbox.webmail_off", "this mail account may not be used here");
}
