import { expect, test } from "vitest";
import { parseVatNumber } from "./vat-number.ts";

test.each([
  ["IT 123.456.789-03", { country: "IT", vatNumber: "12345678903" }],
  ["12345678903", { country: "IT", vatNumber: "12345678903" }],
  ["de123456789", { country: "DE", vatNumber: "123456789" }],
  ["ATU12345678", { country: "AT", vatNumber: "U12345678" }],
  ["EL123456789", { country: "GR", vatNumber: "123456789" }],
])("R73: %s is read with its country", (text, expected) => {
  expect(parseVatNumber(text)).toEqual(expected);
});

test.each(["12345678900", "IT123", "DE", "", "DE12345<script>", "AA12345678", "UK123456789"])(
  "R73: %s is no VAT number",
  (text) => {
    expect(() => parseVatNumber(text)).toThrow(expect.objectContaining({ code: "tenancy.vat_number" }));
  },
);
