import { type DomainId, Failure, type MailAccountId } from "@casaforte/kernel";
import { forgetCertificatesOf } from "@casaforte/modules/certificates";
import type { LeavingService } from "@casaforte/modules/departure";
import { closeDomain, getDomain, listAddresses, listDomains } from "@casaforte/modules/domains";
import {
  deleteMailAccount,
  listAccountsIn,
  listMailboxIds,
  readMailAccount,
  unclaimedBlobs,
  wantPurge,
} from "@casaforte/modules/mailbox";
import { endDomainMail } from "@casaforte/modules/mailflow";
import { otherBlobReferences } from "./blob-references.ts";
import { mailAccountHooks } from "./mail-account-hooks.ts";
import { noticeRoad } from "./notice-road.ts";
import type { Services } from "./services.ts";
import { tellServiceEnd } from "./tell-service-end.ts";

/** What was ordered and billed stays for the books, and the log of who did what. */
export const booksAndLog = [
  { name: "orders, usage and invoices", basis: "tax" },
  { name: "audit log", basis: "audit" },
] as const;

/** A mail domain with its mailboxes that ends while the customer stays (R61). */
export function leavingDomains(services: Services): LeavingService {
  const { core, mailbox, mailflow } = services;
  const hooks = mailAccountHooks(services);
  return {
    kept: [...booksAndLog, { name: "mail in mailboxes of other domains", basis: "contract" }],
    async nameOf(tx, id) {
      const { id: domainId, name } = await getDomain(tx, id as DomainId);
      if ((await listDomains(tx)).some(({ aliasOf }) => aliasOf === domainId))
        throw new Failure("conflict", "domains.has_aliases", "other domains are aliases of this one");
      return name;
    },
    lockedUntil: async () => null,
    async end(tx, actor, { subjectId, name }, { nowMs }) {
      const domainId = subjectId as DomainId;
      const isThere = await closeDomain(tx, actor, { domainId, at: new Date(nowMs) });
      await forgetCertificatesOf(tx, domainId, core);
      if (!isThere && (await listDomains(tx)).some((domain) => domain.name === name)) return null;
      const accounts = await listAccountsIn(tx, name);
      const found = new Set<string>(accounts.map(({ id }) => id));
      for (const { kind, mailAccountId } of await listAddresses(tx, { domainId }))
        if (kind === "mailbox" && mailAccountId !== null && !found.has(mailAccountId))
          throw new Failure("conflict", "departure.remains", "a mailbox of this domain goes by another name");
      for (const { id: accountId, state } of accounts) {
        if (state !== "deleted") {
          const account = await readMailAccount(tx, actor, { accountId });
          await deleteMailAccount(tx, actor, { accountId }, mailbox);
          await hooks.deleted(tx, actor, { account });
        }
        // Nobody calls it back any more.
        await wantPurge(tx, actor, { accountId }, mailbox);
      }
      const ids = accounts.map(({ id }) => id);
      return [...ids, ...(await listMailboxIds(tx, ids))];
    },
    async purge(tenantId, { name, members }, counted, guard, signal) {
      await guard();
      const domain = { accounts: members as readonly MailAccountId[], domainName: name };
      const told = "messages that waited to be sent";
      await endDomainMail(mailflow, tenantId, domain, (tx, messages) => counted(tx, told, messages), signal);
    },
    shared: {
      store: mailbox.blobs,
      unclaimed: (tenantId, blobs) => unclaimedBlobs({ db: core.db, otherBlobReferences }, tenantId, blobs),
    },
    tell: (tx, name, matter) => tellServiceEnd(tx, "mail_domain", name, matter, noticeRoad(services)),
  };
}
