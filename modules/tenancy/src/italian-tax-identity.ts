import { Failure } from "@casaforte/kernel";

/** True for eleven digits whose last is the Luhn check digit (partita IVA, D.M. 23/12/1976; also an organisation's codice fiscale). */
export function checkItalianVatNumber(text: string): boolean {
  if (!/^\d{11}$/.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < 11; index++) {
    const digit = text.charCodeAt(index) - 48;
    const doubled = digit * 2;
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Values of the characters in odd places (first, third, …): D.M. 23/12/1976, table of odd characters, A to Z. */
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Shape of a person's code; the digits may be letters L–V where two people would share one (omocodia). */
const personPattern = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;

function place(character: string): number {
  const code = character.charCodeAt(0);
  return code < 58 ? code - 48 : code - 65;
}

/** True for a person's sixteen characters with the right check letter, or an organisation's eleven digits. Upper case only. */
export function checkItalianTaxCode(text: string): boolean {
  if (text.length === 11) return checkItalianVatNumber(text);
  if (!personPattern.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < 15; index++) {
    const value = place(text.charAt(index));
    sum += index % 2 === 0 ? (oddValues[value] ?? 0) : value;
  }
  return text.charCodeAt(15) - 65 === sum % 26;
}

/**
 * Accepts what an Italian organisation gave, or any other country's number by shape only (its check is the tax
 * authority's). R73. @throws invalid `tenancy.vat_number`, `tenancy.tax_code`.
 */
export function checkTaxIdentity(company: {
  readonly country: string;
  readonly vatNumber: string | null;
  readonly taxCode: string | null;
}): void {
  const { country, vatNumber, taxCode } = company;
  const vatIsSound =
    vatNumber === null || (country === "IT" ? checkItalianVatNumber(vatNumber) : /^[0-9A-Z+*.]{2,20}$/.test(vatNumber));
  if (!vatIsSound) throw new Failure("invalid", "tenancy.vat_number", "the VAT number's check digit is wrong");
  if (taxCode !== null && country === "IT" && !checkItalianTaxCode(taxCode))
    throw new Failure("invalid", "tenancy.tax_code", "the codice fiscale's check character is wrong");
}
