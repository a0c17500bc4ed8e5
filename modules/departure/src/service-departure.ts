import type { KeyObject } from "node:crypto";
import { type Actor, type BlobId, type Clock, Failure, newId, type Random, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { ServiceDeparture, ServiceDepartureId, ServiceKind } from "./departure.ts";
import { departureLimits } from "./limits.ts";
import { selectDeparture } from "./store.ts";
import {
  insertServiceDeparture,
  markServiceCancelled,
  markServiceWanted,
  selectServiceDeparture,
} from "./store-services.ts";

/** What the product knows of a kind of service that may end alone. */
export interface LeavingService {
  /** What of its own stays beside it, and why; said in the certificate. */
  readonly kept: readonly { readonly name: string; readonly basis: string }[];
  /** @throws not_found when the customer has none of that id, conflict when it cannot end alone as it stands. */
  nameOf(tx: TenantTx, subjectId: string): Promise<string>;
  /** Until when something in it may not be deleted; null: nothing. */
  lockedUntil(tx: TenantTx, subjectId: string): Promise<Date | null>;
  /**
   * Ends what is metered, lets nobody in any more, and marks everything deleted; also when its customer deleted it before.
   * `overLocks`: whatever is locked. Returns the ids of what belongs to it (`members`); null when its customer deleted it
   * and has made another of its name since, so that nothing of it is left to end. @throws locked while something is,
   * without `overLocks`.
   */
  end(
    tx: TenantTx,
    actor: Actor,
    subject: Pick<ServiceDeparture, "subjectId" | "name">,
    when: { readonly nowMs: number; readonly overLocks: boolean },
  ): Promise<readonly string[] | null>;
  /**
   * Deletes what is not rows of it alone: stored bytes everywhere, what is under way. `counted` is told in the transactions
   * in which something is given up. `guard` is asked before each step that cannot be undone, and throws when it must not be
   * taken.
   */
  purge(
    tenantId: TenantId,
    subject: Pick<ServiceDeparture, "subjectId" | "name" | "members">,
    counted: (tx: TenantTx, store: string, blobs: number) => Promise<void>,
    guard: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * For a kind whose rows share stored files with rows that stay: which of these nobody needs, once its rows are gone, and
   * where they lie. Null: its rows share none.
   */
  readonly shared: {
    readonly store: BlobStore;
    unclaimed(tenantId: TenantId, blobs: readonly BlobId[]): Promise<readonly BlobId[]>;
  } | null;
  /** Writes to every owner and administrator. */
  tell(tx: TenantTx, name: string, matter: { readonly kind: "asked" | "sooner"; readonly atMs: number }): Promise<void>;
}

export type LeavingServices = Readonly<Record<ServiceKind, LeavingService>>;

export interface ServiceDepartureServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly providerName: string;
  /** Ed25519; signs certificates. */
  readonly signingKey: KeyObject;
  readonly leaving: LeavingServices;
  /** Where archives that customers asked for lie. */
  readonly archives: BlobStore;
  /** True while a legal hold stands (R92). */
  isHeld(tx: OperatorTx, tenantId: TenantId): Promise<boolean>;
  /** Rows erased in one transaction, if not `departureLimits.eraseBatch`. */
  readonly eraseBatch?: bigint;
}

type Ports = Pick<ServiceDepartureServices, "clock" | "random" | "leaving">;

/**
 * Asks for the end of one service: it goes on, and is billed, until its window ends, which is never before a lock in it
 * does. Every owner and administrator is told (R61, R62). Its name must be typed.
 * @throws invalid `departure.confirmation`, conflict `departure.standing`, not_found.
 */
export async function requestServiceDeparture(
  tx: TenantTx,
  actor: Actor,
  input: { readonly kind?: ServiceKind; readonly subjectId: string; readonly confirmation: string },
  { clock, random, leaving: services }: Ports,
): Promise<ServiceDepartureId> {
  const { kind = "space", subjectId } = input;
  const leaving = services[kind];
  const name = await leaving.nameOf(tx, subjectId);
  if (input.confirmation.trim() !== name)
    throw new Failure("invalid", "departure.confirmation", "type the name of the service to end it");
  const whole = await selectDeparture(tx, tx.tenantId);
  const nowMs = clock.nowMs();
  const lockedMs = (await leaving.lockedUntil(tx, subjectId))?.getTime() ?? 0;
  const retrievalUntil = new Date(Math.max(nowMs + departureLimits.retrievalMs, lockedMs));
  const id = newId<ServiceDepartureId>(clock, random);
  const row = { id, kind, subjectId, name, requestedAt: new Date(nowMs), retrievalUntil };
  if (whole !== null || !(await insertServiceDeparture(tx, row)))
    throw new Failure("conflict", "departure.standing", "the end of this service was asked for already");
  await leaving.tell(tx, name, { kind: "asked", atMs: retrievalUntil.getTime() });
  await recordAudit(tx, actor, {
    action: "departure.service_requested",
    object: { kind: "service_departure", id },
    details: { kind, subject: subjectId, retrievalUntil: retrievalUntil.toISOString() },
  });
  return id;
}

async function standing(tx: TenantTx, id: ServiceDepartureId): Promise<ServiceDeparture> {
  const row = await selectServiceDeparture(tx, id);
  if (row === null || row.state === "erased" || row.state === "cancelled")
    throw new Failure("not_found", "departure.none", "the end of this service was not asked for");
  if (row.state === "erasing") throw new Failure("conflict", "departure.erasing", "the deletion has begun");
  return row;
}

/** Takes the end back, while nothing was deleted. @throws not_found `departure.none`, conflict `departure.erasing`. */
export async function cancelServiceDeparture(
  tx: TenantTx,
  actor: Actor,
  id: ServiceDepartureId,
  { clock }: Pick<Ports, "clock">,
): Promise<void> {
  await standing(tx, id);
  await markServiceCancelled(tx, id, new Date(clock.nowMs()));
  await recordAudit(tx, actor, {
    action: "departure.service_cancelled",
    object: { kind: "service_departure", id },
  });
}

/**
 * The customer asks for deletion before the window ends; it comes after a grace in which it can be taken back. What is
 * locked keeps its lock: nobody ends that sooner. Asked again, nothing changes.
 * @throws invalid `departure.confirmation`, locked `departure.points_locked`, and as `cancelServiceDeparture`.
 */
export async function requestServiceErasure(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: ServiceDepartureId; readonly confirmation: string },
  { clock, leaving: services }: Pick<Ports, "clock" | "leaving">,
): Promise<void> {
  const { id, kind, name, subjectId, eraseWantedAt } = await standing(tx, input.id);
  if (input.confirmation.trim() !== name)
    throw new Failure("invalid", "departure.confirmation", "type the name of the service to delete it now");
  if (eraseWantedAt !== null) return;
  const leaving = services[kind];
  const nowMs = clock.nowMs();
  const atMs = nowMs + departureLimits.eraseGraceMs;
  const locked = await leaving.lockedUntil(tx, subjectId);
  if (locked !== null && locked.getTime() > atMs)
    throw new Failure("locked", "departure.points_locked", "restore points in it are still locked", {
      details: { lockedUntil: locked.toISOString() },
    });
  await markServiceWanted(tx, id, new Date(nowMs));
  await leaving.tell(tx, name, { kind: "sooner", atMs });
  await recordAudit(tx, actor, {
    action: "departure.service_erasure_wanted",
    object: { kind: "service_departure", id },
  });
}
