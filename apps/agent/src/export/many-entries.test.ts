import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { attributesOfMade } from "../sources/made-attributes.ts";
import { type SavedTree, saveTree } from "../testing/saved-tree.ts";
import { type EntrySupply, nodeAt, type RootNode } from "../tree/roots.ts";
import { OutputFile, type Sink } from "./sink.ts";
import { writeZip } from "./write-zip.ts";

const directories = 5_000;

const made = (name: Uint8Array) => attributesOfMade(name, 0o755, 1_000_000_000_000_000_000n);

/** Empty directories that no disk has. */
const supplyMany: EntrySupply = async ({ name, writer }) => {
  const [all, empty] = [writer.directory(), writer.directory().end()];
  for (let index = 0; index < directories; index++) {
    const inside = Buffer.from(`${index}`.padStart(6, "0"));
    all.add({ ...made(inside), type: "directory", content: empty });
  }
  return { ...made(name), type: "directory", content: all.end() };
};

async function manyDirectories(): Promise<SavedTree> {
  const roots: RootNode = { name: Buffer.alloc(0), whole: false, children: new Map() };
  nodeAt(roots, Buffer.from("/tree")).supply = supplyMany;
  return saveTree(roots);
}

const none = new PatternList([]);
const walkOf = ({ reader }: SavedTree) => ({
  reader,
  selection: new Selection({ paths: [Buffer.from("/tree")], include: none, exclude: none }),
  onNote: () => undefined,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("5,000 directories go to a slow reader, none of them before it took what was before", async () => {
  const top = mkdtempSync(join(tmpdir(), "export-many-"));
  try {
    await toSlowReader(join(top, "out.zip"));
  } finally {
    rmSync(top, { recursive: true });
  }
}, 30_000);

async function toSlowReader(path: string): Promise<void> {
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
  const figures = await writeZip(walkOf(await manyDirectories()), slow, ({ entries }) => {
    given = entries;
  });
  file.finish();
  expect(aheadMax).toBeLessThanOrEqual(1);
  // Besides these, the one that they are in.
  expect(figures.entries).toBe(directories + 1);
  const listed = spawnSync("unzip", ["-Z1", path], { encoding: "utf8", maxBuffer: 1 << 26 })
    .stdout.trimEnd()
    .split("\n");
  expect(new Set(listed).size).toBe(figures.entries);
  expect(spawnSync("unzip", ["-tq", path]).status).toBe(0);
  expect(statSync(path).size).toBeLessThan(figures.entries * 400);
}
