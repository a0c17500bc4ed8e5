import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { charter, promises, releaseTests, rowsNamed } from "./charter.ts";
import { sabotages } from "./sabotage-list.ts";
import { placesOf } from "./sabotages/sabotage.ts";
import { root } from "./steps.ts";

const requirements = readFileSync(join(root, "docs", "requirements.md"), "utf8");
const reportOf = (status: string, file: string, title: string) => ({
  startTime: Date.UTC(2026, 1, 3),
  testResults: [{ name: join(root, file), status, assertionResults: [{ ancestorTitles: ["outer"], title, status }] }],
});

test("the requirements are the rows 1 to 104, each once", () => {
  expect(promises(requirements).map(({ row }) => row)).toEqual(Array.from({ length: 104 }, (_, index) => index + 1));
});

test("a test names its rows at the start of its title and nowhere else", () => {
  expect([
    rowsNamed("R5, R2, R8: x"),
    rowsNamed("R17 R18: x"),
    rowsNamed("as R38 says: x"),
    rowsNamed("R38 x"),
  ]).toEqual([[5, 2, 8], [17, 18], [], []]);
});

test("a row is proven by a test that passed and has a sabotage; a failed, missing or unsabotaged one proves nothing", () => {
  const [one] = sabotages;
  if (!one) throw new Error("there are no sabotages");
  const { file, name } = one.test;
  const proven = (report: Parameters<typeof charter>[1]) =>
    charter(requirements, report)
      .filter((row) => row.proven)
      .map(({ row }) => row);
  expect(proven(reportOf("passed", file, name))).toEqual(expect.arrayContaining([...rowsNamed(name)].slice(0, 1)));
  expect(proven(reportOf("failed", file, name))).toEqual([]);
  expect(proven(reportOf("passed", "elsewhere.test.ts", name))).toEqual([]);
  expect(proven({ startTime: 0, testResults: [] })).toEqual([]);
});

test("R67: what a release tells of its tests has every row, with the tests that name it, their outcome, commit and moment", () => {
  const told = releaseTests(requirements, reportOf("failed", "a.test.ts", "R38: x"), "abc");
  expect([told.commit, told.at, told.rows.length]).toEqual(["abc", "2026-02-03T00:00:00.000Z", 104]);
  expect(told.rows.filter(({ tests }) => tests.length > 0)).toEqual([
    { row: "R38", tests: [{ file: "a.test.ts", title: "R38: x", passed: false }] },
  ]);
});

test("R67: a test that was left out says nothing, and a run of which a file could not be read is of no commit", () => {
  const told = releaseTests(requirements, reportOf("skipped", "a.test.ts", "R38: x"), "abc");
  expect(told.rows.filter(({ tests }) => tests.length > 0)).toEqual([]);
  const broken = { name: join(root, "b.test.ts"), status: "failed", assertionResults: [] };
  const whole = reportOf("passed", "a.test.ts", "R38: x");
  const { commit } = releaseTests(requirements, { ...whole, testResults: [...whole.testResults, broken] }, "abc");
  expect(commit).toBeNull();
});

/** A test file with what it takes from the support files beside it, which may hold tests of its own subject's parts. */
function testsOf(file: string): string {
  const text = readFileSync(join(root, file), "utf8");
  const supports = [...text.matchAll(/from "(\.\/[^"]*\.test-support\.ts)"/g)].map(([, name = ""]) => name);
  return [text, ...supports.map((name) => readFileSync(join(root, dirname(file), name), "utf8"))].join("\n");
}

test.each(sabotages.map((sabotage) => [sabotage.what, sabotage] as const))(
  "what is to be harmed stands where it should, and its test has that name: %s",
  (_what, sabotage) => {
    const { rows, test: proof } = sabotage;
    const { file: testFile, name } = proof;
    for (const { file, find } of placesOf(sabotage))
      expect(readFileSync(join(root, file), "utf8").split(find)).toHaveLength(2);
    expect(testsOf(testFile)).toContain(`"${name}`);
    for (const row of rows) expect(rowsNamed(`${name.split(":")[0]}:`)).toContain(row);
  },
);

test("no harm is in a function that a later migration writes anew", () => {
  const dead = sabotages
    .flatMap((sabotage) => placesOf(sabotage).map((place) => ({ ...place, what: sabotage.what })))
    .filter(({ file }) => file.endsWith(".sql"))
    .filter(({ file, find }) => {
      const before = readFileSync(join(root, file), "utf8").split(find)[0] ?? "";
      const name = [...before.matchAll(/create (?:or replace )?function (\w+)/g)].at(-1)?.[1];
      const later = readdirSync(join(root, dirname(file))).filter((other) => other > basename(file));
      const writes = new RegExp(`create (?:or replace )?function ${name}\\b`);
      return (
        name !== undefined && later.some((other) => writes.test(readFileSync(join(root, dirname(file), other), "utf8")))
      );
    });
  expect(dead.map(({ file, what }) => `${file}: ${what}`)).toEqual([]);
});
