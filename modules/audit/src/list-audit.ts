import { Failure, type Id, parseId, type TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { AuditEntry } from "./entry.ts";
import { auditLimits } from "./limits.ts";
import { selectEntries } from "./store.ts";

export interface AuditFilter {
  /** In a tenant's transaction its own; in an operator's, any. */
  readonly tenantId: TenantId;
  /** A whole action or its first parts: `identity` finds `identity.signed_in`. */
  readonly action?: string;
  readonly actorId?: string;
  readonly actorKind?: AuditEntry["actorKind"];
  readonly objectKind?: string;
  readonly objectId?: string;
  readonly from?: Date;
  readonly until?: Date;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Give it back as `cursor` for the next, older page; null at the end. */
  readonly nextCursor: string | null;
}

/** The log, newest first, a page at a time (R89). @throws invalid `id.malformed` for a cursor that is not one of ours. */
export async function listAudit(
  tx: TenantTx | OperatorTx,
  filter: AuditFilter & { readonly cursor?: string; readonly count?: number },
): Promise<AuditPage> {
  if (tx.scope === "tenant" && tx.tenantId !== filter.tenantId)
    throw new Failure("forbidden", "audit.other_tenant", "this log belongs to another tenant");
  const count = Math.min(Math.max(1, filter.count ?? 50), auditLimits.exportPage);
  const rows = await selectEntries(tx, {
    tenantId: filter.tenantId,
    action: filter.action ?? null,
    actorId: filter.actorId ?? null,
    actorKind: filter.actorKind ?? null,
    objectKind: filter.objectKind ?? null,
    objectId: filter.objectId ?? null,
    from: filter.from ?? null,
    until: filter.until ?? null,
    before: filter.cursor === undefined ? null : parseId<Id<"AuditEntry">>(filter.cursor),
    count: count + 1,
  });
  const entries = rows.slice(0, count);
  return { entries, nextCursor: rows.length > count ? (entries.at(-1)?.id ?? null) : null };
}
