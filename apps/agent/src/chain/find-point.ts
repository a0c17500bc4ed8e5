import { Failure } from "@casaforte/kernel";
import type { PointReply, VaultClient } from "@casaforte/vault";

/** All points of the device's chains that can still be asked for, in the order in which they were made, whatever the vault's clock said. */
export async function listPoints(vault: VaultClient): Promise<readonly PointReply[]> {
  const points: PointReply[] = [];
  for await (const point of vault.points()) if (point.state !== "deleted") points.push(point);
  return points;
}

/** `latest`, a point's id, or its beginning (eight characters or more). @throws not_found `agent.point`. */
export async function findPoint(vault: VaultClient, wanted: string): Promise<PointReply> {
  const points = await listPoints(vault);
  const latest = points.at(-1);
  if (wanted === "latest" && latest !== undefined) return latest;
  const found = points.filter(
    (point) => point.pointId === wanted || (wanted.length >= 8 && point.pointId.startsWith(wanted)),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const message = points.length === 0 ? "the vault has no restore point of this device" : `no restore point ${wanted}`;
  throw new Failure("not_found", "agent.point", message);
}
