import type { PrincipalId } from "@casaforte/kernel";
import { resolveRecipient } from "@casaforte/modules/domains";
import { isPlainlySpelled, ownerOfLogin } from "@casaforte/modules/identity";
import type { MailboxEdgeServices } from "@casaforte/modules/mailbox";
import { type MailflowServices, sendSystemMail } from "@casaforte/modules/mailflow";
import { listOwnNotices, type NoticeId, readNotice } from "@casaforte/modules/notices";
import type { IntakeServices } from "@casaforte/modules/tickets";
import type { Core } from "./core.ts";

/** The tickets module's services, on the same ports as everything else. */
export function supportDesk(
  services: { readonly core: Core; readonly mailbox: MailboxEdgeServices; readonly mailflow: MailflowServices },
  consoleUrl: string,
): IntakeServices {
  const { core, mailbox, mailflow } = services;
  const { db, clock, random, jobs, config } = core;
  const { supportAddress } = config.provider;
  return {
    db,
    blobs: core.mailBlobs,
    clock,
    random,
    jobs,
    logger: core.logger.with({ component: "tickets" }),
    secret: core.secret("tickets"),
    supportAddress,
    consoleUrl,
    mailbox,
    sendMail: (tx, mail) =>
      sendSystemMail(
        tx,
        { ...mail, sender: supportAddress, fromName: config.provider.name },
        { clock, random, jobs, providerDomain: mailflow.providerDomain },
      ),
    async noticeOf(tx, id) {
      if (tx.scope === "operator") return readNotice(tx, id as NoticeId);
      return (await listOwnNotices(tx)).find((notice) => notice.id === id) ?? null;
    },
    async senderOf(address) {
      if (!isPlainlySpelled(address)) return null;
      const user = await ownerOfLogin(db, "user", address);
      if (user) return user;
      const found = await db.lookup((tx) => resolveRecipient(tx, address), { readOnly: true }).catch(() => null);
      if (found?.kind !== "found" || found.mailAccountId === null || found.isCatchAll) return null;
      return { tenantId: found.tenantId, principalId: found.mailAccountId as string as PrincipalId };
    },
  };
}
