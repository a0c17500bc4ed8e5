import { type Bytes, Failure, type MailAccountId, newId, type TenantId } from "@casaforte/kernel";
import { formatMailAddress, type MailAddress } from "@casaforte/modules/domains";
import type { SmtpEnvelope, SmtpSession } from "@casaforte/smtp";
import { authenticateMessage } from "./authenticate-message.ts";
import { joinMessage, messageIdOf, readHeaderFields, splitMessage } from "./header-section.ts";
import { type Spooled, spool } from "./spool.ts";
import { type Intake, storeArrival } from "./store-arrival.ts";
import { receivedField } from "./trace-headers.ts";
import type { Place, TraceId } from "./types.ts";

/** What a recipient leads to, all inside one tenant. */
export interface MxRecipient {
  readonly tenantId: TenantId;
  readonly address: MailAddress;
  readonly accounts: readonly MailAccountId[];
  readonly forwards: readonly string[];
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
    return await checkAndStore(intake, session, envelope, spooled, tenantId);
  } finally {
    await spooled.discard().catch((error) => services.logger.warn("mailflow.spool_left", { reason: String(error) }));
  }
}

/** Verdicts in our name and a return path are ours to write (RFC 8601 §5, RFC 5321 §4.4). */
export const isForged = (name: string, value: string, hostname: string): boolean =>
  name === "return-path" ||
  (name === "authentication-results" && value.toLowerCase().split(/[\s;]/)[0] === hostname.toLowerCase());

async function checkAndStore(
  intake: Intake,
  session: Session,
  envelope: SmtpEnvelope<MxRecipient>,
  spooled: Spooled,
  tenantId: TenantId,
): Promise<{ queuedAs: string }> {
  const { services } = intake;
  const { clock, random, hostname } = services;
  const traceId = newId<TraceId>(clock, random);
  const sender = envelope.sender.address;
  const verdict = await authenticateMessage(
    { message: spooled.read(), remoteAddress: session.remoteAddress, helo: session.helo, sender, hostname },
    services.authResolver,
    services,
  );
  if (verdict.dmarc === "fail" && verdict.policy === "reject")
    throw new Failure("forbidden", "mailflow.dmarc", "the domain in From asks to refuse mail that fails DMARC");
  const place: Place = verdict.dmarc === "fail" && verdict.policy === "quarantine" ? "junk" : "inbox";
  const received = receivedField({
    helo: session.helo,
    remoteAddress: session.remoteAddress,
    hostname,
    protocol: session.isSecure ? "ESMTPS" : "ESMTP",
    id: traceId,
    recipient: envelope.recipients.length === 1 ? (envelope.recipients[0]?.address ?? null) : null,
    atMs: clock.nowMs(),
  });
  const plan = planOf(envelope);
  await storeArrival(intake, {
    tenantId,
    traceId,
    sender,
    headerMessageId: messageIdOf(await readHeaderFields(spooled.read())),
    spooled,
    trace: `${received}${verdict.headers}`,
    accounts: plan.accounts.map((one) => ({ ...one, place })),
    forwards: plan.forwards,
    cameFrom: `${session.remoteAddress}${session.isSecure ? ", TLS" : ""}`,
    otherwise: "promise",
  });
  services.logger.info("mailflow.accepted", { traceId, tenantId, session: session.id, accounts: plan.accounts.length });
  return { queuedAs: traceId };
}

export interface Plan {
  readonly accounts: readonly { readonly account: MailAccountId; readonly recipient: string }[];
  readonly forwards: readonly { readonly via: MailAddress; readonly targets: readonly string[] }[];
}

/** Each account once, whichever of its addresses were named; each forward target once. */
export function planOf(envelope: Pick<SmtpEnvelope<MxRecipient>, "recipients">): Plan {
  const accounts = new Map<MailAccountId, string>();
  const seen = new Set<string>();
  const forwards: { via: MailAddress; targets: string[] }[] = [];
  for (const { target } of envelope.recipients) {
    const recipient = formatMailAddress(target.address);
    for (const account of target.accounts) if (!accounts.has(account)) accounts.set(account, recipient);
    const targets = target.forwards.filter((one) => !seen.has(one));
    for (const one of targets) seen.add(one);
    if (targets.length > 0) forwards.push({ via: target.address, targets });
  }
  return { accounts: [...accounts].map(([account, recipient]) => ({ account, recipient })), forwards };
}
