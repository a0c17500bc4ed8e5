import { Failure } from "@casaforte/kernel";
import { requireSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { mayBecomeFull } from "./chain-lines.ts";
import { backupLimits } from "./limits.ts";
import type { FileRow, UploadRow } from "./rows.ts";
import { selectChainLinks } from "./store-compose.ts";
import { selectEarlierFiles, selectSetAsideBytes } from "./store-earlier-files.ts";
import { selectFileOfPoint } from "./store-files.ts";
import { notFound, tooMany } from "./troubles.ts";

/**
 * The file whose place an upload is to take; null when it makes a point of its own. What was replaced is kept off quota, so
 * that a point has few such files. `openedMs`: when the upload was opened, or that it is now.
 * @throws precondition `vault.point_moved`, conflict `vault.too_many`, `vault.point_needed` while what builds on the point
 *   is not one line of live files that the agent can have known.
 */
export async function requireReplaced(
  tx: TenantTx,
  upload: Pick<UploadRow, "deviceId" | "chainId" | "replacesPointId" | "replacesRoot">,
  openedMs: number,
): Promise<FileRow | null> {
  const { replacesPointId, replacesRoot } = upload;
  if (replacesPointId === null || replacesRoot === null) return null;
  const file = await selectFileOfPoint(tx, upload.deviceId, replacesPointId);
  if (file?.state !== "live" || file.chainId !== upload.chainId) throw notFound();
  if (file.fileRoot.equals(replacesRoot)) {
    if ((await selectEarlierFiles(tx, [file.id])).length >= backupLimits.earlierFilesMax)
      throw tooMany("replaced files of one point", backupLimits.earlierFilesMax);
    if (!mayBecomeFull(await selectChainLinks(tx, upload.chainId), file.id, openedMs))
      throw new Failure(
        "conflict",
        "vault.point_needed",
        "points that build on this one lie in the bin, came out of it within a day, or are several lines: it can become a full later",
      );
    return file;
  }
  throw new Failure("precondition", "vault.point_moved", "the point has another file now", {
    details: { fileRoot: file.fileRoot.toString("hex") },
  });
}

/**
 * Refuses a replacement, in its transaction, after which the device's replaced files of locked points would need more than
 * their part of the space's quota beside it: what a file shares with the one in its place counts nothing here. Of the whole
 * device, since a token could else take the places of its points in turn, and of no other, whose backups it would end.
 * In single file with other replacements.
 * @throws over_quota `vault.over_quota` with `quotaBytes`, `setAsideBytes`, `setAsideBytesMax`.
 */
export async function assertSetAside(
  tx: TenantTx,
  { spaceId, deviceId }: Pick<UploadRow, "spaceId" | "deviceId">,
  nowMs: number,
): Promise<void> {
  const { quotaBytes } = await requireSpace(tx, spaceId, { lock: true });
  const setAsideBytesMax = quotaBytes / backupLimits.setAsideDivisor;
  const setAsideBytes = await selectSetAsideBytes(tx, deviceId, new Date(nowMs));
  if (setAsideBytes <= setAsideBytesMax) return;
  throw new Failure(
    "over_quota",
    "vault.over_quota",
    "what replaced files of this device's locked points hold would exceed a quarter of the quota: wait until the locks end, or raise the quota",
    {
      details: {
        quotaBytes: Number(quotaBytes),
        setAsideBytes: Number(setAsideBytes),
        setAsideBytesMax: Number(setAsideBytesMax),
      },
    },
  );
}
