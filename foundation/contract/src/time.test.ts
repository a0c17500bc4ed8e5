import { expect, test } from "vitest";
import { daySchema, instantSchema } from "./time.ts";

test.each(["0000-01-01", "0099-12-31", "0999-12-31"])("a date of %s is refused as no date of anybody", (day) => {
  expect(daySchema.safeParse(day).success).toBe(false);
  expect(instantSchema.safeParse(`${day}T00:00:00Z`).success).toBe(false);
});

test.each(["1000-01-01", "2026-02-28", "9999-12-31"])("a date of %s is taken", (day) => {
  expect(daySchema.parse(day)).toBe(day);
  expect(instantSchema.parse(`${day}T00:00:00Z`)).toBe(`${day}T00:00:00Z`);
});
