import { Failure } from "@casaforte/kernel";
import { formatMailAddress, type MailAddress, parseMailAddress } from "@casaforte/modules/domains";
import type { SmtpBackend, SmtpSender } from "@casaforte/smtp";
import { expandDirectly, expandRecipient, tooManyTargets } from "./expand-recipient.ts";
import { assertKnown } from "./greylist.ts";
import { type KnownRooms, mailboxFull, unknownRecipient } from "./known-rooms.ts";
import { restoreForwarded } from "./restore-forwarded.ts";
import type { MailflowServices } from "./services.ts";
import { type Intake, openIntake } from "./store-arrival.ts";
import { bounceRecipient, takeBounce } from "./take-bounce.ts";
import { type MxRecipient, takeMessage } from "./take-message.ts";
import { reportRecipient, takeReport } from "./take-report.ts";

function parseRecipient(text: string): MailAddress {
  try {
    return parseMailAddress(text);
  } catch (cause) {
    throw new Failure("invalid", "smtp.bad_recipient", "this is not an address we can deliver to", { cause });
  }
}

/** The halves of an address that we made ourselves. */
function asWritten(text: string): MailAddress {
  const at = text.lastIndexOf("@");
  return { local: text.slice(0, at).toLowerCase(), domain: text.slice(at + 1).toLowerCase() };
}

/**
 * Mail from anybody for hosted recipients (RFC 5321). RCPT says at once what is unknown, full or not ours; DATA stores
 * the message and, in one transaction, a delivery with its job for each account: then comes the 250. A transaction takes
 * recipients of one tenant only (452 4.5.3 for the others, which every sender tries next), so that the promise is
 * atomic.
 */
export function createMxBackend(services: MailflowServices): SmtpBackend<never, MxRecipient> {
  const intake = openIntake(services);
  /** The tenant of the transaction under way, by session and sender object. */
  const tenants = new WeakMap<object, string>();
  return {
    async mailFrom() {},
    async rcptTo(session, sender, text) {
      const recipient = await resolveRecipient(services, intake.rooms, text, sender);
      const tenant = tenants.get(sender);
      const { reads } = recipient;
      const whose = reads === undefined ? recipient.tenantId : reads.kind === "bounce" ? reads.outgoingId : reads.kind;
      if (tenant !== undefined && tenant !== whose)
        throw new Failure("over_quota", "smtp.one_tenant_a_time", "send this recipient in a message of its own");
      tenants.set(sender, whose);
      await assertNotGrey(intake, session.remoteAddress, sender.address, recipient);
      services.logger.debug("mailflow.recipient", { session: session.id, tenantId: recipient.tenantId });
      return recipient;
    },
    data(session, envelope, message) {
      const reads = envelope.recipients[0]?.target.reads;
      if (reads === undefined) return takeMessage(intake, session, envelope, message);
      if (reads.kind === "bounce") return takeBounce(services, reads.outgoingId, message);
      return takeReport(services, session, envelope.sender.address, message);
    },
  };
}

/** Greylisting, where the recipient's domain wants it. Mail of our own networks and the null sender pass. */
async function assertNotGrey(
  intake: Intake,
  remoteAddress: string,
  sender: string,
  { tenantId, address }: MxRecipient,
): Promise<void> {
  if (sender === "") return;
  const { policies } = await intake.filters.of(tenantId);
  if (policies.get(address.domain)?.greylist !== true) return;
  await assertKnown(intake.services, tenantId, { remoteAddress, sender, recipient: formatMailAddress(address) });
}

/**
 * What RCPT is told of an address. @throws invalid `smtp.bad_recipient`; forbidden `smtp.relay_denied`; not_found
 * `smtp.unknown_recipient`; too_large `mailflow.expansion`; over_quota `mailflow.mailbox_full`.
 */
export async function resolveRecipient(
  services: MailflowServices,
  rooms: KnownRooms,
  text: string,
  sender: Pick<SmtpSender, "address" | "sizeBytes">,
): Promise<MxRecipient> {
  // Before the name is judged: it carries the one of a stranger, which may be what ours may not.
  const returning = sender.address === "" ? await restoreForwarded(services, text) : null;
  if (returning !== null) {
    const { tenantId, original } = returning;
    return { tenantId, address: asWritten(text), accounts: [], forwards: [original] };
  }
  const address = parseRecipient(text);
  const reports = reportRecipient(services, address);
  if (reports !== null) return reports;
  const bounce = bounceRecipient(services, address, sender.address);
  if (bounce !== null) return bounce;
  const direct = await services.db.lookup((tx) => expandDirectly(tx, address), { readOnly: true, oneTrip: true });
  const result =
    direct ??
    (await services.db.lookup((tx) => expandRecipient(tx, formatMailAddress(address), services.providerDomain), {
      readOnly: true,
    }));
  if (result.kind === "not_hosted")
    throw new Failure("forbidden", "smtp.relay_denied", "relaying denied: this domain is not hosted here");
  if (result.kind === "too_many") throw tooManyTargets();
  if (result.kind === "unknown") throw unknownRecipient();
  const { tenantId, accounts, forwards } = result.expansion;
  const open = await rooms.open(tenantId, accounts, sender.sizeBytes ?? 0);
  // Another target takes it: then the full one misses a copy, rather than everybody.
  if (open.accounts.length > 0 || forwards.length > 0) return { tenantId, address, accounts: open.accounts, forwards };
  throw open.isFull ? mailboxFull() : unknownRecipient();
}
