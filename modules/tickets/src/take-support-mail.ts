import { type Actor, type BlobId, Failure, type MailAccountId, providerTenantId } from "@casaforte/kernel";
import { resolveRecipient } from "@casaforte/modules/domains";
import { listDrop, type MailboxServices, moveMessages, readMailboxes } from "@casaforte/modules/mailbox";
import { ticketLimits } from "./limits.ts";
import { receiveMail } from "./receive-mail.ts";
import type { TicketServices } from "./services.ts";

export interface IntakeServices extends TicketServices {
  readonly mailbox: MailboxServices;
}

const actor: Actor = { kind: "system", name: "tickets" };

/**
 * Makes tickets of what lies in the inbox of the support address, a mail account of the provider's own, and moves each
 * mail to the archive when its ticket is committed: whatever dies in between, no mail is lost and none is two tickets.
 * Does nothing while the support address is no mail account here. Returns how many mails were taken.
 */
export async function takeSupportMail(services: IntakeServices, signal: AbortSignal): Promise<number> {
  const { db, blobs, logger, mailbox } = services;
  const found = await db.lookup((tx) => resolveRecipient(tx, services.supportAddress), { readOnly: true });
  if (found.kind !== "found" || found.mailAccountId === null || found.tenantId !== providerTenantId) return 0;
  const accountId: MailAccountId = found.mailAccountId;
  const { source, target, waiting } = await db.tenant(
    providerTenantId,
    async (tx) => {
      const mailboxes = await readMailboxes(tx, accountId);
      const inbox = mailboxes.find(({ role }) => role === "inbox");
      const archive = mailboxes.find(({ role }) => role === "archive");
      if (!inbox || !archive)
        throw new Failure("precondition", "tickets.no_archive", "the support mailbox lacks folders");
      return { source: inbox.id, target: archive.id, waiting: await listDrop(tx, inbox.id) };
    },
    { readOnly: true },
  );
  let taken = 0;
  for (const { uid, blobId } of waiting.slice(0, ticketLimits.intakeBatch)) {
    signal.throwIfAborted();
    const received = await receiveMail(services, await blobs.readAll(providerTenantId, blobId as BlobId));
    await db.tenant(providerTenantId, (tx) =>
      moveMessages(tx, actor, { accountId, source, uids: [uid], target }, mailbox),
    );
    logger.info("tickets.mail_taken", {
      uid,
      outcome: received.kind,
      ticket: "ticket" in received ? received.ticket.number : null,
    });
    taken++;
  }
  return taken;
}
