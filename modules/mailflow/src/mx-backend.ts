import { type Bytes, Failure, type MailAccountId, newId, type TenantId, utf8 } from "@casaforte/kernel";
import {
  formatMailAddress,
  type MailAddress,
  parseMailAddress,
  resolveRecipient as resolveAddress,
} from "@casaforte/modules/domains";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import type { SmtpBackend, SmtpEnvelope, SmtpSession } from "@casaforte/smtp";
import { acceptDelivery, acceptOutgoing } from "./accept-message.ts";
import { authenticateMessage } from "./authenticate-message.ts";
import { expandRecipient } from "./expand-recipient.ts";
import { joinMessage, messageIdOf, readHeaderFields, splitMessage } from "./header-section.ts";
import type { Acceptance, MailflowServices } from "./services.ts";
import { type Spooled, spool } from "./spool.ts";
import { restoreSender, rewriteSender } from "./srs.ts";
import { receivedField, returnPathField } from "./trace-headers.ts";
import type { Place, TraceId } from "./types.ts";

/** What a recipient leads to, all inside one tenant. */
export interface MxRecipient {
  readonly tenantId: TenantId;
  readonly address: MailAddress;
  readonly accounts: readonly MailAccountId[];
  readonly forwards: readonly string[];
}

type Session = SmtpSession<never>;

function parseRecipient(text: string): MailAddress {
  try {
    return parseMailAddress(text);
  } catch (cause) {
    throw new Failure("invalid", "smtp.bad_recipient", "this is not an address we can deliver to", { cause });
  }
}

/**
 * Mail from anybody for hosted recipients (RFC 5321). RCPT says at once what is unknown, full or not ours; DATA stores
 * the message and, in one transaction, a delivery with its job for each account: then comes the 250. A transaction takes
 * recipients of one tenant only (452 4.5.3 for the others, which every sender tries next), so that the promise is
 * atomic.
 */
export function createMxBackend(services: MailflowServices): SmtpBackend<never, MxRecipient> {
  /** The tenant of the transaction under way, by session and sender object. */
  const tenants = new WeakMap<object, TenantId>();
  return {
    async mailFrom() {},
    async rcptTo(session, sender, text) {
      const recipient = await resolveRecipient(services, text, sender.sizeBytes ?? 0, sender.address);
      const tenant = tenants.get(sender);
      if (tenant !== undefined && tenant !== recipient.tenantId)
        throw new Failure("over_quota", "smtp.one_tenant_a_time", "send this recipient in a message of its own");
      tenants.set(sender, recipient.tenantId);
      services.logger.debug("mailflow.recipient", { session: session.id, tenantId: recipient.tenantId });
      return recipient;
    },
    data: (session, envelope, message) => takeMessage(services, session, envelope, message),
  };
}

async function resolveRecipient(
  services: MailflowServices,
  text: string,
  sizeBytes: number,
  sender: string,
): Promise<MxRecipient> {
  const address = parseRecipient(text);
  const returning = await restoreForwarded(services, address, sender);
  if (returning !== null) return returning;
  const result = await services.db.lookup(
    (tx) => expandRecipient(tx, formatMailAddress(address), services.providerDomain),
    { readOnly: true },
  );
  if (result.kind === "not_hosted")
    throw new Failure("forbidden", "smtp.relay_denied", "relaying denied: this domain is not hosted here");
  if (result.kind === "unknown") throw new Failure("not_found", "smtp.unknown_recipient", "there is no such address");
  const { tenantId, accounts, forwards } = result.expansion;
  const states = await statesOf(services, tenantId, accounts, sizeBytes);
  const open = accounts.filter((_, index) => states[index] === "open");
  // Another target takes it: then the full one misses a copy, rather than everybody.
  if (open.length > 0 || forwards.length > 0) return { tenantId, address, accounts: open, forwards };
  if (states.includes("over_quota"))
    throw new Failure("over_quota", "mailflow.mailbox_full", "the mailbox is full; try again later");
  throw new Failure("not_found", "smtp.unknown_recipient", "there is no such address");
}

function statesOf(
  services: MailflowServices,
  tenantId: TenantId,
  accounts: readonly MailAccountId[],
  sizeBytes: number,
): Promise<readonly Acceptance[]> {
  const { db, mailStore } = services;
  if (accounts.length === 0) return Promise.resolve([]);
  return db.tenant(
    tenantId,
    (tx) => Promise.all(accounts.map((account) => mailStore.acceptance(tx, account, sizeBytes))),
    { readOnly: true },
  );
}

/** A bounce to an address we made for a forward goes back to who sent the original. */
async function restoreForwarded(
  services: MailflowServices,
  address: MailAddress,
  sender: string,
): Promise<MxRecipient | null> {
  if (sender !== "" || !address.local.startsWith("srs0=")) return null;
  const original = restoreSender(address.local, services.secretKey, services.clock.nowMs());
  if (original === null) return null;
  const found = await services.db.lookup((tx) => resolveAddress(tx, { local: "postmaster", domain: address.domain }));
  return found.kind === "not_hosted" ? null : { tenantId: found.tenantId, address, accounts: [], forwards: [original] };
}

async function takeMessage(
  services: MailflowServices,
  session: Session,
  envelope: SmtpEnvelope<MxRecipient>,
  message: AsyncIterable<Bytes>,
): Promise<{ queuedAs: string }> {
  const tenantId = envelope.recipients[0]?.target.tenantId;
  if (tenantId === undefined) throw new Failure("precondition", "mailflow.no_recipient", "no recipient");
  const { fields, body } = await splitMessage(message);
  const kept = fields.filter(({ name, value }) => !isForged(name, value, services.hostname));
  const spooled = await spool(services.blobs, tenantId, joinMessage(kept, body));
  try {
    return await promise(services, session, envelope, spooled, tenantId);
  } finally {
    await spooled.discard().catch((error) => services.logger.warn("mailflow.spool_left", { reason: String(error) }));
  }
}

/** Verdicts in our name and a return path are ours to write (RFC 8601 §5, RFC 5321 §4.4). */
const isForged = (name: string, value: string, hostname: string): boolean =>
  name === "return-path" ||
  (name === "authentication-results" && value.toLowerCase().split(/[\s;]/)[0] === hostname.toLowerCase());

async function promise(
  services: MailflowServices,
  session: Session,
  envelope: SmtpEnvelope<MxRecipient>,
  spooled: Spooled,
  tenantId: TenantId,
): Promise<{ queuedAs: string }> {
  const { clock, random, db, hostname } = services;
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
  const headerMessageId = messageIdOf(await readHeaderFields(spooled.read()));
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
  if (spooled.sizeBytes > (envelope.sender.sizeBytes ?? 0))
    await assertRoom(services, tenantId, plan, spooled.sizeBytes);
  const local = utf8(`${returnPathField(sender)}${received}${verdict.headers}`);
  const blobs: StoredBlob[] = [];
  for (const _ of plan.accounts) blobs.push(await spooled.store(tenantId, local));
  const onward: ((typeof plan.forwards)[number] & { blob: StoredBlob })[] = [];
  for (const forward of plan.forwards)
    onward.push({ ...forward, blob: await spooled.store(tenantId, utf8(`${received}${verdict.headers}`)) });
  await db.tenant(tenantId, async (tx) => {
    const common = { traceId, headerMessageId };
    for (const [index, { account, recipient }] of plan.accounts.entries()) {
      const blob = blobs[index];
      if (blob)
        await acceptDelivery(tx, { ...common, sender, recipient, mailAccountId: account, blob, place }, services);
    }
    for (const { via, targets, blob } of onward) {
      const rewritten = rewriteSender(sender, via.domain, services.secretKey, clock.nowMs());
      const input = { ...common, mailAccountId: null, sender: rewritten, recipients: targets, blob, hops: 1 };
      await acceptOutgoing(tx, input, services);
    }
  });
  services.logger.info("mailflow.accepted", { traceId, tenantId, session: session.id, accounts: plan.accounts.length });
  return { queuedAs: traceId };
}

/** RCPT has checked the size announced; this is for more than that. A message that some account can take is taken. */
async function assertRoom(
  services: MailflowServices,
  tenantId: TenantId,
  plan: Plan,
  sizeBytes: number,
): Promise<void> {
  if (plan.forwards.length > 0 || plan.accounts.length === 0) return;
  const accounts = plan.accounts.map(({ account }) => account);
  const states = await statesOf(services, tenantId, accounts, sizeBytes);
  if (states.every((state) => state === "over_quota"))
    throw new Failure("over_quota", "mailflow.mailbox_full", "the mailbox is full; try again later");
}

interface Plan {
  readonly accounts: readonly { readonly account: MailAccountId; readonly recipient: string }[];
  readonly forwards: readonly { readonly via: MailAddress; readonly targets: readonly string[] }[];
}

/** Each account once, whichever of its addresses were named; each forward target once. */
function planOf(envelope: SmtpEnvelope<MxRecipient>): Plan {
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
