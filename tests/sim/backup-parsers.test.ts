import { expect, test } from "vitest";
import { seededRun } from "../support/seed.test-support.ts";
import { runBackupParsers } from "./backup-parsers-run.test-support.ts";

test("every parser of Cloud Backup takes its corpus, takes or refuses mutations of it, and breaks on none", async () => {
  const run = await runBackupParsers(seededRun("backup parsers"), (inputs) => inputs < 600);
  expect(run.findings).toEqual([]);
  expect(run.parsers).toBe(27);
  expect(run.inputs).toBe(600);
});
