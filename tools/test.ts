import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWebApps } from "../apps/server/src/demo/build-web.ts";
import { checkSteps } from "./check-steps.ts";
import { distributionStep } from "./distribution.ts";
import { root, runSteps, script } from "./steps.ts";

/** Everything that must hold: the fast checks, then every test on the real parts. Prints `N passed, N failed, N skipped`. */
const directory = mkdtempSync(join(tmpdir(), "cf-test-report-"));
const report = join(directory, "report.json");

await runSteps([
  ...checkSteps,
  distributionStep,
  { name: "web apps", run: async () => void (await buildWebApps(root, (line) => console.log(line))) },
  {
    name: "tests",
    async run() {
      try {
        await script("node_modules/vitest/vitest.mjs", [
          "run",
          "--reporter=default",
          "--reporter=json",
          `--outputFile.json=${report}`,
          ...process.argv.slice(2),
        ]);
      } finally {
        const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8")) as {
          numPassedTests: number;
          numFailedTests: number;
          numPendingTests: number;
        };
        rmSync(directory, { recursive: true });
        console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
      }
    },
  },
]);
