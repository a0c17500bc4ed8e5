import { createHmac, timingSafeEqual } from "node:crypto";
import { type Bytes, concatBytes, Failure, parseId, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { MailAddress } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import { type ReportedRecipient, readDeliveryStatus } from "./delivery-status.ts";
import { mailflowLimits } from "./limits.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { failSentEntry, selectTenantOfSystemMail } from "./store-bounces.ts";
import type { MxRecipient } from "./take-message.ts";
import type { Outgoing, OutgoingId } from "./types.ts";

type Keyed = Pick<MailflowServices, "secretKey" | "providerDomain">;

/** A guess costs a whole SMTP command, and the id beside it is random and told to nobody but the recipient's server. */
const digest = ({ secretKey }: Keyed, id: string): string =>
  createHmac("sha256", secretKey).update(`bounce:${id}`).digest("hex").slice(0, 15);

/**
 * The envelope sender that leaves this house: a mail of the service has one of its own, so that a report that comes back later
 * says by its address which mail it is about. It holds no name, and whoever has it can only speak for the one recipient; what
 * goes to several, as reports about domains do, has none.
 */
export function envelopeSender(services: Keyed, outgoing: Pick<Outgoing, "id" | "isSystem" | "sender">): string {
  if (!outgoing.isSystem) return outgoing.sender;
  const id = outgoing.id.replaceAll("-", "");
  return `bounce=${digest(services, id)}=${id}@${services.providerDomain}`;
}

/** Where a report on a mail of the service goes, from nobody; null for every other address. */
export function bounceRecipient(services: Keyed, address: MailAddress, sender: string): MxRecipient | null {
  if (sender !== "" || address.domain !== services.providerDomain) return null;
  const [, given = "", id = ""] = /^bounce=([0-9a-f]{15})=([0-9a-f]{32})$/.exec(address.local) ?? [];
  if (id === "" || !timingSafeEqual(Buffer.from(given), Buffer.from(digest(services, id)))) return null;
  const outgoingId = parseId<OutgoingId>(id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
  return { tenantId: providerTenantId, address, accounts: [], forwards: [], reads: { kind: "bounce", outgoingId } };
}

/**
 * What says that the address itself is no good (RFC 3463): no such mailbox or domain, moved, disabled, no mail taken. Another
 * refusal may be about us, our relay or the message, and goes by.
 */
const addressIsGone: ReadonlySet<string> = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);

/** Tells of a mail of the service that reaches nobody, at once or later, in the transaction that notes it (R102). */
export async function tellUndeliverable(
  tx: TenantTx,
  services: Pick<MailflowServices, "undeliverable">,
  outgoing: Pick<Outgoing, "isSystem">,
  said: { readonly recipient: string; readonly status: string; readonly reply: string },
): Promise<void> {
  const { recipient, status, reply } = said;
  if (outgoing.isSystem && addressIsGone.has(status)) await services.undeliverable?.(tx, { recipient, reply });
}

/**
 * DATA for a report on a mail of the service: where it says that the one recipient has failed for good, the mail counts as
 * failed, once, as if his server had said so at once. Everything else that comes here is taken and forgotten: delays, automatic
 * answers, who stands behind a forward or a list, mails that nothing is known of any more. Nothing is ever answered.
 * @throws too_large `mailflow.report_too_large`.
 */
export async function takeBounce(
  services: MailflowServices,
  outgoingId: OutgoingId,
  message: AsyncIterable<Bytes>,
): Promise<{ readonly queuedAs: string }> {
  const { db, logger } = services;
  const report = await wholeOf(message);
  // Before it is read: who has an address of a mail that is forgotten makes no work.
  const tenantId = await db.operator((tx) => selectTenantOfSystemMail(tx, outgoingId), { readOnly: true });
  if (tenantId === null) return { queuedAs: outgoingId };
  const failed = readDeliveryStatus(report).filter(({ action }) => action === "failed");
  let noted = 0;
  for (const said of failed) if (await noteFailed(services, tenantId, outgoingId, said)) noted += 1;
  logger.info("mailflow.bounce_read", { outgoingId, noted });
  return { queuedAs: outgoingId };
}

function noteFailed(
  services: MailflowServices,
  tenantId: TenantId,
  id: OutgoingId,
  said: ReportedRecipient,
): Promise<boolean> {
  return services.db.tenant(tenantId, async (tx) => {
    const reply = said.reply.replace(/\p{Cc}+/gu, " ").slice(0, mailflowLimits.replyTextMax);
    const sent = await failSentEntry(tx, id, { recipient: said.recipient, reply });
    if (sent === null) return false;
    await recordEvent(tx, services, "failed", sent, reply);
    await tellUndeliverable(tx, services, sent, { recipient: sent.recipient, status: said.status, reply });
    return true;
  });
}

async function wholeOf(message: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  let size = 0;
  for await (const part of message) {
    size += part.length;
    if (size > mailflowLimits.bounceBytesMax)
      throw new Failure("too_large", "mailflow.report_too_large", "the report is too large");
    parts.push(part.slice());
  }
  return concatBytes(parts);
}
