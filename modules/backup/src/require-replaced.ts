import { Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { backupLimits } from "./limits.ts";
import type { FileRow, UploadRow } from "./rows.ts";
import { selectEarlierFiles } from "./store-earlier-files.ts";
import { selectFileOfPoint } from "./store-files.ts";
import { notFound, tooMany } from "./troubles.ts";

/**
 * The file whose place an upload is to take; null when it makes a point of its own. What was replaced is kept off quota, so
 * that a point has few such files. @throws precondition `vault.point_moved`, conflict `vault.too_many`.
 */
export async function requireReplaced(
  tx: TenantTx,
  upload: Pick<UploadRow, "deviceId" | "chainId" | "replacesPointId" | "replacesRoot">,
): Promise<FileRow | null> {
  const { replacesPointId, replacesRoot } = upload;
  if (replacesPointId === null || replacesRoot === null) return null;
  const file = await selectFileOfPoint(tx, upload.deviceId, replacesPointId);
  if (file?.state !== "live" || file.chainId !== upload.chainId) throw notFound();
  if (file.fileRoot.equals(replacesRoot)) {
    if ((await selectEarlierFiles(tx, [file.id])).length >= backupLimits.earlierFilesMax)
      throw tooMany("replaced files of one point", backupLimits.earlierFilesMax);
    return file;
  }
  throw new Failure("precondition", "vault.point_moved", "the point has another file now", {
    details: { fileRoot: file.fileRoot.toString("hex") },
  });
}
