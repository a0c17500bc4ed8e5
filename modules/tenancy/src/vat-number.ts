import { Failure } from "@casaforte/kernel";
import { countries } from "./countries.ts";
import { checkTaxIdentity } from "./italian-tax-identity.ts";

export interface VatNumber {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Without the country's letters. */
  readonly vatNumber: string;
}

/** Letters of VAT numbers that are not those of the country (Directive 2006/112/EC, art. 215). */
const countryOfLetters: Readonly<Record<string, string>> = { EL: "GR", XI: "GB" };

/**
 * A VAT number as people write it: blanks, dots and hyphens between, with the country's letters in front or, in Italy,
 * without. @throws invalid `tenancy.vat_number`.
 */
export function parseVatNumber(text: string): VatNumber {
  const [, letters = "IT", vatNumber = ""] = /^([A-Z]{2})?(.*)$/.exec(text.toUpperCase().replace(/[\s.-]/gu, "")) ?? [];
  const found = { country: countryOfLetters[letters] ?? letters, vatNumber };
  if (!countries.has(found.country))
    throw new Failure("invalid", "tenancy.vat_number", "no country has the letters of this VAT number");
  checkTaxIdentity({ ...found, taxCode: null });
  return found;
}
