import { expect, test } from "vitest";
import { seededRun } from "../support/seed.test-support.ts";
import { runMailParsers } from "./mail-parsers-run.test-support.ts";

test("every parser of mail that faces the network takes or refuses its corpus and mutations of it, and breaks on none", async () => {
  const run = await runMailParsers(seededRun("mail parsers"), (input) => input < 5_000);
  expect(run.findings).toEqual([]);
  expect(run.parsers).toBe(25);
  expect(run.inputs).toBe(5_000);
});
