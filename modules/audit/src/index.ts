export { type AnchoredHead, type AnchorServices, anchorHeads, readAnchors } from "./anchor.ts";
export type { AuditDetails, AuditEntry } from "./entry.ts";
export { csvCell, exportAudit } from "./export-audit.ts";
export { type ChainExportCheck, checkChainExport, exportChain } from "./export-chain.ts";
export { type AuditHttpServices, registerAuditRoutes } from "./http.ts";
export { auditInvariants as invariants } from "./invariants.ts";
export { type AuditJobServices, chainAudit, jobHandlers, jobSchedules } from "./jobs.ts";
export { auditLimits } from "./limits.ts";
export { type AuditFilter, type AuditPage, listAudit } from "./list-audit.ts";
export { migrations } from "./migrations.ts";
export { type AuditRecord, recordAudit } from "./record-audit.ts";
export {
  type ChainedEntry,
  cutLog,
  selectEntriesAfter as listEntriesAfter,
  selectEntriesOfObject as listEntriesOfObject,
  selectHead as readAuditHead,
  selectHeadsBeyond as listHeadsBeyond,
} from "./store.ts";
export { type ChainFinding, type ChainVerification, verifyAuditChain } from "./verify-chain.ts";
