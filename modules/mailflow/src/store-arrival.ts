import { type BlobId, newId, utf8 } from "@casaforte/kernel";
import { formatMailAddress } from "@casaforte/modules/domains";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import type { TenantTx } from "@casaforte/platform/db";
import { acceptDelivery, acceptOutgoing } from "./accept-message.ts";
import { acceptReports, successReports } from "./arrival-reports.ts";
import type { ArrivalAccount, ArrivedMessage, PlannedForward } from "./arrived-message.ts";
import { createDeliverNow, type DeliverNow, isRefusal } from "./deliver-now.ts";
import type { PreparedReport } from "./delivery-report.ts";
import { forwardedDsn } from "./dsn.ts";
import { shownValue } from "./header-section.ts";
import { spamFields } from "./judge-message.ts";
import { KnownFilters } from "./known-filters.ts";
import { KnownRooms, mailboxFull, unknownRecipient } from "./known-rooms.ts";
import { recordEvents } from "./record-event.ts";
import type { MailflowServices, MailToAppend, PreparedMail } from "./services.ts";
import { rewriteSender } from "./srs.ts";
import { insertQuarantined, type QuarantineId } from "./store-quarantine.ts";
import { returnPathField } from "./trace-headers.ts";
import type { Place } from "./types.ts";

/** What a listener that takes mail works with. */
export interface Intake {
  readonly services: MailflowServices;
  readonly rooms: KnownRooms;
  readonly deliverNow: DeliverNow;
  readonly filters: KnownFilters;
}

export const openIntake = (services: MailflowServices): Intake => ({
  services,
  rooms: new KnownRooms(services),
  deliverNow: createDeliverNow(services),
  filters: new KnownFilters(services),
});

/**
 * Makes the message durable for everybody it is for: in the mailboxes at once, in one transaction with its forwards. Only
 * when one of several mailboxes is full or gone meanwhile it is promised instead: rows and jobs, which go on trying.
 * @throws over_quota `mailflow.mailbox_full`, not_found `smtp.unknown_recipient` when nobody can have it; with `refuse`
 * also when one of several cannot.
 */
export async function storeArrival(intake: Intake, message: ArrivedMessage): Promise<void> {
  const { services, deliverNow } = intake;
  const { tenantId, accounts } = message;
  const onward = await storeForwards(message);
  const held = await storeHeld(message);
  const also = async (tx: TenantTx) => {
    await holdBack(tx, services, message, held);
    await acceptForwards(tx, services, message, onward);
    await message.also?.(tx);
  };
  const { copies, blobs } = await storeCopies(services, message);
  const reports = await successReports(services, message);
  if (copies.length === 0)
    return services.db.tenant(tenantId, async (tx) => {
      await also(tx);
      await acceptReports(tx, services, reports);
    });
  try {
    const isPlain = onward.length === 0 && held.length === 0 && !message.also && reports.length === 0;
    await deliverNow(tenantId, {
      mails: copies,
      isPlain,
      async also(tx) {
        await recordArrival(tx, services, message);
        await also(tx);
        await acceptReports(tx, services, reports, copies);
      },
    });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // What a list was expanded to is promised as well; of deliveries the jobs tell.
    const isKept = ({ about }: PreparedReport) => message.otherwise !== "refuse" && about.action === "expanded";
    const kept = reports.filter(isKept);
    // Nothing refers to the others: the transaction was rolled back.
    const dropped = reports.filter((report) => !isKept(report)).map(({ blob }) => blob.id);
    for (const id of [...blobs, ...dropped]) await services.blobs.delete(tenantId, id).catch(() => {});
    if (message.otherwise === "refuse") throw error;
    await promiseArrival(intake, { ...message, accounts: accounts.filter(isDelivered) }, async (tx) => {
      await also(tx);
      await acceptReports(tx, services, kept);
    });
  }
}

interface DeliveredAccount extends ArrivalAccount {
  readonly place: Place;
}

const isDelivered = (one: ArrivalAccount): one is DeliveredAccount => one.place !== "quarantine";

/** What goes on top for this account, its verdict included. */
const topOf = (message: Pick<ArrivedMessage, "sender" | "trace">, { judgement }: ArrivalAccount): string =>
  `${returnPathField(message.sender)}${message.trace}${judgement === null ? "" : spamFields(judgement)}`;

/** One blob for all accounts whose copies are the same. */
async function storeCopies(
  services: MailflowServices,
  message: ArrivedMessage,
): Promise<{ readonly copies: readonly MailToAppend[]; readonly blobs: readonly BlobId[] }> {
  const stored = new Map<string, PreparedMail>();
  const copies: MailToAppend[] = [];
  for (const one of message.accounts.filter(isDelivered)) {
    const top = topOf(message, one);
    const mail =
      stored.get(top) ?? (await services.mailStore.store(message.tenantId, message.spooled.behind(utf8(top))));
    stored.set(top, mail);
    const { account: mailAccountId, place, recipient, dsn } = one;
    const receivedAtMs = services.clock.nowMs();
    copies.push({ mail, target: { mailAccountId, place, receivedAtMs, sender: message.sender, recipient, dsn } });
  }
  return { copies, blobs: [...stored.values()].map(({ blob }) => blob.id) };
}

interface Held {
  readonly to: ArrivalAccount;
  readonly blob: StoredBlob;
}

async function storeHeld(message: ArrivedMessage): Promise<readonly Held[]> {
  const held: Held[] = [];
  for (const to of message.accounts.filter((one) => !isDelivered(one)))
    held.push({ to, blob: await message.spooled.store(message.tenantId, utf8(topOf(message, to))) });
  return held;
}

async function holdBack(
  tx: TenantTx,
  services: MailflowServices,
  message: ArrivedMessage,
  held: readonly Held[],
): Promise<void> {
  const { clock, random } = services;
  const { tenantId, traceId, sender, headerMessageId, fields } = message;
  for (const { to, blob } of held) {
    await insertQuarantined(tx, {
      tenantId,
      id: newId<QuarantineId>(clock, random),
      traceId,
      mailAccountId: to.account,
      blobId: blob.id,
      sizeBytes: blob.size,
      sha256: blob.sha256,
      sender,
      recipient: to.recipient,
      headerMessageId,
      headerFrom: shownValue(fields, "from"),
      subject: shownValue(fields, "subject"),
      score: to.judgement?.score ?? 0,
      reasons: to.judgement?.reasons ?? [],
      state: "held",
      heldAt: new Date(clock.nowMs()),
    });
    const about = { ...message, recipient: to.recipient, subject: shownValue(fields, "subject") };
    await recordEvents(tx, services, [
      { kind: "accepted", about, detail: `from ${message.cameFrom}` },
      { kind: "quarantined", about, detail: (to.judgement?.reasons ?? []).join(" ") },
    ]);
  }
}

function recordArrival(tx: TenantTx, services: MailflowServices, message: ArrivedMessage): Promise<void> {
  const subject = shownValue(message.fields, "subject");
  return recordEvents(
    tx,
    services,
    message.accounts.filter(isDelivered).flatMap(({ recipient, place, judgement }) => {
      const about = { ...message, recipient, subject };
      const score = judgement === null ? "" : `; score ${judgement.score}`;
      return [
        { kind: "accepted" as const, about, detail: `from ${message.cameFrom}${score}` },
        { kind: "delivered" as const, about, detail: place },
      ];
    }),
  );
}

/** The longer way. RCPT has checked the size announced; this is for more than that. A message that some account can take is taken. */
async function promiseArrival(
  intake: Intake,
  message: Omit<ArrivedMessage, "accounts"> & { readonly accounts: readonly DeliveredAccount[] },
  also: (tx: TenantTx) => Promise<void>,
): Promise<void> {
  const { services, rooms } = intake;
  const { tenantId, accounts, spooled } = message;
  if (message.forwards.length === 0) {
    const ids = accounts.map(({ account }) => account);
    const open = await rooms.open(tenantId, ids, spooled.sizeBytes);
    if (open.accounts.length === 0) throw open.isFull ? mailboxFull() : unknownRecipient();
  }
  const blobs: StoredBlob[] = [];
  for (const one of accounts) blobs.push(await spooled.store(tenantId, utf8(topOf(message, one))));
  await services.db.tenant(tenantId, async (tx) => {
    for (const [index, { account, recipient, place, dsn }] of accounts.entries()) {
      const blob = blobs[index];
      if (blob) await acceptDelivery(tx, { ...message, recipient, mailAccountId: account, blob, place, dsn }, services);
    }
    await also(tx);
  });
}

interface Onward extends PlannedForward {
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
  for (const { via, targets, blob, dsn, isOnlyTarget } of onward) {
    const passed = forwardedDsn(dsn, formatMailAddress(via), isOnlyTarget);
    const rewritten = rewriteSender(sender, via.domain, services.secretKey, services.clock.nowMs());
    const input = {
      traceId,
      headerMessageId,
      mailAccountId: null,
      sender: rewritten,
      recipients: targets,
      blob,
      hops: 1,
      dsn: new Map(targets.map((one) => [one, passed])),
    };
    await acceptOutgoing(tx, input, services);
  }
}
