import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import {
  type AuditEntryReply,
  auditExportQuerySchema,
  auditQuerySchema,
  auditReplySchema,
  auditVerificationReplySchema,
} from "@casaforte/contract/audit";
import { type Actor, Failure, parseId, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { AuditEntry } from "./entry.ts";
import { exportAudit } from "./export-audit.ts";
import { exportChain } from "./export-chain.ts";
import { type AuditFilter, listAudit } from "./list-audit.ts";
import { recordAudit } from "./record-audit.ts";
import { verifyAuditChain } from "./verify-chain.ts";

/** A request as the authenticator needs it; Fastify's own fits. */
export interface AuditRequest {
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
  readonly cookies: { readonly [name: string]: string | undefined };
}

export interface AuditHttpServices {
  readonly db: Db;
  /** Who is signed in: identity's authenticator. */
  authenticate(request: AuditRequest): Promise<Actor>;
}

interface Query {
  readonly tenantId?: string | undefined;
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly objectKind?: string | undefined;
  readonly objectId?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * Whose log somebody may read (R89): owners, admins and read-only people their tenant's, security and legal operators
 * any tenant's. @throws forbidden `audit.role`, `audit.other_tenant`.
 */
function logOf(actor: Actor, asked: string | undefined): TenantId {
  if (actor.kind === "operator" && actor.roles.some((role) => role === "security" || role === "legal"))
    return asked === undefined ? providerTenantId : parseId<TenantId>(asked);
  if (actor.kind !== "user" || !["owner", "admin", "read_only"].includes(actor.role))
    throw new Failure("forbidden", "audit.role", "your role does not allow this");
  if (asked !== undefined && asked !== actor.tenantId)
    throw new Failure("forbidden", "audit.other_tenant", "this log belongs to another tenant");
  return actor.tenantId;
}

function filterOf(tenantId: TenantId, query: Query): AuditFilter {
  const { action, actorId, objectKind, objectId, from, until } = query;
  return {
    tenantId,
    ...(action === undefined ? {} : { action }),
    ...(actorId === undefined ? {} : { actorId }),
    ...(objectKind === undefined ? {} : { objectKind }),
    ...(objectId === undefined ? {} : { objectId }),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
  };
}

const view = (entry: AuditEntry): AuditEntryReply => ({
  ...entry,
  at: entry.at.toISOString(),
  actorRoles: [...entry.actorRoles],
});

/** The log on the console's and the operator's face: pages, export as CSV or JSON, and the check of the chain. */
export function registerAuditRoutes(app: Face, services: AuditHttpServices): void {
  const { db } = services;
  /** Reading a customer's log is an access that the customer sees; so is taking it away. */
  const noteAccess = async (actor: Actor, tenantId: TenantId, action: string) => {
    if (actor.kind === "operator" ? tenantId !== providerTenantId : action !== "audit.read")
      await db.tenant(tenantId, (tx) =>
        recordAudit(tx, actor, { action, object: { kind: "audit_log", id: tenantId } }),
      );
  };
  app.get(
    "/api/audit",
    { schema: { querystring: auditQuerySchema, response: { 200: auditReplySchema } } },
    async (request) => {
      const actor = await services.authenticate(request);
      const tenantId = logOf(actor, request.query.tenantId);
      const { cursor, count } = request.query;
      if (cursor === undefined) await noteAccess(actor, tenantId, "audit.read");
      const input = {
        ...filterOf(tenantId, request.query),
        ...(cursor === undefined ? {} : { cursor }),
        ...(count === undefined ? {} : { count }),
      };
      const page = await db.tenant(tenantId, (tx) => listAudit(tx, input), { readOnly: true });
      return { entries: page.entries.map(view), nextCursor: page.nextCursor };
    },
  );
  app.get("/api/audit/export", { schema: { querystring: auditExportQuerySchema } }, async (request, reply) => {
    const actor = await services.authenticate(request);
    const tenantId = logOf(actor, request.query.tenantId);
    await noteAccess(actor, tenantId, "audit.exported");
    const { format } = request.query;
    if (format === "chain") {
      reply.header("content-disposition", 'attachment; filename="audit-chain.jsonl"');
      return reply.type("application/jsonl; charset=utf-8").send(Readable.from(exportChain(db, tenantId)));
    }
    reply.header("content-disposition", `attachment; filename="audit.${format}"`);
    reply.type(format === "csv" ? "text/csv; charset=utf-8" : "application/json; charset=utf-8");
    return reply.send(Readable.from(exportAudit(db, filterOf(tenantId, request.query), format)));
  });
  app.get(
    "/api/audit/verification",
    {
      schema: {
        querystring: z.strictObject({ tenantId: z.uuid().optional() }),
        response: { 200: auditVerificationReplySchema },
      },
    },
    async (request) => {
      const tenantId = logOf(await services.authenticate(request), request.query.tenantId);
      const { chained, findings } = await db.tenant(tenantId, (tx) => verifyAuditChain(tx), { readOnly: true });
      return {
        chained: Number(chained),
        findings: findings.map((finding) => ({ ...finding, seq: finding.seq === null ? null : Number(finding.seq) })),
      };
    },
  );
}
