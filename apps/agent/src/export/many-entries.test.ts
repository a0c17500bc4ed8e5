import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { type SavedTree, saveTree } from "../testing/saved-tree.ts";
import { OutputFile, type Sink } from "./sink.ts";
import { writeZip } from "./write-zip.ts";

const directories = 20_000;
let top = "";
let saved: SavedTree;

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), "export-many-"));
  for (let index = 0; index < directories; index++) {
    mkdirSync(join(top, "tree", `${index}`), { recursive: true });
  }
  saved = await saveTree([join(top, "tree")]);
}, 60_000);
afterAll(() => rmSync(top, { recursive: true }));

const none = new PatternList([]);
const walk = () => ({
  reader: saved.reader,
  selection: new Selection({ paths: [Buffer.from(join(top, "tree"))], include: none, exclude: none }),
  onNote: () => undefined,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("20,000 directories go to a slow reader, none of them before it took what was before", async () => {
  const path = join(top, "out.zip");
  using file = new OutputFile(path);
  let [given, takenWith, aheadMax] = [0, 0, 0];
  const slow: Sink = {
    write: async (bytes) => {
      await turn();
      aheadMax = Math.max(aheadMax, given - takenWith);
      takenWith = given;
      await file.write(bytes);
    },
  };
  const figures = await writeZip(walk(), slow, ({ entries }) => {
    given = entries;
  });
  file.finish();
  expect(aheadMax).toBeLessThanOrEqual(1);
  // Besides these, the directories on the way to the tree.
  expect(figures.entries).toBeGreaterThan(directories);
  const listed = spawnSync("unzip", ["-Z1", path], { encoding: "utf8", maxBuffer: 1 << 26 })
    .stdout.trimEnd()
    .split("\n");
  expect(new Set(listed).size).toBe(figures.entries);
  expect(spawnSync("unzip", ["-tq", path]).status).toBe(0);
  expect(statSync(path).size).toBeLessThan(figures.entries * 400);
}, 30_000);
