import { expect, test } from "vitest";
import { isForged } from "./take-message.ts";

const isKept = (value: string) => !isForged("authentication-results", value, "mx.casa.test");

test.each([
  "mx.casa.test; dmarc=pass",
  "MX.casa.test 1; dmarc=pass",
  "mx.casa.test(x); dmarc=pass",
  "(x) mx.casa.test; dmarc=pass",
  '((a "\\)" b) c)(d)\tmx.casa.test; dmarc=pass',
  '"mx.casa.test"; dmarc=pass',
  '"mx\\.casa.test" (y) 1; dmarc=pass',
])("%j speaks in our name", (value) => {
  expect(isKept(value)).toBe(false);
});

test.each([
  "mx.other.test; dmarc=pass",
  "(mx.casa.test) mx.other.test; dmarc=pass",
  "mx.casa.test.evil; x=y",
  "",
  "(((",
])("%j does not", (value) => {
  expect(isKept(value)).toBe(true);
});
