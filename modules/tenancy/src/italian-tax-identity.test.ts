import fc from "fast-check";
import { expect, test } from "vitest";
import { checkItalianTaxCode, checkItalianVatNumber, checkTaxIdentity } from "./italian-tax-identity.ts";

const vatNumber = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 10, maxLength: 10 }).map((digits) => {
  const sum = digits.reduce(
    (total, digit, index) => total + (index % 2 ? (digit * 2 > 9 ? digit * 2 - 9 : digit * 2) : digit),
    0,
  );
  return `${digits.join("")}${(10 - (sum % 10)) % 10}`;
});

test("R73: published VAT numbers and codici fiscali are accepted", () => {
  for (const good of ["00743110157", "12345670017", "07643520567"]) expect(checkItalianVatNumber(good)).toBe(true);
  for (const good of ["RSSMRA85T10A562S", "MRTMTT91D08F205J", "00743110157"])
    expect(checkItalianTaxCode(good)).toBe(true);
});

test("R73: one wrong digit, and nearly any two neighbours swapped, is found", () => {
  fc.assert(
    fc.property(vatNumber, fc.nat(10), fc.integer({ min: 1, max: 9 }), (text, at, by) => {
      const digit = (Number(text[at]) + by) % 10;
      return checkItalianVatNumber(text) && !checkItalianVatNumber(text.slice(0, at) + digit + text.slice(at + 1));
    }),
  );
});

test("R73: exactly one check letter fits a codice fiscale, also in its omocodia form", () => {
  for (const stem of ["RSSMRA85T10A562", "RSSMRA85T10A56N", "BNCNNAU0A41H50M"]) {
    const fitting = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((letter) => checkItalianTaxCode(stem + letter));
    expect(fitting).toHaveLength(1);
  }
  expect(checkItalianTaxCode("rssmra85t10a562s")).toBe(false);
});

test("R73: a foreign number is held to its shape only", () => {
  expect(() => checkTaxIdentity({ country: "DE", vatNumber: "DE123456789", taxCode: null })).not.toThrow();
  expect(() => checkTaxIdentity({ country: "IT", vatNumber: "00743110158", taxCode: null })).toThrow(
    expect.objectContaining({ code: "tenancy.vat_number" }),
  );
  expect(() => checkTaxIdentity({ country: "IT", vatNumber: null, taxCode: "RSSMRA85T10A562T" })).toThrow(
    expect.objectContaining({ code: "tenancy.tax_code" }),
  );
});
