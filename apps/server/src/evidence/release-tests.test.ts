import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { charter } from "./charter.ts";
import {
  provenByTests,
  type ReleaseTests,
  readReleaseTests,
  releaseTestsFile,
  reportFolder,
  sha256Of,
} from "./release-tests.ts";

const root = mkdtempSync(join(tmpdir(), "cf-release-tests-"));
afterAll(() => rmSync(root, { recursive: true }));

const matrix: ReleaseTests = {
  v: 1,
  commit: "0".repeat(40),
  at: "2026-02-03T04:05:06.000Z",
  rows: [
    { row: "R1", tests: [{ file: "a.test.ts", title: "R1: holds", passed: true }] },
    {
      row: "R3",
      tests: [
        { file: "a.test.ts", title: "R3: holds", passed: true },
        { file: "b.test.ts", title: "R3: does not", passed: false },
      ],
    },
    { row: "R6", tests: [] },
  ],
};

test("R67: each row of the requirements stands in the charter once, with its promise and control in both languages", () => {
  const rows = readFileSync(new URL("../../../../docs/requirements.md", import.meta.url), "utf8").matchAll(
    /^\| (R\d+) \|/gm,
  );
  expect(charter.map(({ row }) => row)).toEqual([...rows].map(([, row]) => row));
  const words = charter.flatMap(({ promise, control }) => [promise, control]);
  expect(words.filter(({ it, en }) => it.length < 4 || en.length < 4)).toEqual([]);
});

test("R67: a promise shown by tests says how many passed, which, and when; a failed one and a missing one say so", () => {
  const [one, two, none] = (["R1", "R3", "R6"] as const).map((row) => provenByTests(row, matrix));
  expect(one).toEqual({
    state: "tested",
    found: { it: "Test superati: 1 su 1\n✓ R1: holds", en: "Tests passed: 1 of 1\n✓ R1: holds" },
    at: new Date(matrix.at),
  });
  expect([two?.state, two?.found.en]).toEqual(["failed", "Tests passed: 1 of 2\n✓ R3: holds\n✗ R3: does not"]);
  expect([none?.state, none?.found.en]).toEqual(["untested", "No test was run for this promise"]);
  expect(provenByTests("R1", "none")).toMatchObject({ state: "untested", at: null });
});

test("R67: a package shows the test results that it was built with and no others; a working copy shows those of its last run", () => {
  const text = JSON.stringify(matrix);
  const sha256 = sha256Of(Buffer.from(text));
  expect([readReleaseTests(root, null), readReleaseTests(root, undefined)]).toEqual(["none", "none"]);
  expect(readReleaseTests(root, sha256)).toBe("changed");
  writeFileSync(join(root, releaseTestsFile), text);
  expect(readReleaseTests(root, sha256)).toEqual(matrix);
  writeFileSync(join(root, releaseTestsFile), text.replace("false", "true"));
  expect(readReleaseTests(root, sha256)).toBe("changed");
  expect(readReleaseTests(root, undefined)).toBe("none");
  mkdirSync(join(root, reportFolder));
  writeFileSync(join(root, reportFolder, releaseTestsFile), text);
  expect(readReleaseTests(root, undefined)).toEqual(matrix);
  writeFileSync(join(root, reportFolder, releaseTestsFile), "{}");
  expect(readReleaseTests(root, undefined)).toBe("changed");
});
