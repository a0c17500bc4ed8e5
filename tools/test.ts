import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { buildWebApps } from "../apps/server/src/demo/build-web.ts";
import { commitHere, matrixFile, reportFile, writeReleaseTests } from "./charter.ts";
import { checkSteps } from "./check-steps.ts";
import { distributionStep } from "./distribution.ts";
import { firstLoadStep } from "./first-load.ts";
import { root, runSteps, script } from "./steps.ts";

/** Everything that must hold: the fast checks, then every test on the real parts. Leaves the report for `npm run charter`, for the package and for `npm start`. Prints `N passed, N failed, N skipped`. */
mkdirSync(dirname(reportFile), { recursive: true });
for (const file of [reportFile, matrixFile]) rmSync(file, { force: true });
const commit = await commitHere();

await runSteps([
  ...checkSteps,
  distributionStep,
  { name: "web apps", run: async () => void (await buildWebApps(root, (line) => console.log(line))) },
  firstLoadStep,
  {
    name: "tests",
    async run() {
      try {
        await script("node_modules/vitest/vitest.mjs", [
          "run",
          "--reporter=default",
          "--reporter=json",
          `--outputFile.json=${reportFile}`,
          ...process.argv.slice(2),
        ]);
      } finally {
        // A copy that was changed meanwhile is no commit that was tested, nor is one of which some tests ran.
        const isAll = process.argv.length === 2;
        writeReleaseTests(isAll && commit !== null && commit === (await commitHere()) ? commit : null);
        const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(reportFile, "utf8")) as {
          numPassedTests: number;
          numFailedTests: number;
          numPendingTests: number;
        };
        console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
      }
    },
  },
]);
