import { expect, test } from "vitest";
import { toFailure } from "./errors.ts";

test.each([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "CONNECT_TIMEOUT",
  "57P01",
  "08001",
])("a database that cannot be reached, as %s says, is unavailable: those who wait for it come again", (code) => {
  const cause = Object.assign(new Error("no way"), { code });
  expect(toFailure(cause)).toMatchObject({ kind: "unavailable", code: "db.unavailable", cause });
});
