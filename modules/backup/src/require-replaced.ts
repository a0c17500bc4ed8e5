import { Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { FileRow, UploadRow } from "./rows.ts";
import { selectFileOfPoint } from "./store-files.ts";
import { notFound } from "./troubles.ts";

/** The file whose place an upload is to take; null when it makes a point of its own. @throws precondition `vault.point_moved`. */
export async function requireReplaced(
  tx: TenantTx,
  upload: Pick<UploadRow, "deviceId" | "chainId" | "replacesPointId" | "replacesRoot">,
): Promise<FileRow | null> {
  const { replacesPointId, replacesRoot } = upload;
  if (replacesPointId === null || replacesRoot === null) return null;
  const file = await selectFileOfPoint(tx, upload.deviceId, replacesPointId);
  if (file?.state !== "live" || file.chainId !== upload.chainId) throw notFound();
  if (file.fileRoot.equals(replacesRoot)) return file;
  throw new Failure("precondition", "vault.point_moved", "the point has another file now", {
    details: { fileRoot: file.fileRoot.toString("hex") },
  });
}
