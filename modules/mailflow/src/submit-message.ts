import { type Bytes, Failure, type Id, newId, utf8 } from "@casaforte/kernel";
import { formatMailAddress, type MailAddress, maySendAs, parseMailAddress } from "@casaforte/modules/domains";
import { assertCapable } from "@casaforte/modules/measures";
import type { DsnRequest } from "@casaforte/smtp";
import addressparser from "nodemailer/lib/addressparser";
import { acceptOutgoing } from "./accept-message.ts";
import { enqueueBlobDeletion } from "./deliver-job.ts";
import { signatureOf } from "./dkim-signature.ts";
import { field, type HeaderField, joinMessage, messageIdOf, shownValue, splitMessage } from "./header-section.ts";
import { countRecipients, raiseRateAlarm } from "./rate-limit.ts";
import { formatRfc5322Date } from "./rfc5322-date.ts";
import type { MailflowServices, SubmissionUser } from "./services.ts";
import { spool } from "./spool.ts";
import { receivedField } from "./trace-headers.ts";
import type { OutgoingId, TraceId } from "./types.ts";

export interface SubmitInput {
  /** Given when the hand-over may run twice: the second one changes nothing. */
  readonly id?: OutgoingId;
  readonly user: SubmissionUser;
  /** Envelope sender; empty for the null sender of an automatic answer. */
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly message: AsyncIterable<Bytes>;
  readonly isOverSmtp: boolean;
  /** What the sender wants to be told, by recipient. */
  readonly dsn?: ReadonlyMap<string, DsnRequest>;
}

export interface SubmitResult {
  readonly traceId: TraceId;
  /** With its angle brackets; given to the message when it had none. */
  readonly headerMessageId: string;
}

/**
 * Takes a message from one of our accounts (RFC 6409), for SMTP submission and webmail alike: envelope and From must be
 * the account's own, Date and Message-ID are added, Bcc and forged trace fields go, the domain's DKIM key signs. When it
 * resolves, every recipient has a queue entry and a job.
 * @throws invalid `mailflow.from_missing`, `smtp.bad_recipient`; forbidden `smtp.sender_not_yours`,
 * `mailflow.sender_stopped`; rate_limited `mailflow.rate_limit`, `mailflow.domain_rate_limit`; too_large.
 */
export async function submitMessage(services: MailflowServices, input: SubmitInput): Promise<SubmitResult> {
  const { db, clock, random, hostname } = services;
  const { tenantId, mailAccountId } = input.user;
  const traceId = newId<TraceId>(clock, random);
  const recipients = [...new Set(input.recipients.map(parseRecipient))];
  await assertSender(services, input.user, input.sender);
  const split = await splitMessage(input.message);
  const from = await assertAligned(services, input.user, split.fields);
  const fields = completeFields(services, split.fields, from);
  const headerMessageId = messageIdOf(fields);
  const spooled = await spool(services.blobs, tenantId, joinMessage(fields, split.body));
  try {
    const signature = await signatureOf(services, tenantId, from.domain, spooled);
    const received = receivedField({
      helo: "",
      // The address of a customer's connection is nobody's business.
      remoteAddress: "",
      hostname,
      protocol: "ESMTPSA",
      id: traceId,
      recipient: null,
      atMs: clock.nowMs(),
    });
    const blob = await spooled.store(tenantId, utf8(`${input.isOverSmtp ? received : ""}${signature}`));
    const about = { traceId, sender: input.sender, headerMessageId, subject: shownValue(fields, "subject") };
    await db.tenant(tenantId, async (tx) => {
      const outgoing = { ...about, mailAccountId, blob, recipients, hops: 0, ...(input.dsn && { dsn: input.dsn }) };
      const isNew = await acceptOutgoing(tx, input.id ? { ...outgoing, id: input.id } : outgoing, services);
      if (isNew) await countRecipients(tx, services, mailAccountId, from.domain, recipients.length);
      else await enqueueBlobDeletion(tx, services, blob.id);
    });
  } catch (error) {
    if (error instanceof Failure && error.code === "mailflow.rate_limit")
      await raiseRateAlarm(services, tenantId, mailAccountId, recipients.length, {
        traceId,
        sender: input.sender,
        headerMessageId,
      });
    throw error;
  } finally {
    await spooled.discard().catch((error) => services.logger.warn("mailflow.spool_left", { reason: String(error) }));
  }
  return { traceId, headerMessageId };
}

export function parseRecipient(text: string): string {
  try {
    return formatMailAddress(parseMailAddress(text));
  } catch (cause) {
    throw new Failure("invalid", "smtp.bad_recipient", "this is not a mail address", { cause });
  }
}

const notYours = (cause?: unknown) =>
  new Failure("forbidden", "smtp.sender_not_yours", "the sender is not an address of this mail account", { cause });

function parseOwn(text: string): MailAddress {
  try {
    return parseMailAddress(text);
  } catch (cause) {
    throw notYours(cause);
  }
}

/** A refusal that needs no message comes before it is sent. @throws forbidden `smtp.sender_not_yours`, `measures.send_off`. */
export async function assertSender(services: MailflowServices, user: SubmissionUser, sender: string): Promise<void> {
  const address = sender === "" ? null : parseOwn(sender);
  const may = await services.db.tenant(
    user.tenantId,
    async (tx) => {
      await assertCapable(tx, "mail.send");
      return address === null || maySendAs(tx, user.mailAccountId, address);
    },
    { readOnly: true },
  );
  if (!may) throw notYours();
}

/** Every address in From and Sender must be the account's. Returns the first of From. */
async function assertAligned(
  services: MailflowServices,
  user: SubmissionUser,
  fields: readonly HeaderField[],
): Promise<MailAddress> {
  const froms = fields.filter(({ name }) => name === "from");
  const texts = (values: readonly HeaderField[]) =>
    values.flatMap(({ value }) => addressparser(value, { flatten: true }).map((one) => one.address ?? ""));
  const from = texts(froms);
  const first = from[0];
  // Two From fields are read differently by different clients: the one checked must be the one shown.
  if (froms.length !== 1 || first === undefined || first === "")
    throw new Failure("invalid", "mailflow.from_missing", "the message needs one From field with an address");
  const addresses = [...from, ...texts(fields.filter(({ name }) => name === "sender"))].map(parseOwn);
  await services.db.tenant(
    user.tenantId,
    async (tx) => {
      for (const address of addresses) if (!(await maySendAs(tx, user.mailAccountId, address))) throw notYours();
    },
    { readOnly: true },
  );
  return parseOwn(first);
}

const removed = new Set(["bcc", "return-path", "authentication-results", "x-bcc"]);

function completeFields(
  services: MailflowServices,
  fields: readonly HeaderField[],
  from: MailAddress,
): readonly HeaderField[] {
  const { clock, random } = services;
  const has = (name: string) => fields.some((one) => one.name === name);
  return [
    ...(has("message-id") ? [] : [field("Message-ID", `<${newId<Id<"MessageId">>(clock, random)}@${from.domain}>`)]),
    ...(has("date") ? [] : [field("Date", formatRfc5322Date(clock.nowMs()))]),
    ...fields.filter(({ name }) => !removed.has(name)),
  ];
}
