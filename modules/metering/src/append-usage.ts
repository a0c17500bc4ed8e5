import { Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { meteringLimits } from "./limits.ts";
import { type EventRow, insertEvent, markDirty, selectEvent } from "./store.ts";
import type { Meter, UsageChange } from "./usage.ts";

interface Append {
  /** The writer's module: `spaces`, `mailbox`. */
  readonly source: string;
  /** The writer's name for this event; said twice it counts once (R41). */
  readonly eventId: string;
  readonly subjectId: string;
  /** When it happened. */
  readonly atMs: number;
  /** When the ledger is told. */
  readonly nowMs: number;
}

export type AppendUsage = Append & { readonly meter: Exclude<Meter, "stored"> } & UsageChange;
export type AppendStored = Append & { readonly deltaBytes: bigint };

/**
 * Appends to the ledger, in the transaction of whoever makes, changes or ends the thing. Told again, it changes nothing.
 * @throws invalid `metering.from_future`, `metering.too_old`, `metering.quantity`, conflict `metering.event_differs`.
 */
export async function appendUsage(tx: TenantTx, input: AppendUsage): Promise<void> {
  const plan = input.kind === "ended" ? null : input.plan;
  if (plan !== null && (plan.quantity < 1n || plan.quantity > meteringLimits.quantityMax || plan.rank < 0n))
    throw new Failure("invalid", "metering.quantity", "a quantity is a whole number of at least one");
  await append(tx, input, { meter: input.meter, kind: input.kind, plan, deltaBytes: null });
}

/**
 * Bytes came to or went from a space. @throws as appendUsage; invalid `metering.delta` when absurd.
 */
export async function appendStored(tx: TenantTx, input: AppendStored): Promise<void> {
  const { deltaBytes } = input;
  if (deltaBytes > meteringLimits.deltaBytesMax || deltaBytes < -meteringLimits.deltaBytesMax)
    throw new Failure("invalid", "metering.delta", "no write is that large");
  await append(tx, input, { meter: "stored", kind: "delta", plan: null, deltaBytes });
}

async function append(
  tx: TenantTx,
  input: Append,
  what: Pick<EventRow, "meter" | "kind" | "plan" | "deltaBytes">,
): Promise<void> {
  if (!Number.isFinite(input.atMs) || input.atMs > input.nowMs + meteringLimits.futureSkewMs)
    throw new Failure("invalid", "metering.from_future", "usage cannot be reported before it happens");
  if (input.atMs < input.nowMs - meteringLimits.ageMsMax)
    throw new Failure("invalid", "metering.too_old", "usage of so long ago is settled by a credit note");
  const row: EventRow = {
    ...what,
    source: input.source,
    eventId: input.eventId,
    subjectId: input.subjectId,
    at: new Date(input.atMs),
  };
  if (await insertEvent(tx, row, new Date(input.nowMs))) return markDirty(tx, row, new Date(input.nowMs));
  const before = await selectEvent(tx, row.source, row.eventId);
  if (before === null || fingerprint(before) !== fingerprint(row))
    throw new Failure("conflict", "metering.event_differs", "this event was reported before with other figures");
}

const fingerprint = ({ meter, kind, subjectId, at, plan, deltaBytes }: EventRow): string =>
  JSON.stringify([
    meter,
    kind,
    subjectId,
    at.getTime(),
    plan && [plan.serviceId, plan.sku, plan.skuVersion, String(plan.quantity), plan.unit, String(plan.rank)],
    deltaBytes === null ? null : String(deltaBytes),
  ]);
