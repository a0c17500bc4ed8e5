import { createHash } from "node:crypto";
import { type Id, type MailAccountId, parseId, utf8 } from "@casaforte/kernel";
import { parseMailAddress } from "@casaforte/modules/domains";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import { acceptDelivery, acceptOutgoing } from "./accept-message.ts";
import { enqueueBlobDeletion } from "./deliver-job.ts";
import { type Expansion, expandRecipient } from "./expand-recipient.ts";
import { mailflowLimits } from "./limits.ts";
import type { SendResult } from "./send-result.ts";
import type { MailflowServices } from "./services.ts";
import { blobSpool } from "./spool.ts";
import { rewriteSender } from "./srs.ts";
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
  const found = await services.db.lookup((tx) => expandRecipient(tx, entry.recipient, services.providerDomain), {
    readOnly: true,
  });
  if (found.kind === "not_hosted") return null;
  if (found.kind === "unknown") return { kind: "failed", status: "5.1.1", reply: "550 5.1.1 there is no such address" };
  if (found.expansion.forwards.length > 0 && entry.outgoing.hops >= mailflowLimits.hopsMax)
    return { kind: "failed", status: "5.4.6", reply: "554 5.4.6 the message is forwarded in a circle" };
  await promise(services, entry, found.expansion);
  return { kind: "sent", reply: "250 2.0.0 handed over" };
}

async function promise(services: MailflowServices, entry: QueueEntry, expansion: Expansion): Promise<void> {
  const { blobs, db, clock, hostname } = services;
  const { outgoing, recipient } = entry;
  const { tenantId, accounts, forwards } = expansion;
  const source = blobSpool(blobs, outgoing.tenantId, outgoing.blobId, Number(outgoing.sizeBytes));
  const received = receivedField({
    helo: "",
    remoteAddress: "",
    hostname,
    protocol: "LMTP",
    id: outgoing.traceId,
    recipient,
    atMs: clock.nowMs(),
  });
  const copies: { account: MailAccountId; blob: StoredBlob }[] = [];
  for (const account of accounts)
    copies.push({
      account,
      blob: await source.store(tenantId, utf8(`${returnPathField(outgoing.sender)}${received}`)),
    });
  const onward = forwards.length > 0 ? await source.store(tenantId, utf8(received)) : null;
  const { traceId, headerMessageId, sender } = outgoing;
  await db.tenant(tenantId, async (tx) => {
    for (const { account, blob } of copies) {
      const id = derivedId<DeliveryId>(entry.id, account);
      const input = { id, traceId, headerMessageId, sender, recipient, mailAccountId: account, blob };
      if (!(await acceptDelivery(tx, input, services))) await enqueueBlobDeletion(tx, services, blob.id);
    }
    if (onward === null) return;
    const isNew = await acceptOutgoing(
      tx,
      {
        id: derivedId<OutgoingId>(entry.id, "forward"),
        traceId,
        headerMessageId,
        mailAccountId: null,
        sender: rewriteSender(sender, parseMailAddress(recipient).domain, services.secretKey, clock.nowMs()),
        recipients: forwards,
        blob: onward,
        hops: outgoing.hops + 1,
      },
      services,
    );
    if (!isNew) await enqueueBlobDeletion(tx, services, onward.id);
  });
}
