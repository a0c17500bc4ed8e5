import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArenaReader, blockSizeBytes, type Content, type Entry, emptyContent } from "@casaforte/arena";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../outside.ts";
import { setXattr } from "../posix.ts";
import { PatternList } from "../select/pattern-list.ts";
import { type SavedTree, saveTree, saveUpon } from "../testing/saved-tree.ts";
import { KnownDirectories } from "./known-directories.ts";
import type { RootNode } from "./roots.ts";
import { ScanFilter } from "./scan-filter.ts";

let top = "";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "known-"));
  for (const directory of ["a", "b", "b/deep", "few"]) mkdirSync(join(top, directory));
  for (const directory of ["a", "b", "b/deep"])
    for (let file = 0; file < 20; file++) writeFileSync(join(top, directory, `f${file}`), `${directory} ${file}`);
  writeFileSync(join(top, "few", "one"), "one");
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/** An hour on: what the test has just written changed long ago. */
const later = { nowMs: () => systemClock.nowMs() + 3_600_000 };

/** The tree in the place of `/`: what leads to it is of others, who write there, too. */
const root = (): RootNode => ({ name: Buffer.alloc(0), whole: true, children: new Map(), reach: Buffer.from(top) });

const again = (before: SavedTree, known?: KnownDirectories, filter?: ScanFilter) =>
  saveUpon(before, root(), { clock: later, known, filter });

/** A point, one after it in which nothing changed, and what the first left to be known. */
async function twice(): Promise<{ readonly second: SavedTree; readonly kept: Buffer }> {
  const known = new KnownDirectories();
  const first = await saveTree(root(), { clock: later, known });
  // Listing a directory may move its time of access once.
  return { second: await again(first), kept: known.kept() ?? Buffer.alloc(0) };
}

async function entriesUnder(
  reader: ArenaReader,
  content = reader.superblock.root,
  path = "",
): Promise<[string, Entry][]> {
  const found: [string, Entry][] = [];
  for await (const entry of reader.entries(content)) {
    const name = `${path}/${Buffer.from(entry.name)}`;
    // Listing a directory and following a link may move its time of access; what is in a directory is told by itself.
    const quiet = entry.type === "file" ? entry : { ...entry, accessedNs: 0n };
    found.push([name, quiet.type === "directory" ? { ...quiet, content: emptyContent } : quiet]);
    if (entry.type === "directory") found.push(...(await entriesUnder(reader, entry.content, name)));
  }
  return found;
}

/** How many pages of directories are read of a point from now on. */
function countPages(reader: ArenaReader): () => number {
  let count = 0;
  const pages = reader.unreadPages.bind(reader);
  reader.unreadPages = async function* (directory: Content) {
    for await (const page of pages(directory)) {
      count++;
      yield page;
    }
  };
  return () => count;
}

test("a directory of files that are as the run before found them is taken over without a look at the parent's entries", async () => {
  const { second, kept } = await twice();
  // Two directories of nothing but files; one has a directory in it, and one too few.
  expect(kept.length).toBe(2 * 64);
  const plain = await again(second);
  const known = new KnownDirectories(kept);
  const pages = countPages(second.reader);
  const third = await again(second, known);
  expect(pages()).toBe(3);
  expect(third.figures).toEqual(plain.figures);
  expect(third.figures.unchangedFiles).toBe(61);
  expect(third.reader.superblock.root).toEqual(plain.reader.superblock.root);
  expect(known.kept()).toBeNull();
});

const file = () => join(top, "b", "deep", "f7");
const changes: Readonly<Record<string, () => void>> = {
  "another content of the same length, and its old time": () => {
    const { atime, mtime } = statSync(file());
    writeFileSync(file(), "b/deep X");
    utimesSync(file(), atime, mtime);
  },
  "another length": () => writeFileSync(file(), "longer than it was"),
  "another mode": () => chmodSync(file(), 0o600),
  "another time of access": () => utimesSync(file(), new Date(1_000), statSync(file()).mtime),
  "another attribute": () => setXattr(Buffer.from(file()), "user.colour", Buffer.from("blue")),
  "a new file": () => writeFileSync(join(top, "b", "deep", "f77"), "new"),
  "one file less": () => rmSync(file()),
  "another name": () => renameSync(file(), join(top, "b", "deep", "f7x")),
  "a second name": () => linkSync(file(), join(top, "few", "linked")),
  "a link in its place": () => {
    rmSync(file());
    symlinkSync("f8", file());
  },
  "a directory in its place": () => {
    rmSync(file());
    mkdirSync(file());
  },
  "two files in each other's place": () => {
    renameSync(file(), join(top, "b", "spare"));
    renameSync(join(top, "b", "deep", "f8"), file());
    renameSync(join(top, "b", "spare"), join(top, "b", "deep", "f8"));
  },
  "two directories in each other's place": () => {
    renameSync(join(top, "a"), join(top, "b", "spare"));
    renameSync(join(top, "b", "deep"), join(top, "a"));
    renameSync(join(top, "b", "spare"), join(top, "b", "deep"));
  },
};

test.for(Object.keys(changes))(
  "R30: what a walk would save is saved of a known directory in which there is %s",
  async (change) => {
    const { second, kept } = await twice();
    changes[change]?.();
    const known = new KnownDirectories(kept);
    const third = await again(second, known);
    const plain = await again(second);
    expect(await entriesUnder(third.reader)).toEqual(await entriesUnder(plain.reader));
    expect(third.figures).toEqual(plain.figures);
    // What it has found out holds for the run after it as well.
    const fourth = await again(third, new KnownDirectories(known.kept() ?? kept));
    expect(await entriesUnder(fourth.reader)).toEqual(await entriesUnder((await again(third)).reader));
  },
);

test("R30: a known directory whose pages in the catalogue are damaged is no directory to take over", async () => {
  const { second, kept } = await twice();
  const found = (await second.reader.entries(second.reader.superblock.root).next()).value;
  const page = found?.type === "directory" ? found.content.extents[0] : undefined;
  expect(page?.kind).toBe("chunk");
  const address = page?.kind === "chunk" ? page.ref.address : 0;
  second.blocks
    .get(Math.floor(address / blockSizeBytes))
    ?.fill(0, (address % blockSizeBytes) + 40, (address % blockSizeBytes) + 50);
  await expect(again(second, new KnownDirectories(kept))).rejects.toThrow("chunk hash differs");
});

test("rules hold in a known directory, and what was kept and is damaged is nothing", async () => {
  const { second, kept } = await twice();
  const [none, exclude] = [new PatternList([]), new PatternList(["f7"])];
  const rules = { under: "/", include: none, exclude, excludeCaches: false, oneFileSystem: false };
  const filter = new ScanFilter([rules], () => undefined);
  const ruled = await again(second, new KnownDirectories(kept), filter);
  expect(ruled.figures.excluded).toBe(3);
  const damaged = Buffer.from(kept);
  damaged.fill(0, 32, 64);
  for (const bytes of [damaged, kept.subarray(0, 50), kept.subarray(10)]) {
    const saved = await again(second, new KnownDirectories(bytes));
    expect(saved.reader.superblock.root).toEqual(second.reader.superblock.root);
  }
});

test("a known directory is looked at in turns, and a run that is ended in the midst of one ends there", async () => {
  mkdirSync(join(top, "many"));
  for (let file = 0; file < 1_000; file++) writeFileSync(join(top, "many", `${file}`), "");
  const { second, kept } = await twice();
  const stop = new AbortController();
  let steps = 0;
  const pace = async () => {
    // Both directories before it have 20 names each, one of them a directory of 20 more.
    if (++steps === 500) stop.abort(new Error("ended"));
  };
  const options = { clock: later, known: new KnownDirectories(kept), pace, signal: stop.signal };
  await expect(saveUpon(second, root(), options)).rejects.toThrow("ended");
  expect(steps).toBe(500);
});
