import type { TenantId } from "@casaforte/kernel";
import { type Bytes, type Id, newId, toHex, utf8 } from "@casaforte/kernel";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import type { TenantTx } from "@casaforte/platform/db";
import { acceptOutgoing } from "./accept-message.ts";
import { readHeaderFields } from "./header-section.ts";
import { mailflowLimits } from "./limits.ts";
import { recordEvent } from "./record-event.ts";
import { formatRfc5322Date } from "./rfc5322-date.ts";
import type { MailflowServices } from "./services.ts";
import type { MessageBlob, TraceId } from "./types.ts";

/** A report is made of the message and our names. */
type BounceServices = Omit<MailflowServices, "mailStore">;

export interface Undeliverable extends MessageBlob {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
  /** Enhanced status code (RFC 3463) of the last answer. */
  readonly status: string;
  /** What the other side said, or we. */
  readonly reply: string;
}

export interface PreparedBounce {
  readonly about: Undeliverable;
  readonly blob: StoredBlob;
  readonly headerMessageId: string;
}

/** Composes and stores the report, before the transaction. Null for the null sender: a bounce never bounces (RFC 5321 §6.1). */
export async function prepareBounce(services: BounceServices, about: Undeliverable): Promise<PreparedBounce | null> {
  if (about.sender === "") return null;
  const headerMessageId = `<${newId<Id<"MessageId">>(services.clock, services.random)}@${services.hostname}>`;
  const original = await originalHeaders(services, about);
  const report = composeBounce(services, about, headerMessageId, original);
  return { about, blob: await services.blobs.put(about.tenantId, report), headerMessageId };
}

/** Queues the report, in the transaction that gives the message up. */
export async function acceptBounce(
  tx: TenantTx,
  services: BounceServices,
  bounce: PreparedBounce | null,
): Promise<void> {
  if (bounce === null) return;
  await acceptOutgoing(
    tx,
    {
      traceId: bounce.about.traceId,
      mailAccountId: null,
      blob: bounce.blob,
      sender: "",
      recipients: [bounce.about.sender],
      headerMessageId: bounce.headerMessageId,
      hops: 0,
    },
    services,
  );
  await recordEvent(tx, services, "bounced", bounce.about, bounce.about.reply);
}

async function originalHeaders(services: BounceServices, about: Undeliverable): Promise<Bytes> {
  const fields = await readHeaderFields(services.blobs.read(about.tenantId, about.blobId));
  const kept: Buffer[] = [];
  let size = 0;
  for (const { raw } of fields) {
    size += raw.length;
    if (size > mailflowLimits.bounceHeaderBytesMax) break;
    kept.push(Buffer.from(raw));
  }
  return Buffer.concat(kept);
}

const line = (text: string) => text.replace(/[^\x20-\x7e]+/g, " ").slice(0, mailflowLimits.replyTextMax);

/** RFC 3464 in a multipart/report (RFC 6522): text in both languages, the status, the headers of the original. */
function composeBounce(
  services: BounceServices,
  about: Undeliverable,
  headerMessageId: string,
  original: Bytes,
): Bytes {
  const { hostname, providerDomain, clock, random } = services;
  const boundary = `=_${toHex(random.bytes(16))}`;
  const date = formatRfc5322Date(clock.nowMs());
  const head = [
    `From: Mail Delivery System <postmaster@${providerDomain}>`,
    `To: <${line(about.sender)}>`,
    "Subject: Undeliverable message / Messaggio non consegnato",
    `Date: ${date}`,
    `Message-ID: ${headerMessageId}`,
    ...(about.headerMessageId === "" ? [] : [`In-Reply-To: ${about.headerMessageId}`]),
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "Your message could not be delivered to:",
    "Il tuo messaggio non è stato consegnato a:",
    "",
    `    ${line(about.recipient)}`,
    "",
    "The reason given / Il motivo indicato:",
    "",
    `    ${line(about.reply)}`,
    "",
    `--${boundary}`,
    "Content-Type: message/delivery-status",
    "",
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${date}`,
    "",
    `Final-Recipient: rfc822; ${line(about.recipient)}`,
    "Action: failed",
    `Status: ${about.status}`,
    `Diagnostic-Code: smtp; ${line(about.reply)}`,
    "",
    `--${boundary}`,
    "Content-Type: text/rfc822-headers; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "",
  ].join("\r\n");
  return Buffer.concat([utf8(head), original, utf8(`\r\n--${boundary}--\r\n`)]);
}
