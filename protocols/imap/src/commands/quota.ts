// RFC 9208 §4.1 GETQUOTA, GETQUOTAROOT
import type { Handler } from "../command.ts";
import { mailboxArgument, printedName, requireMailbox } from "../mailbox-lookup.ts";
import type { Session } from "../session.ts";

/** The account has one quota root, without a name. */
export const getQuota: Handler = async (session, { cursor }) => {
  cursor.space();
  const root = cursor.astring("a quota root");
  cursor.end();
  if (root !== "") return "NO [NONEXISTENT] No such quota root";
  await printQuota(session);
  return "OK GETQUOTA completed";
};

export const getQuotaRoot: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.end();
  const { rights } = await requireMailbox(session, name);
  // What lies in somebody else's mailbox counts against the other's quota.
  if (rights !== undefined) {
    session.out.line(`* QUOTAROOT ${printedName(session, name)}`);
    return "OK GETQUOTAROOT completed";
  }
  session.out.line(`* QUOTAROOT ${printedName(session, name)} ""`);
  await printQuota(session);
  return "OK GETQUOTAROOT completed";
};

async function printQuota(session: Session): Promise<void> {
  const quota = await session.account.quota();
  const kib = (bytes: number): number => Math.ceil(bytes / 1024);
  const storage = quota.limitBytes === null ? "" : `STORAGE ${kib(quota.usedBytes)} ${kib(quota.limitBytes)}`;
  session.out.line(`* QUOTA "" (${storage})`);
}
