import { type Actor, Failure, type SiteId, type SpaceId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { spacesLimits } from "./limits.ts";
import type { ReplicaPlan, Site } from "./space.ts";
import { insertSpace, moveGuarantee, selectSites, selectSpaces } from "./store.ts";
import { assertRoomForUnvetted } from "./unvetted-room.ts";

export interface CreateSpaceInput {
  /** A fresh id. */
  readonly id: SpaceId;
  /** Chosen by the customer; there is no default (R31). */
  readonly siteId: SiteId;
  readonly name: string;
  readonly quotaBytes: bigint;
  readonly bandwidthBytesPerSecond?: bigint | null;
  readonly replicaPlan?: ReplicaPlan;
  readonly lockDays?: number;
  readonly nowMs: number;
}

/**
 * Makes a space at a site, inside what the site may promise (R5).
 * @throws invalid `spaces.site_unknown`, conflict `spaces.no_capacity` (R8), `spaces.no_second_location`,
 *   `spaces.name_taken`, `spaces.too_many`, precondition `spaces.not_vetted`.
 */
export async function createSpace(tx: TenantTx, actor: Actor, input: CreateSpaceInput): Promise<SpaceId> {
  const lockDays = input.lockDays ?? spacesLimits.lockDaysDefault;
  await assertRoomForUnvetted(tx, { growthBytes: input.quotaBytes, isNew: true });
  if ((await selectSpaces(tx)).length >= spacesLimits.spacesPerTenantMax)
    throw new Failure("conflict", "spaces.too_many", "too many spaces", {
      details: { max: spacesLimits.spacesPerTenantMax },
    });
  const sites = await selectSites(tx);
  const site = sites.find(({ id }) => id === input.siteId);
  if (!site) throw new Failure("invalid", "spaces.site_unknown", "there is no such site");
  const replicaPlan = input.replicaPlan ?? "none";
  assertReplica(site, replicaPlan);
  if (!(await moveGuarantee(tx, input.siteId, input.quotaBytes))) throw noCapacity(input.siteId);
  try {
    await insertSpace(tx, {
      id: input.id,
      siteId: input.siteId,
      name: input.name,
      quotaBytes: input.quotaBytes,
      bandwidthBytesPerSecond: input.bandwidthBytesPerSecond ?? null,
      replicaPlan,
      lockDays,
      createdAt: new Date(input.nowMs),
    });
  } catch (error) {
    throw nameTaken(error);
  }
  await recordAudit(tx, actor, {
    action: "spaces.space_created",
    object: { kind: "space", id: input.id },
    details: { name: input.name, site: input.siteId, quotaBytes: String(input.quotaBytes), lockDays, replicaPlan },
  });
  return input.id;
}

/** The first-class answer of a full site (R8). */
export const noCapacity = (siteId: SiteId) =>
  new Failure("conflict", "spaces.no_capacity", "the site has no capacity for that", { details: { siteId } });

/** A copy is promised only where there is a place for it. @throws conflict `spaces.no_second_location`. */
export function assertReplica(site: Site | undefined, plan: ReplicaPlan): void {
  if (plan === "none" || (site?.replicaName ?? null) !== null) return;
  throw new Failure("conflict", "spaces.no_second_location", "the site has no second location for a copy");
}

/** A duplicate name as a Failure; everything else as it is. */
export function nameTaken(error: unknown): unknown {
  return isViolation(error, "spaces_spaces_name")
    ? new Failure("conflict", "spaces.name_taken", "another space has this name", { cause: error })
    : error;
}
