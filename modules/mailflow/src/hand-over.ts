import { createHash } from "node:crypto";
import { assert, type Id, type MailAccountId, parseId, utf8 } from "@casaforte/kernel";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import type { TenantTx } from "@casaforte/platform/db";
import { acceptDelivery, acceptOutgoing } from "./accept-message.ts";
import { enqueueBlobDeletion } from "./deliver-job.ts";
import { isRefusal } from "./deliver-now.ts";
import { forwardedDsn } from "./dsn.ts";
import { type ExpandAnyResult, expandAny } from "./expand-any.ts";
import { type Expansion, isNobody } from "./expand-recipient.ts";
import { readHeaderFields, shownValue } from "./header-section.ts";
import { mailflowLimits } from "./limits.ts";
import { recordEvent } from "./record-event.ts";
import { restoreForwarded } from "./restore-forwarded.ts";
import type { SendResult } from "./send-result.ts";
import type { MailflowServices, PreparedMail } from "./services.ts";
import { blobSpool } from "./spool.ts";
import { rewriteSender } from "./srs.ts";
import { markDelivered, selectDelivery } from "./store-deliveries.ts";
import { receivedField, returnPathField } from "./trace-headers.ts";
import type { DeliveryId, OutgoingId, QueueEntry } from "./types.ts";

/** The same id however often the hand-over runs: a UUID version 8 of the entry and its target. */
function derivedId<I extends Id<string>>(...parts: readonly string[]): I {
  const hex = createHash("sha256").update(parts.join("\0")).digest("hex");
  return parseId<I>(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  );
}

/**
 * Brings a queued message to a recipient hosted here, in whatever tenant: rows of that tenant with derived ids, so that
 * a second run changes nothing. Null when the domain is not hosted here.
 */
export async function handOver(services: MailflowServices, entry: QueueEntry): Promise<SendResult | null> {
  const found = await leadsTo(services, entry);
  if (found.kind === "not_hosted") return null;
  if (found.kind === "unreadable")
    return { kind: "failed", status: "5.1.3", reply: "553 5.1.3 this is no mail address" };
  if (found.kind === "too_many")
    return { kind: "failed", status: "5.2.4", reply: "550 5.2.4 this address leads to too many others" };
  if (found.kind === "unknown" || isNobody(found.expansion))
    return { kind: "failed", status: "5.1.1", reply: "550 5.1.1 there is no such address" };
  if (found.expansion.forwards.length > 0 && entry.outgoing.hops >= mailflowLimits.hopsMax)
    return { kind: "failed", status: "5.4.6", reply: "554 5.4.6 the message is forwarded in a circle" };
  const isThere = await promise(services, entry, found.expansion);
  const { tenantId, accounts, forwards } = found.expansion;
  const isDelivered = tenantId === entry.outgoing.tenantId && accounts.length > 0;
  const passing = forwards.length > 1 ? "expanded" : "passed_on";
  const success = accounts.length === 0 ? passing : isThere ? "delivered" : "passed_on";
  return { kind: "sent", reply: "250 2.0.0 handed over", isDelivered, success };
}

async function leadsTo(services: MailflowServices, { outgoing, recipient }: QueueEntry): Promise<ExpandAnyResult> {
  // An answer to what was forwarded inside the house: it comes back as a bounce from outside does.
  const returning = outgoing.sender === "" ? await restoreForwarded(services, recipient) : null;
  if (returning !== null) {
    const { tenantId, original } = returning;
    return { kind: "found", expansion: { tenantId, accounts: [], forwards: [original] } };
  }
  return expandAny(services, recipient);
}

interface Copy {
  readonly account: MailAccountId;
  readonly mail: PreparedMail;
}

/** True when the message is in its mailboxes; false when rows of their own go on trying, and tell the sender. */
async function promise(services: MailflowServices, entry: QueueEntry, expansion: Expansion): Promise<boolean> {
  const { blobs, mailStore, clock, hostname } = services;
  const { outgoing, recipient } = entry;
  const { tenantId, accounts, forwards } = expansion;
  const source = blobSpool(blobs, outgoing.tenantId, outgoing.blobId, Number(outgoing.sizeBytes));
  // The sender's own trace knows the subject since it was queued; another tenant's has to read it.
  const isOthers = tenantId !== outgoing.tenantId && accounts.length > 0;
  const subject = isOthers ? shownValue(await readHeaderFields(source.read()), "subject") : "";
  const received = receivedField({
    helo: "",
    remoteAddress: "",
    hostname,
    protocol: "LMTP",
    id: outgoing.traceId,
    recipient,
    atMs: clock.nowMs(),
  });
  const copies: Copy[] = [];
  for (const account of accounts) {
    const prefix = utf8(`${returnPathField(outgoing.sender)}${received}`);
    copies.push({ account, mail: await mailStore.store(tenantId, source.behind(prefix)) });
  }
  const onward = forwards.length > 0 ? await source.store(tenantId, utf8(received)) : null;
  const commit = (isNow: boolean) =>
    services.db.tenant(tenantId, async (tx) => {
      const isThere = await acceptCopies(tx, services, entry, { copies, subject, isNow });
      const isOnlyTarget = accounts.length === 0 && forwards.length === 1;
      if (onward !== null) await acceptForward(tx, services, entry, { forwards, blob: onward, isOnlyTarget });
      return isThere;
    });
  try {
    return await commit(true);
  } catch (error) {
    // Full or gone: a job of its own goes on trying, and tells the sender in the end.
    if (!isRefusal(error)) throw error;
    return commit(false);
  }
}

/** Rows with derived ids; what is not there yet is put into its mailbox in the same transaction. */
async function acceptCopies(
  tx: TenantTx,
  services: MailflowServices,
  entry: QueueEntry,
  { copies, subject, isNow }: { readonly copies: readonly Copy[]; readonly subject: string; readonly isNow: boolean },
): Promise<boolean> {
  const { traceId, headerMessageId, sender } = entry.outgoing;
  const { recipient } = entry;
  const fresh: (Copy & { readonly id: DeliveryId })[] = [];
  let isAllThere = true;
  for (const copy of copies) {
    const id = derivedId<DeliveryId>(entry.id, copy.account);
    const { blob } = copy.mail;
    const input = {
      id,
      traceId,
      headerMessageId,
      subject,
      sender,
      recipient,
      mailAccountId: copy.account,
      blob,
      dsn: entry.dsn,
    };
    if (await acceptDelivery(tx, input, services, isNow ? "now" : "by_job")) fresh.push({ ...copy, id });
    else {
      isAllThere &&= (await selectDelivery(tx, id))?.state === "done";
      await enqueueBlobDeletion(tx, services, blob.id);
    }
  }
  if (!isNow || fresh.length === 0) return isAllThere && isNow;
  const receivedAtMs = services.clock.nowMs();
  const mails = fresh.map(({ account, mail }) => ({
    mail,
    target: { mailAccountId: account, place: "inbox" as const, receivedAtMs, sender, recipient },
  }));
  const ids = await services.mailStore.append(tx, mails);
  for (const [index, { id }] of fresh.entries()) {
    const messageId = ids[index];
    assert(messageId, "an appended message has an id");
    await markDelivered(tx, id, messageId, new Date(receivedAtMs));
    await recordEvent(tx, services, "delivered", { ...entry.outgoing, recipient }, "inbox");
  }
  return isAllThere;
}

async function acceptForward(
  tx: TenantTx,
  services: MailflowServices,
  entry: QueueEntry,
  {
    forwards,
    blob,
    isOnlyTarget,
  }: { readonly forwards: readonly string[]; readonly blob: StoredBlob; readonly isOnlyTarget: boolean },
): Promise<void> {
  const { traceId, headerMessageId, sender, hops } = entry.outgoing;
  // An address that we made for a forward keeps a local part that none of ours may have.
  const viaDomain = entry.recipient.slice(entry.recipient.lastIndexOf("@") + 1).toLowerCase();
  const isNew = await acceptOutgoing(
    tx,
    {
      id: derivedId<OutgoingId>(entry.id, "forward"),
      traceId,
      headerMessageId,
      mailAccountId: null,
      sender: rewriteSender(sender, viaDomain, services.secretKey, services.clock.nowMs()),
      recipients: forwards,
      blob,
      hops: hops + 1,
      dsn: new Map(forwards.map((one) => [one, forwardedDsn(entry.dsn, entry.recipient, isOnlyTarget)])),
    },
    services,
  );
  if (!isNew) await enqueueBlobDeletion(tx, services, blob.id);
}
