import { type Actor, assert, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { AuditDetails } from "./entry.ts";
import { auditLimits } from "./limits.ts";
import { insertEntry } from "./store.ts";

export interface AuditRecord {
  readonly action: string;
  readonly object: { readonly kind: string; readonly id: string };
  /** Ids, figures, old and new values. Never secrets, never content. */
  readonly details?: AuditDetails;
  /**
   * Whose log. In a tenant's transaction always that tenant; in an operator's, the tenant acted upon, so that customers
   * see operator accesses, or the provider's own log when absent (also for acts under a gag).
   */
  readonly tenantId?: TenantId;
}

/** Writes one entry in the writer's own transaction, without a lock; a job chains it within a second (R89). */
export async function recordAudit(tx: TenantTx | OperatorTx, actor: Actor, record: AuditRecord): Promise<void> {
  const tenantId = tx.scope === "tenant" ? tx.tenantId : (record.tenantId ?? providerTenantId);
  assert(
    record.tenantId === undefined || record.tenantId === tenantId,
    "an entry written in a tenant's transaction belongs to that tenant",
  );
  const tokenId = actor.kind === "user" || actor.kind === "operator" ? actor.tokenId : undefined;
  const acting = actor.kind === "user" ? actor.acting : undefined;
  const details: AuditDetails = {
    ...record.details,
    ...(tokenId === undefined ? {} : { token: tokenId }),
    ...(acting === undefined ? {} : { onBehalfOf: actorId(actor), grant: acting.grantId }),
  };
  assert(JSON.stringify(details).length <= auditLimits.detailsBytesMax, "audit details stay small");
  await insertEntry(tx, {
    tenantId,
    // Who really acts stands first, in whose name beside it (R90).
    actorKind: acting === undefined ? actor.kind : "operator",
    actorId: acting === undefined ? actorId(actor) : acting.principalId,
    actorRoles: acting?.roles ?? rolesOf(actor),
    actorIp: actor.kind === "system" ? null : actor.ip,
    action: record.action,
    objectKind: record.object.kind,
    objectId: record.object.id,
    details,
  });
}

const rolesOf = (actor: Actor): readonly string[] =>
  actor.kind === "user" ? [actor.role] : actor.kind === "operator" ? actor.roles : [];

function actorId(actor: Actor): string | null {
  switch (actor.kind) {
    case "user":
    case "operator":
    case "mail_account":
      return actor.principalId;
    case "device":
      return actor.deviceId;
    case "system":
      return actor.name;
    case "visitor":
      return null;
  }
}
