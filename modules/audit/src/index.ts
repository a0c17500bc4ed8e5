export type { AuditDetails, AuditEntry } from "./entry.ts";
export { auditLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export { type AuditRecord, recordAudit } from "./record-audit.ts";
