export { type CreateTenantInput, createTenant, tenantName } from "./create-tenant.ts";
export { forgetTenant } from "./forget-tenant.ts";
export { type FoundTenantInput, foundTenant } from "./found-tenant.ts";
export { tenancyInvariants as invariants } from "./invariants.ts";
export { checkItalianTaxCode, checkItalianVatNumber, checkTaxIdentity } from "./italian-tax-identity.ts";
export { tenancyLimits } from "./limits.ts";
export { type ListTenantsInput, listTenants, type TenantPage } from "./list-tenants.ts";
export { markTenantDeparted } from "./mark-departed.ts";
export { migrations } from "./migrations.ts";
export type { Note, NoteId } from "./note.ts";
export {
  addNote,
  changeNote,
  deleteNote,
  listNotes,
  listNotesBy,
  mayDeleteNote,
  type NotePage,
  restoreNote,
} from "./notes.ts";
export { setTenantPolicy } from "./set-tenant-policy.ts";
export { eachTenant, sweepTenants, type TenantRef } from "./sweep.ts";
export type { CompanyData, Language, Tenant, TenantState } from "./tenant.ts";
export { readTenant, type UpdateTenantInput, updateTenant } from "./update-tenant.ts";
export { parseVatNumber, type VatNumber } from "./vat-number.ts";
export { holdUnvetted, vetTenant } from "./vet-tenant.ts";
