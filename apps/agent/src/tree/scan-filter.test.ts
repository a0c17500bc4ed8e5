import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { walkPoint } from "../restore/walk-point.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { saveTree } from "../testing/saved-tree.ts";
import { ScanFilter, type ScanRules } from "./scan-filter.ts";

let top = "";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "filter-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const noRules: ScanRules = {
  under: "/",
  include: new PatternList([]),
  exclude: new PatternList([]),
  excludeCaches: false,
  oneFileSystem: false,
};

async function saved(rules: Partial<ScanRules>, paths = [top]): Promise<{ names: string[]; excluded: number }> {
  const filter = new ScanFilter([{ ...noRules, ...rules }], () => undefined);
  const { reader, figures } = await saveTree(paths, { filter });
  const none = new PatternList([]);
  const names: string[] = [];
  const selection = new Selection({ paths: [], include: none, exclude: none });
  for await (const { path } of walkPoint({ reader, selection, onNote: () => undefined })) {
    const text = path.toString();
    if (text.startsWith(`${top}/`)) names.push(text.slice(top.length + 1));
  }
  return { names, excluded: figures.excluded };
}

test("patterns leave out files and whole directories, and a root is kept whatever they say", async () => {
  for (const name of ["keep", "node_modules/deep"]) mkdirSync(join(top, name), { recursive: true });
  for (const name of ["a.tmp", "keep/b.tmp", "keep/c", "node_modules/deep/d"]) writeFileSync(join(top, name), name);
  const exclude = new PatternList(["*.tmp", "node_modules/"]);
  expect(await saved({ exclude })).toEqual({ names: ["keep", "keep/c"], excluded: 3 });
  expect((await saved({ exclude }, [join(top, "node_modules")])).names).toEqual([
    "node_modules",
    "node_modules/deep",
    "node_modules/deep/d",
  ]);
});

test("what was asked for by name is kept in a directory that a rule leaves out, and nothing beside it", async () => {
  mkdirSync(join(top, "cache", "asked"), { recursive: true });
  for (const name of ["cache/asked/a", "cache/b", "c"]) writeFileSync(join(top, name), name);
  const exclude = new PatternList(["cache/"]);
  const { names } = await saved({ exclude }, [top, join(top, "cache", "asked")]);
  expect(names).toEqual(["c", "cache", "cache/asked", "cache/asked/a"]);
});

test("a directory that says it is a cache is kept empty; one that only has a file of that name is kept whole", async () => {
  for (const name of ["cache", "no-cache"]) mkdirSync(join(top, name));
  writeFileSync(join(top, "cache", "CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n# by a test");
  writeFileSync(join(top, "cache", "data"), "x");
  writeFileSync(join(top, "no-cache", "CACHEDIR.TAG"), "something else");
  expect((await saved({ excludeCaches: true })).names).toEqual(["cache", "no-cache", "no-cache/CACHEDIR.TAG"]);
});

test("a directory on another file system is kept empty when one file system was asked for", () => {
  const notes: string[] = [];
  const filter = new ScanFilter([{ ...noRules, oneFileSystem: true }], (note) => notes.push(note.code));
  const path = Buffer.from("/mnt/disk");
  const candidate = { shown: path, path, isDirectory: true };
  expect(filter.fateOf({ ...candidate, isOtherFileSystem: true })).toBe("empty");
  expect(filter.fateOf({ ...candidate, isOtherFileSystem: false })).toBe("keep");
  expect(notes).toEqual(["other_file_system"]);
});

test("rules hold below their own path, the longest first, and includes let only what fits through", async () => {
  for (const name of ["a/photos/x", "b"]) mkdirSync(join(top, name), { recursive: true });
  for (const name of ["a/1.jpg", "a/2.txt", "a/photos/x/3.raw", "b/1.jpg", "b/2.txt"]) {
    writeFileSync(join(top, name), name);
  }
  const under = join(top, "a");
  const rules = [
    { ...noRules, exclude: new PatternList(["*.jpg"]) },
    { ...noRules, under, include: new PatternList(["*.jpg", "/photos/"], under) },
  ];
  const { reader } = await saveTree([top], { filter: new ScanFilter(rules, () => undefined) });
  const names: string[] = [];
  const none = new PatternList([]);
  const selection = new Selection({ paths: [], include: none, exclude: none });
  for await (const { path, entry } of walkPoint({ reader, selection, onNote: () => undefined })) {
    if (entry.type === "file") names.push(path.toString().slice(top.length + 1));
  }
  expect(names).toEqual(["a/1.jpg", "a/photos/x/3.raw", "b/2.txt"]);
});
