import {
  type Bytes,
  concatBytes,
  Failure,
  type MailAccountId,
  newId,
  providerTenantId,
  type TenantId,
} from "@casaforte/kernel";
import { formatMailAddress, type MailAddress } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import type { DsnRequest, SmtpEnvelope, SmtpSession } from "@casaforte/smtp";
import type { PlannedForward } from "./arrived-message.ts";
import { type AuthenticationVerdict, authenticateMessage } from "./authenticate-message.ts";
import { countArrival } from "./count-for-report.ts";
import { forUnproven } from "./dsn.ts";
import { isFeedbackReport, readFeedbackReport } from "./feedback-report.ts";
import { type HeaderField, joinMessage, messageIdOf, splitMessage } from "./header-section.ts";
import { type Judgement, judgeMessage } from "./judge-message.ts";
import type { TenantFilters } from "./known-filters.ts";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { type Spooled, spool } from "./spool.ts";
import { type AbuseCase, insertAbuseCase } from "./store-abuse.ts";
import { type Intake, storeArrival } from "./store-arrival.ts";
import { receivedField } from "./trace-headers.ts";
import type { OutgoingId, Place, TraceId } from "./types.ts";
import { askOutside, commonEvidence, weighFor } from "./weigh-arrival.ts";

/** What a recipient leads to, all inside one tenant. */
export interface MxRecipient {
  readonly tenantId: TenantId;
  readonly address: MailAddress;
  readonly accounts: readonly MailAccountId[];
  readonly forwards: readonly string[];
  /** What comes is read, not delivered: reports about domains, or a report on that mail of the service. */
  readonly reads?: { readonly kind: "domain_reports" } | { readonly kind: "bounce"; readonly outgoingId: OutgoingId };
}

type Session = SmtpSession<never>;

/** DATA of an MX: checked, then stored for every recipient, or refused for all of them. */
export async function takeMessage(
  intake: Intake,
  session: Session,
  envelope: SmtpEnvelope<MxRecipient>,
  message: AsyncIterable<Bytes>,
): Promise<{ queuedAs: string }> {
  const { services } = intake;
  const tenantId = envelope.recipients[0]?.target.tenantId;
  if (tenantId === undefined) throw new Failure("precondition", "mailflow.no_recipient", "no recipient");
  const { fields, body } = await splitMessage(message);
  const kept = fields.filter(({ name, value }) => !isForged(name, value, services.hostname));
  const spooled = await spool(services.blobs, tenantId, joinMessage(kept, body));
  try {
    return await checkAndStore(intake, session, envelope, { spooled, fields: kept }, tenantId);
  } finally {
    await spooled.discard().catch((error) => services.logger.warn("mailflow.spool_left", { reason: String(error) }));
  }
}

/** Verdicts in our name and a return path are ours to write (RFC 8601 §5, RFC 5321 §4.4). */
export const isForged = (name: string, value: string, hostname: string): boolean =>
  name === "return-path" || (name === "authentication-results" && namedBy(value) === hostname.toLowerCase());

/** Who says so: comments around it and quotes change nothing (RFC 8601 §2.2). */
function namedBy(value: string): string {
  const text = behindComments(value.toLowerCase());
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return quoted?.replace(/\\(.)/g, "$1") ?? text.split(/[\s;(]/)[0] ?? "";
}

function behindComments(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (depth > 0 && letter === "\\") at++;
    else if (letter === "(") depth++;
    else if (letter === ")" && depth > 0) depth--;
    else if (depth === 0 && letter.trim() !== "") return text.slice(at);
  }
  return "";
}

async function checkAndStore(
  intake: Intake,
  session: Session,
  envelope: SmtpEnvelope<MxRecipient>,
  { spooled, fields }: { readonly spooled: Spooled; readonly fields: readonly HeaderField[] },
  tenantId: TenantId,
): Promise<{ queuedAs: string }> {
  const { services } = intake;
  const { clock, random, hostname } = services;
  const traceId = newId<TraceId>(clock, random);
  const sender = envelope.sender.address;
  const plan = planOf(envelope);
  const { remoteAddress, helo } = session;
  const recipients = envelope.recipients.map(({ address }) => address);
  const [verdict, listings, outside] = await Promise.all([
    authenticateMessage(
      { message: spooled.read(), remoteAddress, helo, sender, hostname },
      services.authResolver,
      services,
    ),
    services.blockLists?.listingsOf(remoteAddress) ?? [],
    askOutside(services, () => ({ message: spooled.read(), remoteAddress, helo, sender, recipients, traceId })),
  ]);
  const asksRefusal = verdict.dmarc === "fail" && verdict.policy === "reject";
  if (asksRefusal && verdict.isPolicyUnsure)
    throw new Failure(
      "unavailable",
      "mailflow.dmarc_unsure",
      "the DNS of the domain in From does not answer right now",
    );
  if (asksRefusal) {
    await countArrival(services, remoteAddress, verdict);
    throw new Failure("forbidden", "mailflow.dmarc", "the domain in From asks to refuse mail that fails DMARC");
  }
  const filters = await intake.filters.of(tenantId);
  const common = commonEvidence(verdict, listings, outside, fields);
  const judgements = await weighFor(services, tenantId, filters, { ...plan, common, sender, fields, spooled });
  const isSpam = judgeMessage({ ...common, bayes: null, rule: null }).isSpam;
  // What an address asks for that the sender may have made up would be mail nobody asked for.
  const isProven = !isSpam && (verdict.spf === "pass" || verdict.dmarc === "skipped");
  const dsnFor = (dsn: DsnRequest) => (isProven ? dsn : forUnproven(dsn));
  const accounts = plan.accounts.map((one) => {
    const judgement = judgements.get(one.account) ?? judgeMessage({ ...common, bayes: null, rule: null });
    return { ...one, dsn: dsnFor(one.dsn), judgement, place: placeOf(judgement, verdict, filters, one.recipient) };
  });
  const isDenied = ({ judgement }: { readonly judgement: Judgement }) => judgement.reasons.includes("DENIED");
  if (plan.forwards.length === 0 && accounts.length > 0 && accounts.every(isDenied))
    throw new Failure("forbidden", "mailflow.sender_denied", "the recipient does not want mail from this sender");
  // What we pass on is counted against us: spam is not passed on.
  if (isSpam && accounts.length === 0)
    throw new Failure("forbidden", "mailflow.spam_not_forwarded", "this message looks like spam and is not forwarded");
  const received = receivedField({
    helo,
    remoteAddress,
    hostname,
    protocol: session.isSecure ? "ESMTPS" : "ESMTP",
    id: traceId,
    recipient: recipients.length === 1 ? (recipients[0] ?? null) : null,
    atMs: clock.nowMs(),
  });
  const complaint = await complaintIn(services, tenantId, envelope, fields, spooled);
  await storeArrival(intake, {
    ...(complaint === null ? {} : { also: (tx: TenantTx) => insertAbuseCase(tx, complaint) }),
    tenantId,
    traceId,
    sender,
    headerMessageId: messageIdOf(fields),
    fields,
    spooled,
    trace: `${received}${verdict.headers}`,
    accounts,
    forwards: isSpam ? [] : plan.forwards.map((one) => ({ ...one, dsn: dsnFor(one.dsn) })),
    cameFrom: `${remoteAddress}${session.isSecure ? ", TLS" : ""}; SPF ${verdict.spf}, DKIM ${verdict.dkim}, DMARC ${verdict.dmarc}`,
    otherwise: "promise",
  });
  await countArrival(services, remoteAddress, verdict);
  services.logger.info("mailflow.accepted", { traceId, tenantId, session: session.id, accounts: accounts.length });
  return { queuedAs: traceId };
}

/** A feedback report for the provider's abuse desk becomes a case besides being mail. */
async function complaintIn(
  services: MailflowServices,
  tenantId: TenantId,
  envelope: SmtpEnvelope<MxRecipient>,
  fields: readonly HeaderField[],
  spooled: Spooled,
): Promise<AbuseCase | null> {
  const isForDesk = envelope.recipients.some(({ target }) => target.address.local === "abuse");
  if (tenantId !== providerTenantId || !isForDesk || !isFeedbackReport(fields)) return null;
  if (spooled.sizeBytes > mailflowLimits.learnBytesMax) return null;
  const parts: Bytes[] = [];
  for await (const part of spooled.read()) parts.push(part);
  return readFeedbackReport(services, concatBytes(parts));
}

function placeOf(
  judgement: Judgement,
  verdict: AuthenticationVerdict,
  filters: TenantFilters,
  recipient: string,
): Place | "quarantine" {
  const isFailed = verdict.dmarc === "fail" && verdict.policy === "quarantine";
  if (!judgement.isSpam && !isFailed) return "inbox";
  const domain = recipient.slice(recipient.lastIndexOf("@") + 1);
  return filters.policies.get(domain)?.spamAction === "quarantine" ? "quarantine" : "junk";
}

export interface Plan {
  readonly accounts: readonly PlannedAccount[];
  readonly forwards: readonly PlannedForward[];
}

export interface PlannedAccount {
  readonly account: MailAccountId;
  readonly recipient: string;
  readonly dsn: DsnRequest;
}

/** Each account once, whichever of its addresses were named; each forward target once. */
export function planOf(envelope: Pick<SmtpEnvelope<MxRecipient>, "recipients">): Plan {
  const accounts = new Map<MailAccountId, PlannedAccount>();
  const seen = new Set<string>();
  const forwards: PlannedForward[] = [];
  for (const { target, dsn } of envelope.recipients) {
    const recipient = formatMailAddress(target.address);
    for (const account of target.accounts)
      if (!accounts.has(account)) accounts.set(account, { account, recipient, dsn });
    const targets = target.forwards.filter((one) => !seen.has(one));
    for (const one of targets) seen.add(one);
    const isOnlyTarget = target.accounts.length === 0 && targets.length === 1;
    if (targets.length > 0) forwards.push({ via: target.address, targets, dsn, isOnlyTarget });
  }
  return { accounts: [...accounts.values()], forwards };
}
