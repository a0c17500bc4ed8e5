import { Failure, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices, MailToAppend } from "./services.ts";

/** One message for accounts of one tenant, with whatever else belongs in its transaction. */
export interface Arrival {
  readonly mails: readonly MailToAppend[];
  /** `also` sends one statement at once and needs nothing of what was appended. */
  readonly isPlain: boolean;
  readonly also: (tx: TenantTx) => Promise<void>;
}

/** Resolves when the arrival is committed. @throws what `MailStore.append` and `also` throw; then nothing of it is there. */
export type DeliverNow = (tenantId: TenantId, arrival: Arrival) => Promise<void>;

interface Waiting {
  readonly arrival: Arrival;
  readonly done: PromiseWithResolvers<void>;
}

interface Lane {
  readonly waiting: Waiting[];
  running: number;
}

/**
 * Puts mail into mailboxes in the transaction that accepts it. What arrives for a tenant while a transaction is under way
 * goes together in the next one: one lock, one commit and one sync for all of it. If one arrival of a batch cannot be
 * appended, each is tried alone, so that a full mailbox harms nobody else.
 */
export function createDeliverNow(services: Pick<MailflowServices, "db" | "mailStore">): DeliverNow {
  const lanes = new Map<TenantId, Lane>();

  const commit = (tenantId: TenantId, arrivals: readonly Arrival[]): Promise<void> =>
    services.db.tenant(tenantId, async (tx) => {
      await services.mailStore.append(
        tx,
        arrivals.flatMap(({ mails }) => mails),
      );
      for (const { also } of arrivals) await also(tx);
    });

  /** Everything in one trip to the database where nobody wished for more than his inbox. */
  function commitTogether(tenantId: TenantId, arrivals: readonly Arrival[]): Promise<void> {
    const mails = arrivals.flatMap((arrival) => arrival.mails);
    const places = arrivals.every(({ isPlain }) => isPlain) ? services.mailStore.knownPlaces(mails) : null;
    if (places === null) return commit(tenantId, arrivals);
    const work = async (tx: TenantTx) => {
      const sent = [services.mailStore.append(tx, mails, places), ...arrivals.map(({ also }) => also(tx))];
      for (const outcome of await Promise.allSettled(sent)) if (outcome.status === "rejected") throw outcome.reason;
    };
    return services.db.tenant(tenantId, work, { oneTrip: true });
  }

  async function settle(tenantId: TenantId, batch: readonly Waiting[]): Promise<void> {
    try {
      await commitTogether(
        tenantId,
        batch.map(({ arrival }) => arrival),
      );
      for (const { done } of batch) done.resolve();
      return;
    } catch (error) {
      // Only what was surely rolled back may be tried again: after anything else the outcome is unknown.
      if (!isRefusal(error) || (batch.length === 1 && error.kind !== "conflict")) {
        for (const { done } of batch) done.reject(error);
        return;
      }
    }
    for (const { arrival, done } of batch) await commit(tenantId, [arrival]).then(done.resolve, done.reject);
  }

  async function run(tenantId: TenantId, lane: Lane): Promise<void> {
    lane.running++;
    for (;;) {
      const batch = lane.waiting.splice(0, mailflowLimits.arrivalsTogetherMax);
      if (batch.length === 0) break;
      await settle(tenantId, batch);
    }
    lane.running--;
    if (lane.running === 0) lanes.delete(tenantId);
  }

  return (tenantId, arrival) => {
    const lane = lanes.get(tenantId) ?? { waiting: [], running: 0 };
    lanes.set(tenantId, lane);
    const done = Promise.withResolvers<void>();
    lane.waiting.push({ arrival, done });
    if (lane.running < mailflowLimits.arrivalLanesMax) void run(tenantId, lane);
    return done.promise;
  };
}

const refusals = new Set(["over_quota", "not_found", "conflict"]);

/** Thrown by our own code before the commit was asked for. */
export const isRefusal = (error: unknown): error is Failure => error instanceof Failure && refusals.has(error.kind);
