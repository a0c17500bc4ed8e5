import type { TenantId } from "@casaforte/kernel";

export type Language = "it" | "en";
export type TenantState = "active" | "departed";

/** What an invoice needs to know of the organisation. `null` means not given. */
export interface CompanyData {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly vatNumber: string | null;
  /** Codice fiscale: sixteen characters for a person, eleven digits for an organisation. */
  readonly taxCode: string | null;
  readonly address: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly province: string | null;
  /** PEC address for e-invoices. */
  readonly certifiedMail: string | null;
  /** SdI recipient code, seven characters. */
  readonly invoiceRecipientCode: string | null;
}

/** One customer organisation; the unit of segregation (R50). */
export interface Tenant extends CompanyData {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly state: TenantState;
  readonly language: Language;
  /** Its people must have a second factor to do anything but enrol one (R52). */
  readonly requireTwoFactor: boolean;
  /** Made by the customer itself, not by an operator (R73). */
  readonly signedUp: boolean;
  /** False until an operator has vetted an organisation that signed itself up: it holds little until then. */
  readonly vetted: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
