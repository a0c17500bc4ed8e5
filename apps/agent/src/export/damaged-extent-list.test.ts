import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArenaReader, blockSizeBytes, openArena } from "@casaforte/arena";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { chunkHash } from "../chain/chunk-hash.ts";
import { type WalkOptions, walkPoint } from "../restore/walk-point.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { noise } from "../testing/nasty-tree.ts";
import { type SavedTree, saveTree } from "../testing/saved-tree.ts";
import type { Note } from "../tree/note.ts";
import { wholeBytesMax } from "./file-data.ts";
import { OutputFile, type Sink } from "./sink.ts";
import { writeTar } from "./write-tar.ts";
import { writeZip } from "./write-zip.ts";

let top = "";
let tree = "";
let saved: SavedTree;
let listAddress = 0;
/** Whether the list of the large file's extents has a flipped bit. */
let isDamaged = false;
const notes: Note[] = [];
const large = noise(7, wholeBytesMax + 2_000_000);

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), "export-list-"));
  tree = join(top, "tree");
  mkdirSync(tree);
  writeFileSync(join(tree, "after"), "after it");
  writeFileSync(join(tree, "a-large"), large);
  saved = await saveTree([tree]);
  for await (const { entry } of walkPoint(walkOf(saved.reader))) {
    if (entry.type !== "file" || entry.content.sizeBytes !== large.length) continue;
    const [list] = entry.content.extents;
    expect([entry.content.depth, list?.kind]).toEqual([1, "chunk"]);
    if (list?.kind === "chunk") listAddress = list.ref.address;
  }
});
beforeEach(() => {
  notes.length = 0;
  isDamaged = false;
});
afterAll(() => rmSync(top, { recursive: true }));

const none = new PatternList([]);
const walkOf = (reader: ArenaReader): WalkOptions => ({
  reader,
  selection: new Selection({ paths: [Buffer.from(tree)], include: none, exclude: none }),
  onNote: (note) => notes.push(note),
});
const reader = () =>
  openArena(async (index) => {
    const block = (saved.blocks.get(index) ?? new Uint8Array(blockSizeBytes)).slice();
    const at = listAddress - index * blockSizeBytes;
    if (isDamaged && at >= 0 && at < block.length) block[at] = (block[at] ?? 0) ^ 1;
    return block;
  }, chunkHash);
const unpacked = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "buffer", maxBuffer: 100_000_000 });
  return { status, stdout, stderr: stderr.toString() };
};
const formats = [
  ["tar", writeTar, (file: string, name: string) => unpacked("tar", "-xOf", file, join(tree, name).slice(1))],
  ["zip", writeZip, (file: string, name: string) => unpacked("unzip", "-p", file, join(tree, name).slice(1))],
] as const;

test.each(formats)(
  "a %s leaves a large file out by name whose list of extents is damaged, and is whole",
  async (format, write, content) => {
    isDamaged = true;
    const path = join(top, `out.${format}`);
    using file = new OutputFile(path);
    await write(walkOf(await reader()), file, () => undefined);
    file.finish();
    expect(notes.map(({ level, path: of }) => [level, of.toString()])).toEqual([["lost", join(tree, "a-large")]]);
    expect(content(path, "a-large").status).not.toBe(0);
    expect(content(path, "after")).toEqual({ status: 0, stdout: Buffer.from("after it"), stderr: "" });
  },
);

test("a list of extents that is damaged after the header of its file went out costs a tar that file alone", async () => {
  const path = join(top, "late.tar");
  using file = new OutputFile(path);
  const sink: Sink = {
    write: async (bytes) => {
      await file.write(bytes);
      isDamaged ||= Buffer.from(bytes).includes("a-large");
    },
  };
  await writeTar(walkOf(await reader()), sink, () => undefined);
  file.finish();
  expect(isDamaged).toBe(true);
  expect(notes.map(({ level, path: of }) => [level, of.toString()])).toEqual([["lost", join(tree, "a-large")]]);
  const [, , content] = formats[0];
  expect(content(path, "a-large").stdout.equals(Buffer.alloc(large.length))).toBe(true);
  expect(content(path, "after")).toEqual({ status: 0, stdout: Buffer.from("after it"), stderr: "" });
  expect(readFileSync(path).length % 512).toBe(0);
});
