import { type Id, newId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { insertEvents } from "./store-events.ts";
import type { EventKind, TraceId } from "./types.ts";

/** What an event is about. */
export interface Traced {
  readonly traceId: TraceId;
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
  readonly subject?: string;
}

export interface EventToRecord {
  readonly kind: EventKind;
  readonly about: Traced;
  readonly detail?: string;
}

/** Lines for "where is my mail?", in the transaction of what they tell. */
export async function recordEvents(
  tx: TenantTx,
  services: Pick<MailflowServices, "clock" | "random">,
  events: readonly EventToRecord[],
): Promise<void> {
  const { clock, random } = services;
  const at = new Date(clock.nowMs());
  await insertEvents(
    tx,
    events.map(({ kind, about, detail = "" }) => ({
      id: newId<Id<"MailEvent">>(clock, random),
      traceId: about.traceId,
      at,
      kind,
      sender: about.sender.toLowerCase(),
      recipient: about.recipient.toLowerCase(),
      headerMessageId: about.headerMessageId,
      subject: about.subject ?? "",
      detail: detail.replace(/\p{Cc}+/gu, " ").slice(0, mailflowLimits.replyTextMax),
    })),
  );
}

/** One such line. */
export const recordEvent = (
  tx: TenantTx,
  services: Pick<MailflowServices, "clock" | "random">,
  kind: EventKind,
  about: Traced,
  detail = "",
): Promise<void> => recordEvents(tx, services, [{ kind, about, detail }]);
