import { Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { type Device, requireDevice } from "@casaforte/modules/devices";
import type { UserActor } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { assertUnlocked, bin } from "./delete-point.ts";
import type { FileId, FileRow, PointId } from "./rows.ts";
import { lockChain, selectFileOfAnyPoint, selectLiveFilesOfChain } from "./store-files.ts";
import { selectOpenAlarms } from "./store-retention.ts";

const notFound = () => new Failure("not_found", "backup.point_not_found", "there is no such restore point");

/** Of a chain's live files, parents before children: a file and all that build on it, however far; none when it is not live. */
function withDependants(files: readonly FileRow[], root: FileId): FileRow[] {
  const going = new Set<FileId>();
  return files.filter(({ id, parentFileId }) => {
    const belongs = id === root || (parentFileId !== null && going.has(parentFileId));
    if (belongs) going.add(id);
    return belongs;
  });
}

interface PointWithDependants {
  readonly device: Device;
  /** The point's file, then those that build on it, by age; empty when the point lies in the bin already. */
  readonly files: readonly FileRow[];
}

/** What goes with a point when it is deleted. @throws not_found `backup.point_not_found`. */
export async function readWithDependants(tx: TenantTx, pointId: PointId): Promise<PointWithDependants> {
  const found = await selectFileOfAnyPoint(tx, pointId);
  if (found === null) throw notFound();
  const device = await requireDevice(tx, found.deviceId);
  return { device, files: withDependants(await selectLiveFilesOfChain(tx, found.chainId), found.id) };
}

export interface DeleteWithDependantsInput {
  readonly pointId: PointId;
  /** The device's name, typed. */
  readonly confirmation: string;
  /** How many later points the person was told go with it; null once the first of them went. */
  readonly dependants: number | null;
  /** How many points may go in this transaction. */
  readonly most: number;
  /** Whether the vault's clock ran without a jump: only then has a lock that it says ended. */
  readonly isSteady: boolean;
  readonly nowMs: number;
}

/**
 * Moves a point and all that build on it to the bin, by somebody's hand, the newest first and `most` at a time; idempotent.
 * No lock is shortened, and while an alarm of the device is open nothing goes. `left`: how many are still to go.
 * @throws not_found `backup.point_not_found`, invalid `devices.confirmation`, locked `vault.point_locked`,
 *   unavailable `backup.clock_not_steady`,
 *   conflict `backup.alarm_open`, `backup.dependants_changed` when another number of points goes than was told.
 */
export async function deleteWithDependants(
  tx: TenantTx,
  actor: UserActor,
  input: DeleteWithDependantsInput,
): Promise<PointWithDependants & { readonly left: number }> {
  const found = await selectFileOfAnyPoint(tx, input.pointId);
  if (found === null) throw notFound();
  // Under the chain's lock: a commit may just be prolonging locks or building upon the point.
  if (!(await lockChain(tx, found.deviceId, found.chainId))) throw notFound();
  const all = await readWithDependants(tx, input.pointId);
  const { device, files } = all;
  if (input.confirmation !== device.name)
    throw new Failure("invalid", "devices.confirmation", "type the name of the device");
  if (files.length === 0) return { ...all, left: 0 };
  assertUnlocked(files, input.nowMs);
  if (!input.isSteady)
    throw new Failure("unavailable", "backup.clock_not_steady", "the vault's clock has not run steadily for a day");
  if ((await selectOpenAlarms(tx, device.id)).length > 0)
    throw new Failure(
      "conflict",
      "backup.alarm_open",
      "an alarm of the device is open: points stay until it is settled",
    );
  if (input.dependants !== null && files.length - 1 !== input.dependants)
    throw new Failure("conflict", "backup.dependants_changed", "other points go with it than was told");
  // The newest first: between two transactions what is left is whole.
  const page = files.toReversed().slice(0, input.most);
  for (const file of page) {
    await bin(tx, file, input.nowMs);
    await recordAudit(tx, actor, {
      action: "backup.point_deleted",
      object: { kind: "restore_point", id: file.pointId },
      details: {
        file: file.id,
        at: file.at.toISOString(),
        size: String(file.size),
        ...(file.pointId === input.pointId ? {} : { with: input.pointId }),
      },
    });
  }
  return { device, files: page, left: files.length - page.length };
}
