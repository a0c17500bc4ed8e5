import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type ReleaseTests, releaseTestsFile, reportFolder } from "../apps/server/src/evidence/release-tests.ts";
import { sabotages } from "./sabotage-list.ts";
import { program, root } from "./steps.ts";

/** What the last `npm test` left: each test with its outcome, as vitest's JSON reporter writes it. */
export const reportFile = join(root, reportFolder, "report.json");
/** The same by rows of the charter, for a release and for `npm start` to show. */
export const matrixFile = join(root, reportFolder, releaseTestsFile);
const requirementsFile = join(root, "docs", "requirements.md");

export interface CharterRow {
  readonly row: number;
  readonly promise: string;
  /** Tests of the last run that name the row. */
  readonly tests: readonly { readonly file: string; readonly title: string; readonly passed: boolean }[];
  /** A passed test of this row has a sabotage that makes it fail. */
  readonly proven: boolean;
}

/** The rows of docs/requirements.md, in order. */
export function promises(text: string): readonly { readonly row: number; readonly promise: string }[] {
  return [...text.matchAll(/^\| R(\d+) \| [^|]* \| ([^|]*) \|/gm)].map(([, row, promise]) => ({
    row: Number(row),
    promise: (promise ?? "").trim(),
  }));
}

/** The rows that a test's name begins with: `R38: …`, `R5, R2, R8: …`, `R17 R18: …`. */
export function rowsNamed(title: string): readonly number[] {
  const names = /^((?:R\d{1,3}[,\s]*)+):/.exec(title)?.[1];
  return names === undefined ? [] : [...names.matchAll(/R(\d{1,3})/g)].map(([, row]) => Number(row));
}

interface Report {
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** The matrix of promises and proofs. A row counts only with a test that ran, passed, and has a sabotage (`npm run sabotage`). */
export function charter(requirements: string, report: Report): readonly CharterRow[] {
  const ran = report.testResults.flatMap(({ name, assertionResults }) =>
    // One that was filtered out or skipped says nothing, neither way.
    assertionResults
      .filter(({ status }) => status === "passed" || status === "failed")
      .map(({ ancestorTitles, title, status }) => ({
        file: relative(root, name),
        title,
        names: [...ancestorTitles, title],
        passed: status === "passed",
        rows: new Set([...ancestorTitles, title].flatMap(rowsNamed)),
      })),
  );
  return promises(requirements).map(({ row, promise }) => {
    const tests = ran.filter(({ rows }) => rows.has(row));
    const proven =
      tests.every(({ passed }) => passed) &&
      sabotages.some(
        ({ rows, test }) =>
          rows.includes(row) &&
          tests.some(
            ({ file, names, passed }) =>
              passed && file === test.file && names.some((name) => name.startsWith(test.name)),
          ),
      );
    return { row, promise, tests, proven };
  });
}

/** The commit that the working copy is exactly; null when it has changes of its own, or no git knows it. */
export async function commitHere(): Promise<string | null> {
  try {
    const changes = await program("git", ["status", "--porcelain"], { quiet: true });
    return changes.trim() === "" ? (await program("git", ["rev-parse", "HEAD"], { quiet: true })).trim() : null;
  } catch {
    return null;
  }
}

/** Whether a run was of everything and every file could be read: a file that fails before its first test names none. */
const isWhole = ({ testResults }: Report): boolean =>
  testResults.every(
    ({ status, assertionResults }) => status !== "failed" || assertionResults.some((one) => one.status === "failed"),
  );

/** What a release tells of its tests: each row with what its tests did, in a run of that commit. */
export const releaseTests = (requirements: string, report: Report, commit: string | null): ReleaseTests => ({
  v: 1,
  commit: isWhole(report) ? commit : null,
  at: new Date(report.startTime).toISOString(),
  rows: charter(requirements, report).map(({ row, tests }) => ({
    row: `R${row}`,
    tests: tests.map(({ file, title, passed }) => ({ file, title, passed })),
  })),
});

/** Leaves beside the report what a release tells of it. */
export function writeReleaseTests(commit: string | null): void {
  const report = JSON.parse(readFileSync(reportFile, "utf8")) as Report;
  const matrix = releaseTests(readFileSync(requirementsFile, "utf8"), report, commit);
  writeFileSync(matrixFile, `${JSON.stringify(matrix, null, 1)}\n`);
}

/** Prints the matrix; the last line reads `N of 104 rows proven`. */
export function printCharter(say: (line: string) => void): void {
  if (!existsSync(reportFile)) throw new Error("there is no report of a test run: run npm test first");
  const rows = charter(readFileSync(requirementsFile, "utf8"), JSON.parse(readFileSync(reportFile, "utf8")) as Report);
  for (const { row, promise, tests, proven } of rows) {
    say(`${proven ? "✓" : tests.length > 0 ? "·" : " "} R${row} ${promise}`);
    for (const { file, title, passed } of tests) say(`      ${passed ? "passed" : "FAILED"}  ${file}: ${title}`);
  }
  say("");
  say("✓ proven: a passed test, and a sabotage that it notices · tested, without a sabotage");
  say(`${rows.filter(({ tests }) => tests.length > 0).length} of ${rows.length} rows have a test`);
  say(`${rows.filter(({ proven }) => proven).length} of ${rows.length} rows proven`);
}

if (process.argv[1] === import.meta.filename) printCharter((line) => console.log(line));
