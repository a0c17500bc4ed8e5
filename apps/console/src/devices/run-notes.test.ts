import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runNote, runTook } from "./run-notes.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

test("each kind of note that a backup makes is told by words of its own", () => {
  const files = globSync("apps/agent/src/{tree,sources,chain,daemon,cli,commands}/*.ts", { cwd: root }).filter(
    (file) => !/\.test\.ts$|write-|read-tree|versions|diff-points|verify/.test(file),
  );
  const text = files.map((file) => readFileSync(`${root}/${file}`, "utf8")).join("\n");
  const codes = [
    ...text.matchAll(/level: "(?:lost|told)",\s+code: "([a-z_]+)"/g),
    ...text.matchAll(/"([a-z_]+)" : "unreadable"/g),
  ].map(([, code = ""]) => code);
  expect(codes.length).toBeGreaterThan(10);
  for (const code of codes) expect(runNote(code), code).not.toBe("note.other");
});

test("what a trial restore found wrong is damage, and a later agent's note is told all the same", () => {
  expect(runNote("vbk.block_crc")).toBe("note.damaged");
  expect(runNote("of_a_later_version")).toBe("note.other");
});

test("a run's time is told in the unit that says most", () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  expect(runTook(at(0), at(0))).toEqual({ unit: "seconds", count: 1 });
  expect(runTook(at(0), at(99))).toEqual({ unit: "seconds", count: 99 });
  expect(runTook(at(0), at(150))).toEqual({ unit: "minutes", count: 3 });
  expect(runTook(at(0), at(7200))).toEqual({ unit: "hours", count: 2 });
});
