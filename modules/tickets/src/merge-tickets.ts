import { type Actor, Failure, providerTenantId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { noteSent } from "./add-entry.ts";
import { ticketLimits } from "./limits.ts";
import type { TicketServices } from "./services.ts";
import { updateTicket } from "./store.ts";
import { setNotice } from "./store-links.ts";
import { countMerged, lockBoth, setMerged } from "./store-merges.ts";
import { mailRequester } from "./ticket-mail.ts";
import { nobodysAddress, type Ticket, type TicketId } from "./types.ts";

/**
 * Makes two live requests of one customer, or of one stranger, one for good (O6): `from` ends, its words stay where they are
 * and are read with those of `into`, whose requester and whoever asked in `from` get one mail that says so.
 * @throws not_found `tickets.missing`, invalid `tickets.same`, conflict `tickets.merged`, `tickets.ended`,
 * `tickets.other_stranger`, `tickets.merged_max`. Returns the one that goes on.
 */
export async function mergeTickets(
  tx: OperatorTx,
  actor: Extract<Actor, { kind: "operator" }>,
  ids: { readonly tenantId: TenantId; readonly into: TicketId; readonly from: TicketId },
  services: TicketServices,
): Promise<Ticket> {
  if (ids.into === ids.from) throw new Failure("invalid", "tickets.same", "a ticket is not merged into itself");
  const [into, from] = await lockBoth(tx, ids.tenantId, [ids.into, ids.from]);
  if (into.mergedInto !== null || from.mergedInto !== null)
    throw new Failure("conflict", "tickets.merged", "one of the two was merged before");
  if (!isLive(into) || !isLive(from)) throw new Failure("conflict", "tickets.ended", "only live tickets are merged");
  if (ids.tenantId === providerTenantId && !isOneStranger(into, from))
    throw new Failure("conflict", "tickets.other_stranger", "the two are not of the same person");
  if ((await countMerged(tx, ids.tenantId, [into.id, from.id])) >= ticketLimits.mergedMax)
    throw new Failure("conflict", "tickets.merged_max", "too many tickets were merged into it");
  const now = new Date(services.clock.nowMs());
  const among = await setMerged(tx, from, into.id, now);
  const after: Ticket = {
    ...into,
    ...owedAnswer(into, from),
    state: into.state === "open" || from.state === "open" ? "open" : "waiting_customer",
    waitingSince: into.state === "open" || from.state === "open" ? null : into.waitingSince,
    assigneeId: into.assigneeId ?? from.assigneeId,
    noticeId: into.noticeId ?? from.noticeId,
    updatedAt: now,
  };
  await updateTicket(tx, after);
  if (after.noticeId !== into.noticeId) await setNotice(tx, into, after.noticeId);
  const told = await mailRequester(tx, after, "merged", { merged: from.number, among }, services);
  await noteSent(tx, after, told, services);
  await recordAudit(tx, actor, {
    action: "tickets.merged",
    object: { kind: "ticket", id: from.id },
    details: { number: Number(from.number), into: Number(into.number) },
    tenantId: ids.tenantId,
  });
  return after;
}

const isLive = ({ state }: Ticket): boolean => state === "open" || state === "waiting_customer";

/** One who signs in is known by account; all others by address, and a mail without one is nobody's. */
function isOneStranger(one: Ticket, other: Ticket): boolean {
  const address = one.requesterAddress.toLowerCase();
  return address !== nobodysAddress && address === other.requesterAddress.toLowerCase();
}

/** The first answer that is still owed, with the earlier of the times promised (R26). */
function owedAnswer(into: Ticket, from: Ticket): Pick<Ticket, "reactedAt" | "reactionDueAt"> {
  const owed = [into, from].filter(({ reactedAt }) => reactedAt === null).map(({ reactionDueAt }) => reactionDueAt);
  const [first] = owed.toSorted((a, b) => a.getTime() - b.getTime());
  const { reactedAt, reactionDueAt } = into;
  return first ? { reactedAt: null, reactionDueAt: first } : { reactedAt, reactionDueAt };
}
