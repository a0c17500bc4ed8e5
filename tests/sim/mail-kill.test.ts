import { expect, test } from "vitest";
import { seededRun } from "../support/seed.test-support.ts";
import { runMailKill } from "./mail-kill-run.test-support.ts";

test("R12: mail that got its 250, or was brought from another server, is there exactly once, whatever was killed meanwhile", async () => {
  const { seed } = seededRun("mail-kill");
  const report = await runMailKill(
    seed,
    (round) => round < 3,
    (line) => process.stdout.write(`${line}\n`),
  );
  expect(report.findings).toEqual([]);
  expect(report.victims).toEqual(expect.arrayContaining(["server", "database", "backend"]));
  expect(report.accepted).toBeGreaterThan(50);
  expect(report.cutTransfers).toBeGreaterThan(0);
}, 400_000);
