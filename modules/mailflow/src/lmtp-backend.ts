import { BlockList, isIPv6 } from "node:net";
import { type Bytes, Failure, newId, type TenantId } from "@casaforte/kernel";
import type { SmtpBackend, SmtpEnvelope, SmtpSession } from "@casaforte/smtp";
import { isRefusal } from "./deliver-now.ts";
import { joinMessage, messageIdOf, splitMessage } from "./header-section.ts";
import { mailboxFull, unknownRecipient } from "./known-rooms.ts";
import { resolveRecipient } from "./mx-backend.ts";
import type { MailflowServices } from "./services.ts";
import { spool } from "./spool.ts";
import { type Intake, openIntake, storeArrival } from "./store-arrival.ts";
import { takeBounce } from "./take-bounce.ts";
import { isForged, type MxRecipient, planOf } from "./take-message.ts";
import { keepReports } from "./take-report.ts";
import { receivedField } from "./trace-headers.ts";
import type { TraceId } from "./types.ts";

type Envelope = SmtpEnvelope<MxRecipient>;

/** Networks in the form `10.0.0.0/8` or single addresses. */
function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = "", bits] = network.split("/");
    const family = isIPv6(base) ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(base, family);
    else list.addSubnet(base, Number(bits), family);
  }
  return list;
}

/**
 * Mail from a server of ours that stands in front (RFC 2033): it has checked sender and content, so nothing is checked
 * again; `X-Spam: Yes` or `X-Spam-Flag: YES` of its making leads to Junk. Verdicts in our name are not of its making and go:
 * we have found nothing. Each recipient has an answer of its own, across
 * tenants, and nothing is queued: what cannot be in a mailbox now is refused and stays with the sender.
 */
export function createLmtpBackend(
  services: MailflowServices,
  allowFrom: readonly string[],
): SmtpBackend<never, MxRecipient> {
  const intake = openIntake(services);
  const trusted = networkList(allowFrom);
  return {
    async connect({ remoteAddress }) {
      if (!trusted.check(remoteAddress, isIPv6(remoteAddress) ? "ipv6" : "ipv4"))
        throw new Failure("forbidden", "smtp.not_trusted", "this listener is for our own servers");
    },
    async mailFrom() {},
    rcptTo: (_session, sender, text) => resolveRecipient(services, intake.rooms, text, sender),
    data: (session, envelope, message) => takeForEach(intake, session, envelope, message),
  };
}

async function takeForEach(
  intake: Intake,
  session: SmtpSession<never>,
  envelope: Envelope,
  message: AsyncIterable<Bytes>,
): Promise<{ queuedAs: string; refused: readonly unknown[] }> {
  const { services } = intake;
  const { clock, random, hostname } = services;
  const [first] = envelope.recipients;
  if (first === undefined) throw new Failure("precondition", "mailflow.no_recipient", "no recipient");
  const { fields, body } = await splitMessage(message);
  const kept = fields.filter(({ name, value }) => !isForged(name, value, hostname));
  const isSpam = fields.some(
    ({ name, value }) => (name === "x-spam" || name === "x-spam-flag") && value.toLowerCase().startsWith("yes"),
  );
  const spooled = await spool(services.blobs, first.target.tenantId, joinMessage(kept, body));
  const traceId = newId<TraceId>(clock, random);
  const store = async (tenantId: TenantId, recipients: Envelope["recipients"]) => {
    const plan = planOf({ recipients });
    const trace = receivedField({
      helo: session.helo,
      remoteAddress: session.remoteAddress,
      hostname,
      protocol: "LMTP",
      id: traceId,
      recipient: recipients.length === 1 ? (recipients[0]?.address ?? null) : null,
      atMs: clock.nowMs(),
    });
    await storeArrival(intake, {
      tenantId,
      traceId,
      sender: envelope.sender.address,
      headerMessageId: messageIdOf(fields),
      fields: kept,
      spooled,
      trace,
      accounts: plan.accounts.map((one) => ({ ...one, place: isSpam ? "junk" : "inbox", judgement: null })),
      forwards: plan.forwards,
      cameFrom: `${session.remoteAddress}, LMTP`,
      otherwise: "refuse",
    });
  };
  try {
    const troubles = new Map<Envelope["recipients"][number], unknown>();
    const { address: sender } = envelope.sender;
    for (const one of envelope.recipients) {
      const { reads } = one.target;
      if (reads === undefined) continue;
      const taking =
        reads.kind === "bounce"
          ? takeBounce(services, reads.outgoingId, spooled.read())
          : keepReports(services, { session, sender, spooled, isBehindFront: true });
      troubles.set(
        one,
        await taking.then(
          () => null,
          (error: unknown) => error,
        ),
      );
    }
    for (const [tenantId, recipients] of byTenant(
      envelope.recipients.filter(({ target }) => target.reads === undefined),
    )) {
      const trouble = await store(tenantId, recipients).then(() => null, explain);
      // One of them is full or gone: each has its own answer.
      if (isRefusal(trouble) && recipients.length > 1)
        for (const one of recipients) troubles.set(one, await store(tenantId, [one]).then(() => null, explain));
      else for (const one of recipients) troubles.set(one, trouble);
    }
    return { queuedAs: traceId, refused: envelope.recipients.map((one) => troubles.get(one) ?? null) };
  } finally {
    await spooled.discard().catch((error) => services.logger.warn("mailflow.spool_left", { reason: String(error) }));
  }
}

function byTenant(recipients: Envelope["recipients"]): ReadonlyMap<TenantId, Envelope["recipients"]> {
  const groups = new Map<TenantId, Envelope["recipients"][number][]>();
  for (const one of recipients) {
    const group = groups.get(one.target.tenantId) ?? [];
    group.push(one);
    groups.set(one.target.tenantId, group);
  }
  return groups;
}

/** The store's words in those of RCPT. */
function explain(error: unknown): unknown {
  if (!isRefusal(error)) return error;
  if (error.kind === "over_quota") return mailboxFull();
  return error.kind === "not_found" ? unknownRecipient() : error;
}
