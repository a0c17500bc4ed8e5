import type { TenantTx } from "@casaforte/platform/db";
import type { FileId, FileKind } from "./rows.ts";

export interface LineFile {
  readonly id: FileId;
  readonly kind: FileKind;
  readonly size: bigint;
  readonly fileRoot: Buffer;
  readonly at: Date;
  readonly state: "live" | "deleted" | "purged";
  /** Since when it lies in the bin. */
  readonly deletedAt: Date | null;
}

/** A file and all that it builds upon, the full first. */
export async function selectLine(tx: TenantTx, fileId: FileId): Promise<LineFile[]> {
  return tx.sql<LineFile[]>`
    with recursive line as (
      select f.id, f.parent_file_id, 0 as depth from backup_files f where f.tenant_id = ${tx.tenantId} and f.id = ${fileId}
      union all
      select f.id, f.parent_file_id, line.depth + 1 from backup_files f join line on f.id = line.parent_file_id
        where f.tenant_id = ${tx.tenantId})
    select f.id, f.kind, f.size, f.file_root as "fileRoot", p.at, f.state,
      f.deleted_at as "deletedAt"
    from line join backup_files f on f.tenant_id = ${tx.tenantId} and f.id = line.id
      join backup_points p on p.tenant_id = f.tenant_id and p.file_id = f.id order by line.depth desc`;
}
