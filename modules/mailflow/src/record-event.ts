import { type Id, newId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { insertEvent } from "./store-events.ts";
import type { EventKind, TraceId } from "./types.ts";

/** One line for "where is my mail?", in the transaction of what it tells. */
export async function recordEvent(
  tx: TenantTx,
  services: Pick<MailflowServices, "clock" | "random">,
  kind: EventKind,
  about: {
    readonly traceId: TraceId;
    readonly sender: string;
    readonly recipient: string;
    readonly headerMessageId: string;
  },
  detail = "",
): Promise<void> {
  const { clock, random } = services;
  await insertEvent(tx, newId<Id<"MailEvent">>(clock, random), {
    traceId: about.traceId,
    at: new Date(clock.nowMs()),
    kind,
    sender: about.sender.toLowerCase(),
    recipient: about.recipient.toLowerCase(),
    headerMessageId: about.headerMessageId,
    detail: detail.replace(/\p{Cc}+/gu, " ").slice(0, mailflowLimits.replyTextMax),
  });
}
