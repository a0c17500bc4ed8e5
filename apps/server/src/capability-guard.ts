import type { TenantId } from "@casaforte/kernel";
import { assertCapable, type Capability, type Product } from "@casaforte/modules/measures";
import type { Db } from "@casaforte/platform/db";
import type { FastifyRequest } from "fastify";

/**
 * What each changing request of the console about a product needs to be allowed to do (R64). `free` is what no measure
 * takes away: restoring, receiving, protecting and removing one's own. A route that is not here changes its product.
 */
export const consoleCapabilities: Readonly<Record<string, Capability | "free">> = {
  "POST /api/spaces": "backup.new",
  "PATCH /api/spaces/:id": "backup.manage",
  "DELETE /api/spaces/:id": "free",
  "PATCH /api/devices/:id": "backup.manage",
  "DELETE /api/devices/:id": "free",
  "POST /api/devices/:id/revoke": "free",
  "POST /api/devices/:id/key-proof": "free",
  "POST /api/devices/:id/restore-tokens": "free",
  "POST /api/devices/:id/points/:pointId/restores": "free",
  "POST /api/devices/:id/run": "backup.upload",
  "PUT /api/devices/:id/policy": "backup.manage",
  "PUT /api/devices/:id/pause": "free",
  "POST /api/enrolments": "backup.new",
  "DELETE /api/enrolments/:id": "free",
  "POST /api/policies": "backup.manage",
  "PUT /api/policies/:id": "backup.manage",
  "DELETE /api/policies/:id": "backup.manage",
  "PUT /api/policies/:id/devices": "backup.manage",
  "POST /api/policies/preview": "free",
  "POST /api/points/:id/undelete": "free",
  "POST /api/points/:id/take-back": "free",
  "POST /api/points/:id/verify": "free",
  "DELETE /api/points/:id": "free",
  "POST /api/alarms/:id/settle": "free",
  "POST /api/domains": "mail.new",
  "POST /api/domains/:id/verify": "mail.manage",
  "POST /api/domains/:id/certificates/retries": "mail.manage",
  "DELETE /api/domains/:id": "free",
  "POST /api/addresses": "mail.manage",
  "PUT /api/addresses/:id": "mail.manage",
  "POST /api/addresses/:id/test": "mail.send",
  "PUT /api/addresses/:id/senders": "mail.manage",
  "PUT /api/domains/:id/alias": "mail.manage",
  "POST /api/domains/:id/dkim": "mail.manage",
  "PUT /api/domains/:id/sts": "mail.manage",
  "DELETE /api/addresses/:id": "mail.manage",
  "POST /api/mail-accounts": "mail.new",
  "POST /api/mail-accounts/import": "mail.new",
  "PATCH /api/mail-accounts/:id": "mail.manage",
  "POST /api/mail-accounts/:id/invitation": "free",
  "POST /api/mail-accounts/:id/password": "free",
  "POST /api/mail-accounts/:id/disconnect": "free",
  "DELETE /api/mail-accounts/:id": "free",
  "POST /api/mail-accounts/:id/restore": "free",
  "POST /api/mail-accounts/:id/purge": "free",
  "PUT /api/mail-accounts/:id/shares": "mail.manage",
  "POST /api/mail-accounts/:id/deleted-messages/restore": "free",
  "POST /api/mail-transfers": "mail.manage",
  "POST /api/mail-transfers/:id/pause": "free",
  "POST /api/mail-transfers/:id/cancel": "free",
  "POST /api/mail-transfers/:id/resume": "mail.manage",
  "POST /api/mail-stops/:id/lift": "mail.send",
  "POST /api/mail-quarantine/:id/release": "free",
  "POST /api/mail-quarantine/:id/delete": "free",
  "POST /api/mail-sender-rules": "mail.manage",
  "DELETE /api/mail-sender-rules/:id": "free",
  "PUT /api/mail-policies/:domain": "mail.manage",
};

/** @throws forbidden as assertCapable. */
export async function assertRouteCapable(
  db: Db,
  tenantId: TenantId,
  product: Product,
  request: FastifyRequest,
): Promise<void> {
  if (request.method === "GET" || request.method === "HEAD") return;
  const named = consoleCapabilities[`${request.method} ${request.routeOptions.url ?? ""}`];
  if (named === "free") return;
  const capability: Capability = named ?? `${product}.manage`;
  await db.tenant(tenantId, (tx) => assertCapable(tx, capability), { readOnly: true });
}
