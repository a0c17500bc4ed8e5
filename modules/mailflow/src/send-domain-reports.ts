import { type Bytes, Failure, newId, parseId, providerTenantId, utf8 } from "@casaforte/kernel";
import { parseMailAddress } from "@casaforte/modules/domains";
import type { JobHandler } from "@casaforte/platform/jobs";
import { acceptOutgoing } from "./accept-message.ts";
import { enqueueBlobDeletion } from "./deliver-job.ts";
import { signatureOf } from "./dkim-signature.ts";
import { readDmarcReport } from "./dmarc-report.ts";
import type { DomainReportId } from "./domain-report.ts";
import { mailflowLimits } from "./limits.ts";
import { type DmarcLine, dayOf, type ReportDay, type TlsLine } from "./report-line.ts";
import { reportSender } from "./report-sender.ts";
import { destinationHost, dmarcWishesOf, type ReportDestination, tlsWishesOf } from "./report-wishes.ts";
import type { MailflowServices, ReportsOut } from "./services.ts";
import { memorySpool } from "./spool.ts";
import { deferReport, finishReport, selectDueReports, selectLines } from "./store-report-counts.ts";
import { keepReport, reportRecipient } from "./take-report.ts";
import { readTlsReport } from "./tls-report.ts";
import type { OutgoingId, TraceId } from "./types.ts";
import {
  type CountedDay,
  composeReportMail,
  reportMessageId,
  reportSubject,
  type WrittenReport,
  writeReport,
} from "./write-domain-report.ts";

export const domainReportsTask = "mailflow.domain_reports";

/**
 * Tells each domain whose DNS asks for it of the days that are over: one report a day and kind, through our own queue or,
 * for TLS, to a web server. What cannot be told now is tried at the next run, up to `reportTriesMax` times.
 */
export function sendReportsHandler(services: MailflowServices): JobHandler {
  return {
    task: domainReportsTask,
    async run(_payload, { signal }) {
      const { reportsOut, db, clock } = services;
      if (!reportsOut) return;
      const { reportsOutPerRunMax, reportsOutTogetherMax, reportSettleMs } = mailflowLimits;
      const before = dayOf(clock.nowMs() - reportSettleMs);
      const due = await db.tenant(providerTenantId, (tx) => selectDueReports(tx, before, reportsOutPerRunMax));
      const run: Run = { services, reportsOut, signal, sentTo: new Map() };
      for (let at = 0; at < due.length; at += reportsOutTogetherMax) {
        signal.throwIfAborted();
        const together = due.slice(at, at + reportsOutTogetherMax);
        await Promise.all(together.map((day) => tellOrDefer(run, day)));
      }
    },
  };
}

interface Run {
  readonly services: MailflowServices;
  readonly reportsOut: ReportsOut;
  readonly signal: AbortSignal;
  /** TLS reports of this run, by the host that they went to. */
  readonly sentTo: Map<string, number>;
}

/** @throws rate_limited `mailflow.report_host_full`: the rest of that host's go with later runs, or never. */
function takeRoom({ sentTo }: Run, wishes: readonly ReportDestination[]): void {
  const hosts = new Set(wishes.map(destinationHost));
  for (const host of hosts)
    if ((sentTo.get(host) ?? 0) >= mailflowLimits.tlsReportsToHostPerRunMax)
      throw new Failure("rate_limited", "mailflow.report_host_full", `${host} has had enough reports for now`);
  for (const host of hosts) sentTo.set(host, (sentTo.get(host) ?? 0) + 1);
}

async function tellOrDefer(run: Run, day: ReportDay): Promise<void> {
  const { services, signal } = run;
  const { db, logger } = services;
  const { kind, domain } = day;
  try {
    await tell(run, day);
  } catch (error) {
    signal.throwIfAborted();
    logger.warn("mailflow.report_not_sent", {
      kind,
      domain,
      reason: error instanceof Error ? error.message : String(error),
    });
    const isLast = day.tries + 1 >= mailflowLimits.reportTriesMax;
    await db.tenant(providerTenantId, async (tx) => {
      if (isLast) await finishReport(tx, day);
      else await deferReport(tx, day);
    });
  }
}

async function tell(run: Run, day: ReportDay): Promise<void> {
  const { services, reportsOut } = run;
  const { db } = services;
  const wishesOf = day.kind === "tls" ? tlsWishesOf : dmarcWishesOf;
  const wishes = await wishesOf(reportsOut, day.domain);
  if (wishes.length === 0) {
    await db.tenant(providerTenantId, (tx) => finishReport(tx, day));
    return;
  }
  if (day.kind === "tls") takeRoom(run, wishes);
  const report = await writeReport(await countedDay(services, day), services.providerDomain);
  // Before the mails: these are promised once, a post may be repeated. The report's id tells the receiver.
  for (const wish of wishes) if (wish.kind === "https") await post(run, wish.url, report, day);
  const to = [...new Set(wishes.flatMap((wish) => addressesIn(wish, report)))];
  const own = to.filter((address) => reportRecipient(services, parseMailAddress(address)) !== null);
  if (own.length > 0) await keepOwn(services, day, report);
  const others = to.filter((address) => !own.includes(address));
  if (others.length > 0) await mail(services, day, report, others);
  else await db.tenant(providerTenantId, (tx) => finishReport(tx, day));
  services.logger.info("mailflow.report_sent", { kind: day.kind, domain: day.domain, destinations: wishes.length });
}

/** Promises the mail with the report, in the transaction that calls the day told. */
async function mail(
  services: MailflowServices,
  day: ReportDay,
  report: WrittenReport,
  to: readonly string[],
): Promise<void> {
  const message = await signedMail(services, day, report, to);
  const blob = await services.blobs.put(providerTenantId, message);
  await services.db.tenant(providerTenantId, async (tx) => {
    if (!(await finishReport(tx, day))) return enqueueBlobDeletion(tx, services, blob.id);
    const outgoing = {
      id: parseId<OutgoingId>(day.reportId),
      traceId: parseId<TraceId>(day.reportId),
      mailAccountId: null,
      blob,
      sender: reportSender(services, day.kind),
      recipients: to,
      headerMessageId: reportMessageId(day, services),
      subject: reportSubject(day, services.providerDomain),
      hops: 0,
      dsn: new Map(to.map((one) => [one, neverTold])),
    };
    await acceptOutgoing(tx, outgoing, services);
  });
}

/** NOTIFY=NEVER: nobody waits for news of a report (RFC 3461 §4.1). */
const neverTold = { notify: [], originalRecipient: null, envelopeId: null, returns: null } as const;

async function countedDay({ db }: MailflowServices, day: ReportDay): Promise<CountedDay> {
  const { kind } = day;
  return kind === "tls"
    ? { ...day, kind, lines: await db.tenant(providerTenantId, (tx) => selectLines<TlsLine>(tx, day)) }
    : { ...day, kind, lines: await db.tenant(providerTenantId, (tx) => selectLines<DmarcLine>(tx, day)) };
}

/** As it travels, in base64. */
const addressesIn = (wish: ReportDestination, { packed }: WrittenReport): readonly string[] =>
  wish.kind === "mail" && (packed.length * 4) / 3 <= wish.sizeBytesMax ? [wish.address] : [];

/** RFC 8460 §5.2. A server that is none of the public internet is passed over; one that is away is tried again. */
async function post(
  { reportsOut, signal }: Run,
  url: string,
  { type, packed }: WrittenReport,
  day: ReportDay,
): Promise<void> {
  try {
    const status = await reportsOut.post(url, { type, body: packed }, signal);
    if (status < 200 || status >= 300)
      throw new Failure("unavailable", "mailflow.report_refused", `the server answered ${status}`);
  } catch (error) {
    const isLast = day.tries + 1 >= mailflowLimits.reportTriesMax;
    if (isLast || (error instanceof Failure && error.kind === "forbidden")) return;
    throw error;
  }
}

/** A domain of ours that asks for its reports where ours are read gets them without a detour. */
async function keepOwn(services: MailflowServices, { kind }: ReportDay, { text }: WrittenReport): Promise<void> {
  const { clock, random, providerDomain } = services;
  const receivedAt = new Date(clock.nowMs());
  for (const report of kind === "tls" ? readTlsReport(text) : [readDmarcReport(text)]) {
    const id = newId<DomainReportId>(clock, random);
    await keepReport(services, { ...report, id, reporter: providerDomain, receivedAt });
  }
}

/** RFC 8460 §5.3 wants it signed, and nobody would believe it otherwise. @throws unavailable `mailflow.report_unsigned`. */
async function signedMail(
  services: MailflowServices,
  day: ReportDay,
  report: WrittenReport,
  to: readonly string[],
): Promise<Bytes> {
  const mail = composeReportMail(services, day, report, to);
  const spooled = memorySpool(services.blobs, mail);
  const signature = await signatureOf(services, providerTenantId, services.providerDomain, spooled);
  if (signature === "")
    throw new Failure("unavailable", "mailflow.report_unsigned", "the provider's domain has no DKIM key that signs");
  return Buffer.concat([utf8(signature), mail]);
}
