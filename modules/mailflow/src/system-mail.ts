import { type Id, newId, providerTenantId } from "@casaforte/kernel";
import { formatMailAddress, parseMailAddress } from "@casaforte/modules/domains";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { JobHandler } from "@casaforte/platform/jobs";
import MailComposer from "nodemailer/lib/mail-composer";
import { acceptOutgoing } from "./accept-message.ts";
import { signatureOf } from "./dkim-signature.ts";
import { idOf, tenantOf } from "./job-payload.ts";
import type { MailflowServices } from "./services.ts";
import { memorySpool } from "./spool.ts";
import { deleteSystemMail, insertSystemMail, selectSystemMail } from "./store-system-mail.ts";
import type { OutgoingId, SystemMailId, TraceId } from "./types.ts";

export interface SystemMailInput {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly language: "it" | "en";
  /** Message-ID of the mail this one answers. */
  readonly inReplyTo?: string;
  /** Display name of the sender; the provider's product name. */
  readonly fromName?: string;
  /** An address of the provider's domain; noreply@ when absent. */
  readonly sender?: string;
  /** Where one POST ends the subscription this mail belongs to (RFC 8058). */
  readonly unsubscribeUrl?: string;
  /** Where answers go, when not to the sender. */
  readonly replyTo?: string;
}

/** Who sends the service's own mails, where they name nobody else. */
export const serviceSender = ({ providerDomain }: Pick<MailflowServices, "providerDomain">): string =>
  `noreply@${providerDomain}`;

export const composeTask = "mailflow.compose";

/**
 * Sends a mail of the service itself, from an address of the provider's domain: promised in the caller's transaction by a row
 * and a job; composed, signed and queued by the job. The Message-ID is settled now, so that a retry is the same mail
 * (R18). Returns it. @throws invalid `domains.address`.
 */
export async function sendSystemMail(
  tx: TenantTx | OperatorTx,
  input: SystemMailInput,
  services: Pick<MailflowServices, "clock" | "random" | "jobs" | "providerDomain">,
): Promise<string> {
  const { clock, random, jobs, providerDomain } = services;
  const id = newId<SystemMailId>(clock, random);
  const headerMessageId = `<${newId<Id<"MessageId">>(clock, random)}@${providerDomain}>`;
  await insertSystemMail(tx, {
    tenantId: tx.scope === "tenant" ? tx.tenantId : providerTenantId,
    id,
    recipient: formatMailAddress(parseMailAddress(input.to)),
    subject: input.subject.replace(/\p{Cc}+/gu, " "),
    text: input.text,
    language: input.language,
    fromName: input.fromName ?? "Casaforte",
    sender: input.sender ?? "",
    replyTo: input.replyTo ?? "",
    inReplyTo: input.inReplyTo ?? "",
    unsubscribeUrl: input.unsubscribeUrl ?? "",
    headerMessageId,
    createdAt: new Date(clock.nowMs()),
  });
  await jobs.enqueue(tx, composeTask, { mailId: id }, { key: id });
  return headerMessageId;
}

export function composeHandler(services: MailflowServices): JobHandler {
  return {
    task: composeTask,
    async run(payload, context) {
      const { db, blobs, providerDomain } = services;
      const tenantId = tenantOf(context.tenantId);
      const id = idOf<SystemMailId>(payload, "mailId");
      const mail = await db.tenant(tenantId, (tx) => selectSystemMail(tx, id));
      if (mail === null) return;
      const sender = mail.sender === "" ? serviceSender(services) : mail.sender;
      const composed = await new MailComposer({
        from: { name: mail.fromName, address: sender },
        to: mail.recipient,
        subject: mail.subject,
        text: mail.text,
        date: mail.createdAt,
        messageId: mail.headerMessageId,
        ...(mail.replyTo === "" ? {} : { replyTo: mail.replyTo }),
        ...(mail.inReplyTo === "" ? {} : { inReplyTo: mail.inReplyTo, references: mail.inReplyTo }),
        headers: {
          "Auto-Submitted": "auto-generated",
          "Content-Language": mail.language,
          ...(mail.unsubscribeUrl === ""
            ? {}
            : {
                "List-Unsubscribe": `<${mail.unsubscribeUrl}>`,
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
              }),
        },
        newline: "\r\n",
      })
        .compile()
        .build();
      const spooled = memorySpool(blobs, composed);
      // The provider's domain lies in the provider's own tenant, whoever the mail is for.
      const signature = await signatureOf(services, providerTenantId, providerDomain, spooled);
      const blob = await spooled.store(tenantId, Buffer.from(signature));
      await db.tenant(tenantId, async (tx) => {
        if (!(await deleteSystemMail(tx, id))) return;
        await acceptOutgoing(
          tx,
          {
            id: id as string as OutgoingId,
            traceId: id as string as TraceId,
            mailAccountId: null,
            isSystem: true,
            blob,
            sender,
            recipients: [mail.recipient],
            headerMessageId: mail.headerMessageId,
            subject: mail.subject,
            hops: 0,
          },
          services,
        );
      });
    },
  };
}
