import { expect, test } from "vitest";
import { seededRun } from "../support/seed.test-support.ts";
import { runBackupKill } from "./backup-kill-run.test-support.ts";

test("every restore point that is listed is whole, whatever was killed while it was made", async () => {
  const { seed } = seededRun("backup-kill");
  const report = await runBackupKill({
    seed,
    size: { smallFiles: 300, largeFiles: 3, largeBytes: 8_000_000 },
    goesOn: (round) => round < 4,
    say: (line) => process.stdout.write(`${line}\n`),
  });
  expect(report.findings).toEqual([]);
  expect(report.victims).toEqual(expect.arrayContaining(["agent", "server", "database", "backend"]));
  expect(report.points).toBeGreaterThan(0);
}, 500_000);
