import { type Bytes, Failure, type Id, newId, type TenantId, utf8 } from "@casaforte/kernel";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import type { TenantTx } from "@casaforte/platform/db";
import type { DsnRequest } from "@casaforte/smtp";
import { acceptOutgoing } from "./accept-message.ts";
import { composeReport, type ReportAction, reportSubjects } from "./compose-report.ts";
import { isWanted } from "./dsn.ts";
import { readHeaderFields } from "./header-section.ts";
import { mailflowLimits } from "./limits.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { restoreSender } from "./srs.ts";
import type { TraceId } from "./types.ts";

/** A report is made of the message and our names. */
type ReportServices = Omit<MailflowServices, "mailStore">;

/** What the sender is to be told of one recipient. */
export interface Reportable {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
  readonly action: ReportAction;
  /** Enhanced status code (RFC 3463): of the last answer, or 2.x.x. */
  readonly status: string;
  /** What the other side said, or we. */
  readonly reply: string;
  readonly dsn: DsnRequest;
  readonly arrivedAt: Date;
  readonly expiresAt?: Date;
  readonly sizeBytes: bigint | number;
  /** The message. */
  read(): AsyncIterable<Bytes>;
}

export interface PreparedReport {
  readonly about: Reportable;
  readonly blob: StoredBlob;
  readonly headerMessageId: string;
}

const occasionOf = (action: ReportAction) =>
  action === "failed" ? ("failure" as const) : action === "delayed" ? ("delay" as const) : ("success" as const);

/**
 * Composes and stores the report, before the transaction. Null where the sender does not want it, and for the null
 * sender: a report is never answered by one (RFC 5321 §6.1). What was forwarded is told to who sent it, not to the address that
 * we made for the forward, where nobody reads. A delay is also told where the caller says so (`isOurs`):
 * our own users expect to hear of it without asking.
 */
export async function prepareReport(
  services: ReportServices,
  told: Reportable,
  isOurs = false,
): Promise<PreparedReport | null> {
  if (told.sender === "") return null;
  const about = {
    ...told,
    sender: restoreSender(told.sender, services.secretKey, services.clock.nowMs()) ?? told.sender,
  };
  const isUnasked = isOurs && about.action === "delayed" && about.dsn.notify === null;
  if (!isUnasked && !isWanted(about.dsn, occasionOf(about.action))) return null;
  const headerMessageId = `<${newId<Id<"MessageId">>(services.clock, services.random)}@${services.hostname}>`;
  // RFC 3461 §4.3: only failures bring the message back, and only one that is not too large to be sent again.
  const isWhole =
    about.dsn.returns === "full" &&
    about.action === "failed" &&
    Number(about.sizeBytes) <= mailflowLimits.reportWholeBytesMax;
  const report = composeReport(services, {
    ...about,
    to: about.sender,
    headerMessageId,
    aboutMessageId: about.headerMessageId,
    expiresAt: about.expiresAt ?? null,
    original: await originalOf(services, about, isWhole),
    isWhole,
  });
  return { about, blob: await services.blobs.put(about.tenantId, report), headerMessageId };
}

/** Queues the report, in the transaction of what it tells. */
export async function acceptReport(
  tx: TenantTx,
  services: ReportServices,
  report: PreparedReport | null,
): Promise<void> {
  if (report === null) return;
  const { about } = report;
  await acceptOutgoing(
    tx,
    {
      traceId: about.traceId,
      mailAccountId: null,
      blob: report.blob,
      sender: "",
      recipients: [about.sender],
      headerMessageId: report.headerMessageId,
      subject: reportSubjects[about.action],
      hops: 0,
    },
    services,
  );
  if (about.action === "failed") await recordEvent(tx, services, "bounced", about, about.reply);
}

/** Of a message that is lost or damaged nothing: its sender is told all the same. */
async function originalOf({ logger }: ReportServices, about: Reportable, isWhole: boolean): Promise<Bytes> {
  try {
    return isWhole ? await wholeOf(about) : await headersOf(about);
  } catch (error) {
    if (!(error instanceof Failure) || (error.kind !== "not_found" && error.kind !== "corrupt")) throw error;
    logger.error("mailflow.message_lost", error, { tenantId: about.tenantId, traceId: about.traceId });
    return utf8("");
  }
}

async function wholeOf(about: Reportable): Promise<Bytes> {
  const parts: Bytes[] = [];
  for await (const part of about.read()) parts.push(part.slice());
  return Buffer.concat(parts);
}

async function headersOf(about: Reportable): Promise<Bytes> {
  const kept: Buffer[] = [];
  let size = 0;
  for (const { raw } of await readHeaderFields(about.read())) {
    size += raw.length;
    if (size > mailflowLimits.bounceHeaderBytesMax) break;
    kept.push(Buffer.from(raw));
  }
  return Buffer.concat(kept);
}
