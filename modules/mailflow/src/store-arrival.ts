import { type MailAccountId, type TenantId, utf8 } from "@casaforte/kernel";
import type { MailAddress } from "@casaforte/modules/domains";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import type { TenantTx } from "@casaforte/platform/db";
import { acceptDelivery, acceptOutgoing } from "./accept-message.ts";
import { type DeliverNow, isRefusal } from "./deliver-now.ts";
import { type KnownRooms, mailboxFull, unknownRecipient } from "./known-rooms.ts";
import { recordEvents } from "./record-event.ts";
import type { MailflowServices, MailToAppend } from "./services.ts";
import type { Spooled } from "./spool.ts";
import { rewriteSender } from "./srs.ts";
import { returnPathField } from "./trace-headers.ts";
import type { Place, TraceId } from "./types.ts";

/** What a listener that takes mail works with. */
export interface Intake {
  readonly services: MailflowServices;
  readonly rooms: KnownRooms;
  readonly deliverNow: DeliverNow;
}

export interface ArrivalAccount {
  readonly account: MailAccountId;
  readonly recipient: string;
  readonly place: Place;
}

/** A message that we want, with where it goes inside one tenant. */
export interface ArrivedMessage {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly sender: string;
  readonly headerMessageId: string;
  readonly spooled: Spooled;
  /** Fields for the top, each with its CRLF. */
  readonly trace: string;
  readonly accounts: readonly ArrivalAccount[];
  readonly forwards: readonly { readonly via: MailAddress; readonly targets: readonly string[] }[];
  /** For the trace: where it came from. */
  readonly cameFrom: string;
  /** `refuse`: no promise when an account cannot have it at once; the sender keeps it and tries again. */
  readonly otherwise: "promise" | "refuse";
}

/**
 * Makes the message durable for everybody it is for: in the mailboxes at once, in one transaction with its forwards. Only
 * when one of several mailboxes is full or gone meanwhile it is promised instead: rows and jobs, which go on trying.
 * @throws over_quota `mailflow.mailbox_full`, not_found `smtp.unknown_recipient` when nobody can have it; with `refuse`
 * also when one of several cannot.
 */
export async function storeArrival(intake: Intake, message: ArrivedMessage): Promise<void> {
  const { services, deliverNow } = intake;
  const { tenantId, accounts, spooled, trace } = message;
  const onward = await storeForwards(message);
  const also = (tx: TenantTx) => acceptForwards(tx, services, message, onward);
  if (accounts.length === 0) return services.db.tenant(tenantId, also);
  const mail = await services.mailStore.store(
    tenantId,
    spooled.behind(utf8(`${returnPathField(message.sender)}${trace}`)),
  );
  const mails = accounts.map(
    ({ account, recipient, place }): MailToAppend => ({
      mail,
      target: {
        mailAccountId: account,
        place,
        receivedAtMs: services.clock.nowMs(),
        sender: message.sender,
        recipient,
      },
    }),
  );
  try {
    await deliverNow(tenantId, {
      mails,
      async also(tx) {
        await recordArrival(tx, services, message);
        await also(tx);
      },
    });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Nothing refers to it: the transaction was rolled back.
    await services.blobs.delete(tenantId, mail.blob.id).catch(() => {});
    if (message.otherwise === "refuse") throw error;
    await promiseArrival(intake, message, also);
  }
}

function recordArrival(tx: TenantTx, services: MailflowServices, message: ArrivedMessage): Promise<void> {
  return recordEvents(
    tx,
    services,
    message.accounts.flatMap(({ account, recipient, place }) => {
      const about = { ...message, recipient };
      return [
        { kind: "accepted" as const, about, detail: `from ${message.cameFrom}` },
        { kind: "delivered" as const, about, detail: `account ${account}, ${place}` },
      ];
    }),
  );
}

/** The longer way. RCPT has checked the size announced; this is for more than that. A message that some account can take is taken. */
async function promiseArrival(
  intake: Intake,
  message: ArrivedMessage,
  also: (tx: TenantTx) => Promise<void>,
): Promise<void> {
  const { services, rooms } = intake;
  const { tenantId, accounts, spooled, trace, sender } = message;
  if (message.forwards.length === 0) {
    const ids = accounts.map(({ account }) => account);
    const open = await rooms.open(tenantId, ids, spooled.sizeBytes);
    if (open.accounts.length === 0) throw open.isFull ? mailboxFull() : unknownRecipient();
  }
  const blobs: StoredBlob[] = [];
  for (const _ of accounts) blobs.push(await spooled.store(tenantId, utf8(`${returnPathField(sender)}${trace}`)));
  await services.db.tenant(tenantId, async (tx) => {
    for (const [index, { account, recipient, place }] of accounts.entries()) {
      const blob = blobs[index];
      if (blob) await acceptDelivery(tx, { ...message, recipient, mailAccountId: account, blob, place }, services);
    }
    await also(tx);
  });
}

interface Onward {
  readonly via: MailAddress;
  readonly targets: readonly string[];
  readonly blob: StoredBlob;
}

async function storeForwards(message: ArrivedMessage): Promise<readonly Onward[]> {
  const onward: Onward[] = [];
  for (const forward of message.forwards)
    onward.push({ ...forward, blob: await message.spooled.store(message.tenantId, utf8(message.trace)) });
  return onward;
}

async function acceptForwards(
  tx: TenantTx,
  services: MailflowServices,
  message: ArrivedMessage,
  onward: readonly Onward[],
): Promise<void> {
  const { traceId, headerMessageId, sender } = message;
  for (const { via, targets, blob } of onward) {
    const rewritten = rewriteSender(sender, via.domain, services.secretKey, services.clock.nowMs());
    const input = {
      traceId,
      headerMessageId,
      mailAccountId: null,
      sender: rewritten,
      recipients: targets,
      blob,
      hops: 1,
    };
    await acceptOutgoing(tx, input, services);
  }
}
