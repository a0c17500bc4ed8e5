import type { NewEmail } from "@casaforte/jmap";
import { type Actor, Failure, type MailAccountId, type MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { appendMessage } from "./append-message.ts";
import { ingestMessage } from "./ingest-message.ts";
import { flagsOf } from "./jmap-change-emails.ts";
import type { MailboxEdgeServices } from "./services.ts";

export const noSuchMailbox = () => new Failure("not_found", "mailbox.not_found", "no such mailbox");

interface CreateEmailInput {
  readonly accountId: MailAccountId;
  readonly actor: Extract<Actor, { kind: "mail_account" }>;
  readonly email: NewEmail;
  readonly mailboxIds: readonly MailboxId[];
}

/**
 * Puts a message into mailboxes by a change of its account. Of what is refused no bytes stay. @throws not_found
 * `mailbox.not_found`, over_quota `mailbox.over_quota`.
 */
export async function createEmail(
  services: MailboxEdgeServices,
  { accountId, actor, email, mailboxIds }: CreateEmailInput,
  change: <Result>(work: (tx: TenantTx) => Promise<Result>) => Promise<Result>,
) {
  const { blobs, logger } = services;
  if (mailboxIds.length === 0) throw noSuchMailbox();
  const message = await ingestMessage(services, actor.tenantId, email.bytes);
  const { receivedAtMs } = email;
  const when = receivedAtMs === undefined ? {} : { receivedAtMs };
  const input = { accountId, mailboxIds, message, flags: flagsOf(email.keywords), ...when };
  let mayBeThere = false;
  try {
    const { messageId, threadId } = await change(async (tx) => {
      const appended = await appendMessage(tx, actor, input, services);
      mayBeThere = true;
      return appended;
    });
    return { id: messageId, threadId };
  } catch (error) {
    // Once the commit was asked for a row may name the bytes, whatever was answered.
    if (!mayBeThere)
      await blobs
        .delete(actor.tenantId, message.blob.id)
        .catch((reason) => logger.warn("mailbox.refused_left", { reason: String(reason) }));
    throw error;
  }
}
