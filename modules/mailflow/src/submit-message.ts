import { type BlobId, type Bytes, Failure, type Id, newId, type TenantId, utf8 } from "@casaforte/kernel";
import {
  formatMailAddress,
  isDomainHosted,
  listSenderAddresses,
  type MailAddress,
  parseAnyAddress,
  parseMailAddress,
  type SenderAddress,
  senderRightIn,
  withoutPlus,
} from "@casaforte/modules/domains";
import type { DsnRequest } from "@casaforte/smtp";
import addressparser from "nodemailer/lib/addressparser";
import { acceptOutgoing } from "./accept-message.ts";
import { enqueueBlobDeletion } from "./deliver-job.ts";
import { signatureOf } from "./dkim-signature.ts";
import { field, type HeaderField, joinMessage, messageIdOf, shownValue, splitMessage } from "./header-section.ts";
import { countRecipients, raiseDomainAlarm, raiseRateAlarm } from "./rate-limit.ts";
import { formatRfc5322Date } from "./rfc5322-date.ts";
import type { MailflowServices, SubmissionUser } from "./services.ts";
import { spool } from "./spool.ts";
import { assertMaySend } from "./stop-sender.ts";
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
 * the account's own, Date and Message-ID are added, Bcc and forged trace fields go, the domain's DKIM key signs. What is
 * written on behalf of another names the account in Sender (RFC 5322 §3.6.2), and bounces go to the account. When it
 * resolves, every recipient has a queue entry and a job.
 * @throws invalid `mailflow.from_missing`, `smtp.bad_recipient`; forbidden `smtp.sender_not_yours`,
 * `mailflow.sender_stopped`; rate_limited `mailflow.rate_limit`, `mailflow.domain_rate_limit`; too_large.
 */
export async function submitMessage(services: MailflowServices, input: SubmitInput): Promise<SubmitResult> {
  const message = input.message[Symbol.asyncIterator]();
  try {
    return await submit(services, { ...input, message: { [Symbol.asyncIterator]: () => message } });
  } finally {
    // One that is refused behind its header has the rest unread, and whatever it was read from open.
    await message.return?.();
  }
}

async function submit(services: MailflowServices, input: SubmitInput): Promise<SubmitResult> {
  const { db, clock, random, hostname } = services;
  const { tenantId, mailAccountId } = input.user;
  const traceId = newId<TraceId>(clock, random);
  const recipients = await recipientsOf(services, input.recipients);
  const sender = await admitSender(services, input.user, input.sender);
  const split = await splitMessage(input.message);
  const { from, onBehalfBy } = await assertAligned(services, input.user, split.fields);
  const fields = completeFields(services, withSender(split.fields, onBehalfBy), from);
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
    const about = { traceId, sender, headerMessageId, subject: shownValue(fields, "subject") };
    let mayBeNoted = false;
    const noted = db.tenant(tenantId, async (tx) => {
      const outgoing = { ...about, mailAccountId, blob, recipients, hops: 0, ...(input.dsn && { dsn: input.dsn }) };
      const isNew = await acceptOutgoing(tx, input.id ? { ...outgoing, id: input.id } : outgoing, services);
      if (isNew) await countRecipients(tx, services, mailAccountId, from.domain, recipients.length);
      else await enqueueBlobDeletion(tx, services, blob.id);
      mayBeNoted = true;
    });
    await noted.catch(async (error: unknown) => {
      // Once the commit was asked for a row may name the bytes, whatever was answered.
      if (!mayBeNoted) await drop(services, tenantId, blob.id);
      throw error;
    });
  } catch (error) {
    if (error instanceof Failure && error.code === "mailflow.rate_limit")
      await raiseRateAlarm(services, tenantId, mailAccountId, recipients.length, {
        traceId,
        sender,
        headerMessageId,
      });
    if (error instanceof Failure && error.code === "mailflow.domain_rate_limit")
      await raiseDomainAlarm(services, tenantId, from.domain, { traceId, sender, headerMessageId });
    throw error;
  } finally {
    await spooled.discard().catch((error) => services.logger.warn("mailflow.spool_left", { reason: String(error) }));
  }
  return { traceId, headerMessageId };
}

/** What cannot be deleted now is the collector's. */
async function drop({ blobs, logger }: MailflowServices, tenantId: TenantId, id: BlobId): Promise<void> {
  await blobs.delete(tenantId, id).catch((error) => logger.warn("mailflow.refused_left", { reason: String(error) }));
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

/** Each once. Ours are the same in any case of letters. */
async function recipientsOf({ db }: MailflowServices, texts: readonly string[]): Promise<readonly string[]> {
  const written = texts.map(parseRecipient);
  const asked = [...new Set(written.filter((one) => one !== one.toLowerCase()).map(domainOf))];
  const hosted = new Set<string>();
  if (asked.length > 0)
    await db.lookup(
      async (tx) => {
        for (const domain of asked) if (await isDomainHosted(tx, domain)) hosted.add(domain);
      },
      { readOnly: true },
    );
  return [...new Set(written.map((one) => (hosted.has(domainOf(one)) ? one.toLowerCase() : one)))];
}

/** As it is written: a name elsewhere is for its own server to read (RFC 5321 §2.4). @throws invalid `smtp.bad_recipient`. */
export function parseRecipient(text: string): string {
  try {
    return formatMailAddress(parseAnyAddress(text));
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

/**
 * A refusal that needs no message comes before it is sent. Answers the envelope's sender: who sends on behalf of another gets
 * the bounces himself. @throws forbidden `smtp.sender_not_yours`, `measures.send_off`, `mailflow.sender_stopped`.
 */
export async function admitSender(services: MailflowServices, user: SubmissionUser, sender: string): Promise<string> {
  const address = sender === "" ? null : parseOwn(sender);
  return services.db.tenant(
    user.tenantId,
    async (tx) => {
      await assertMaySend(tx, user.mailAccountId);
      if (address === null) return sender;
      const own = await listSenderAddresses(tx, user.mailAccountId);
      const right = senderRightIn(own, address);
      if (right === null) throw notYours();
      return right === "on_behalf" ? ownAddress(own) : sender;
    },
    { readOnly: true },
  );
}

/** By what an account is known itself. An account without an address of its own sends on nobody's behalf. */
function ownAddress(addresses: readonly SenderAddress[]): string {
  const own = addresses.find(({ right }) => right === "own");
  if (own === undefined) throw notYours();
  return own.address;
}

interface Alignment {
  /** The first address of From. */
  readonly from: MailAddress;
  /** The account's own addresses, the first its main one, when From holds one on whose behalf it may write; else empty. */
  readonly onBehalfBy: readonly string[];
}

/** Every address in From must be one the account may write as or on behalf of, every one in Sender one it may write as. */
async function assertAligned(
  services: MailflowServices,
  user: SubmissionUser,
  fields: readonly HeaderField[],
): Promise<Alignment> {
  const froms = fields.filter(({ name }) => name === "from");
  const from = addressTexts(froms);
  const first = from[0];
  // Two From fields are read differently by different clients: the one checked must be the one shown.
  if (froms.length !== 1 || first === undefined || first === "")
    throw new Failure("invalid", "mailflow.from_missing", "the message needs one From field with an address");
  const senders = addressTexts(fields.filter(({ name }) => name === "sender")).map(parseOwn);
  const own = await services.db.tenant(user.tenantId, (tx) => listSenderAddresses(tx, user.mailAccountId), {
    readOnly: true,
  });
  const rights = from.map((text) => senderRightIn(own, parseOwn(text)));
  const mayBeSender = (address: MailAddress) => ["own", "as"].includes(senderRightIn(own, address) ?? "");
  if (rights.includes(null) || !senders.every(mayBeSender)) throw notYours();
  const isOnBehalf = rights.includes("on_behalf");
  if (!isOnBehalf) return { from: parseOwn(first), onBehalfBy: [] };
  const themselves = own.filter(({ right }) => right === "own").map(({ address }) => address);
  if (themselves.length === 0) throw notYours();
  return { from: parseOwn(first), onBehalfBy: themselves };
}

const addressTexts = (fields: readonly HeaderField[]): string[] =>
  fields.flatMap(({ value }) => addressparser(value, { flatten: true }).map((one) => one.address ?? ""));

/** The fields with one Sender that names who writes, if he writes on another's behalf; his own wording of it is kept. */
function withSender(fields: readonly HeaderField[], onBehalfBy: readonly string[]): readonly HeaderField[] {
  const [main] = onBehalfBy;
  if (main === undefined) return fields;
  const given = fields.filter(({ name }) => name === "sender");
  const [named, ...more] = addressTexts(given);
  const isSelf =
    given.length === 1 &&
    more.length === 0 &&
    named !== undefined &&
    onBehalfBy.includes(formatMailAddress(withoutPlus(parseOwn(named))));
  return isSelf ? fields : [...fields.filter(({ name }) => name !== "sender"), field("Sender", main)];
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
