import { assert, Failure, type MailAccountId, newId } from "@casaforte/kernel";
import { formatMailAddress, parseAnyAddress } from "@casaforte/modules/domains";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import type { TenantTx } from "@casaforte/platform/db";
import { type DsnRequest, noDsn } from "@casaforte/smtp";
import { mailflowLimits } from "./limits.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { insertDelivery } from "./store-deliveries.ts";
import { insertOutgoing, insertQueueEntry } from "./store-queue.ts";
import type { DeliveryId, OutgoingId, Place, QueueId, TraceId } from "./types.ts";

export const deliverTask = "mailflow.deliver";
export const sendTask = "mailflow.send";

export interface AcceptDeliveryInput {
  /** Given when the hand-over may run twice; else a fresh one. */
  readonly id?: DeliveryId;
  readonly traceId: TraceId;
  readonly mailAccountId: MailAccountId;
  /** This delivery's own blob: with it, the mailbox will own it. */
  readonly blob: StoredBlob;
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
  /** For the trace, when nothing else told it there. */
  readonly subject?: string;
  readonly place?: Place;
  readonly dsn?: DsnRequest;
}

type AcceptServices = Pick<MailflowServices, "clock" | "random" | "jobs">;

/**
 * Promises to put the message into that account: the row, its event, and its job unless the caller does it `now`, in this
 * same transaction. Returns false when it was promised before.
 */
export async function acceptDelivery(
  tx: TenantTx,
  input: AcceptDeliveryInput,
  services: AcceptServices,
  how: "by_job" | "now" = "by_job",
): Promise<boolean> {
  const { clock, random, jobs } = services;
  const id = input.id ?? newId<DeliveryId>(clock, random);
  const isNew = await insertDelivery(tx, {
    tenantId: tx.tenantId,
    id,
    traceId: input.traceId,
    mailAccountId: input.mailAccountId,
    blobId: input.blob.id,
    sizeBytes: input.blob.size,
    sha256: input.blob.sha256,
    sender: input.sender,
    recipient: input.recipient,
    headerMessageId: input.headerMessageId,
    place: input.place ?? "inbox",
    state: "accepted",
    attempts: 0,
    acceptedAt: new Date(clock.nowMs()),
    dsn: input.dsn ?? noDsn,
    isDelayTold: false,
  });
  if (!isNew) return false;
  if (how === "by_job") await jobs.enqueue(tx, deliverTask, { deliveryId: id }, { key: id });
  await recordEvent(tx, services, "accepted", input);
  return true;
}

export interface AcceptOutgoingInput {
  /** Given when this may run twice; else a fresh one. */
  readonly id?: OutgoingId;
  readonly traceId: TraceId;
  readonly mailAccountId: MailAccountId | null;
  /** Given where rules send it: of which account. */
  readonly rulesOf?: MailAccountId;
  /** A mail of the service itself, to one recipient: what comes back for it is read. */
  readonly isSystem?: true;
  readonly blob: StoredBlob;
  readonly sender: string;
  /** `local@domain`, each once. */
  readonly recipients: readonly string[];
  readonly headerMessageId: string;
  /** For the trace. */
  readonly subject?: string;
  readonly hops: number;
  /** What the sender wants to be told, by recipient. */
  readonly dsn?: ReadonlyMap<string, DsnRequest>;
}

/** Promises to bring the message to each recipient, hosted here or elsewhere, or to say that it cannot. Returns false when promised before. */
export async function acceptOutgoing(
  tx: TenantTx,
  input: AcceptOutgoingInput,
  services: AcceptServices,
): Promise<boolean> {
  const { clock, random, jobs } = services;
  assert(input.isSystem !== true || input.recipients.length === 1, "a mail of the service goes to one recipient");
  const at = new Date(clock.nowMs());
  const outgoingId = input.id ?? newId<OutgoingId>(clock, random);
  const isNew = await insertOutgoing(tx, {
    tenantId: tx.tenantId,
    id: outgoingId,
    traceId: input.traceId,
    mailAccountId: input.mailAccountId,
    rulesOf: input.rulesOf ?? null,
    isSystem: input.isSystem ?? false,
    blobId: input.blob.id,
    sizeBytes: input.blob.size,
    sha256: input.blob.sha256,
    sender: input.sender,
    headerMessageId: input.headerMessageId,
    hops: input.hops,
    createdAt: at,
  });
  if (!isNew) return false;
  for (const [recipient, dsn] of queuedNames(input)) {
    const id = newId<QueueId>(clock, random);
    const domain = recipient.slice(recipient.lastIndexOf("@") + 1).toLowerCase();
    const expiresAt = new Date(at.getTime() + mailflowLimits.patienceMs);
    await insertQueueEntry(tx, {
      id,
      outgoingId,
      recipient,
      domain,
      at,
      expiresAt,
      dsn,
    });
    await jobs.enqueue(tx, sendTask, { queueId: id }, { key: id });
    await recordEvent(tx, services, "queued", { ...input, recipient });
  }
  return true;
}

/** Rules and answers name people as they wrote themselves; DNS and other servers know a domain by its A-labels (RFC 5890). */
function queuedNames({ recipients, dsn }: AcceptOutgoingInput): ReadonlyMap<string, DsnRequest> {
  const named = new Map<string, DsnRequest>();
  for (const text of recipients) named.set(asQueued(text), dsn?.get(text) ?? noDsn);
  return named;
}

function asQueued(text: string): string {
  try {
    return formatMailAddress(parseAnyAddress(text));
  } catch (error) {
    // What is no address is told when it is tried.
    if (error instanceof Failure && error.code === "domains.address") return text;
    throw error;
  }
}
