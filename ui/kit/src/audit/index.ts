export { AuditPage, type AuditPageProps } from "./audit-page.tsx";
