import { expect, test } from "vitest";
import { seededRun } from "../support/seed.test-support.ts";
import { runMailModel } from "./mail-model-run.test-support.ts";

test("R12: IMAP, POP3 and JMAP show one account as a model has it after each act of any, and what a kill cuts was done or was not", async () => {
  const { seed } = seededRun("mail model");
  const report = await runMailModel(
    seed,
    (step) => step < 32,
    (line) => process.stdout.write(`${line}\n`),
  );
  expect(report.findings).toEqual([]);
  expect(report.victims).toHaveLength(2);
}, 300_000);
