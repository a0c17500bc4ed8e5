import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "@casaforte/arena";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readAheadSlotBytes, readAheadSlots } from "../limits.ts";
import { systemClock } from "../outside.ts";
import { setXattr } from "../posix.ts";
import { chunkKey, contentsOf, type SavedTree, saveTree } from "../testing/saved-tree.ts";
import type { RootNode } from "../tree/roots.ts";
import type { ScanOptions } from "../tree/scan-options.ts";
import { FilesAhead } from "./files-ahead.ts";

let top = "";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "files-ahead-"));
});

afterEach(() => rmSync(top, { recursive: true, force: true }));

interface Meanwhile {
  /** Between look and reading. */
  readonly onFile?: () => void;
  /** Between reading and writing. */
  readonly onTurn?: () => void;
}

/** Saves the tree with a thread that reads ahead from the first file on. */
async function saveAhead({ onFile, onTurn }: Meanwhile, options: Partial<ScanOptions> = {}) {
  await using ahead = new FilesAhead({ chunkKey, filesBefore: 0 });
  await ahead.start();
  let taken = 0;
  const counting: ScanOptions["ahead"] = {
    isFor(stats) {
      onFile?.();
      return ahead.isFor(stats);
    },
    add(path, stats) {
      const file = ahead.add(path, stats);
      if (file === null) return null;
      taken++;
      const read = () => {
        onTurn?.();
        return file.read();
      };
      return { ...file, read };
    },
  };
  return { saved: await saveTree(treeAsRoot(), { ...options, ahead: counting }), taken };
}

/** The tree in the place of `/`: what leads to it is of others, who write there, too. */
const treeAsRoot = (): RootNode => ({
  name: Buffer.alloc(0),
  whole: true,
  children: new Map(),
  reach: Buffer.from(top),
});

const imageOf = ({ blocks }: SavedTree) =>
  [...blocks].map(([index, bytes]) => [index, Buffer.from(bytes).toString("hex")]);

const notesOf = ({ notes }: SavedTree) => notes.map(({ level, code, path }) => `${level} ${code} ${path}`);

/** What lies right in the tree, by name. */
async function entriesOf({ reader }: SavedTree): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>();
  for await (const entry of reader.entries(reader.superblock.root)) {
    found.set(Buffer.from(entry.name).toString(), entry);
  }
  return found;
}

test("an image is the same, block for block, whether its small files were read ahead or in their turn", async () => {
  for (const folder of ["a", "a/b", "c"]) mkdirSync(join(top, folder));
  for (let file = 0; file < 300; file++) {
    writeFileSync(join(top, ["a", "a/b", "c"][file % 3] ?? "", `f${file}`), randomBytes(1 + ((file * 7919) % 60_000)));
  }
  // More than fits into memory that is shared, all the same bytes, none at all, holes, zeros, links, and what is no file.
  for (let file = 0; file <= readAheadSlots; file++)
    writeFileSync(join(top, "c", `g${file}`), randomBytes(readAheadSlotBytes - file));
  for (const name of ["a/twin", "c/twin"]) writeFileSync(join(top, name), "the same");
  writeFileSync(join(top, "a/large"), randomBytes(3_000_000));
  writeFileSync(join(top, "a/empty"), "");
  writeFileSync(join(top, "a/zeros"), Buffer.alloc(5000));
  linkSync(join(top, "a/f0"), join(top, "c/linked"));
  symlinkSync("f0", join(top, "a/symlink"));
  const deep = Array.from({ length: 12 }, () => "d".repeat(200));
  const before = process.cwd();
  process.chdir(top);
  for (const name of deep) {
    mkdirSync(name);
    process.chdir(name);
    for (let file = 0; file < 3; file++) writeFileSync(`f${file}`, randomBytes(100));
  }
  process.chdir(before);
  // The first walk of all leaves its time of access in directories and links; what was just written has settled an hour later.
  const options = { clock: { nowMs: () => systemClock.nowMs() + 3_600_000 } };
  await saveTree(treeAsRoot(), options);
  const plain = await saveTree(treeAsRoot(), options);
  const { saved, taken } = await saveAhead({}, options);
  expect(saved.notes).toEqual([]);
  expect(saved.figures).toEqual(plain.figures);
  expect(imageOf(saved)).toEqual(imageOf(plain));
  // All but the two names of one file, the large one and the empty one.
  expect(taken).toBe(299 + readAheadSlots + 1 + 2 + 1 + 36);
});

test("what is no more as the walk saw it when its turn to be read ahead comes is read by the walk, and noted as ever", async () => {
  for (const name of ["changed", "gone", "grown", "same"]) writeFileSync(join(top, name), `first ${name}`);
  writeFileSync(join(top, "another"), "another one");
  let isDone = false;
  const onFile = () => {
    if (isDone) return;
    isDone = true;
    writeFileSync(join(top, "changed"), "later changed");
    rmSync(join(top, "gone"));
    appendFileSync(join(top, "grown"), ", and more");
  };
  const { saved, taken } = await saveAhead({ onFile });
  expect(taken).toBeGreaterThan(0);
  const contents = await contentsOf(saved);
  expect(contents.get("/changed")?.toString()).toBe("later changed");
  expect(contents.get("/grown")?.toString()).toBe("first grown, and more");
  expect(contents.get("/same")?.toString()).toBe("first same");
  expect(contents.has("/gone")).toBe(false);
});

test("R30: a file that took a name between look and reading is saved as what it is itself, and one that went away is told", async () => {
  for (const name of ["gone", "linked", "other"]) writeFileSync(join(top, name), "one");
  // Of the same length and time, and for fewer eyes.
  const newer = `${top}-newer`;
  writeFileSync(newer, "two");
  chmodSync(newer, 0o600);
  chmodSync(join(top, "other"), 0o644);
  for (const path of [newer, join(top, "other")]) utimesSync(path, 1_000_000_000, 1_000_000_000);
  let looked = 0;
  const onFile = () => {
    if (++looked < 3) return;
    rmSync(join(top, "gone"));
    rmSync(join(top, "linked"));
    symlinkSync("other", join(top, "linked"));
    renameSync(newer, join(top, "other"));
  };
  const { saved } = await saveAhead({ onFile });
  expect(looked).toBe(3);
  // Read elsewhere than where it is shown, as a snapshot is: there nothing is deleted.
  expect(notesOf(saved)).toEqual(["lost unreadable /gone"]);
  const entries = await entriesOf(saved);
  expect([...entries.keys()]).toEqual(["linked", "other"]);
  expect(entries.get("linked")).toMatchObject({ type: "symlink", target: new Uint8Array(Buffer.from("other")) });
  expect((await contentsOf(saved)).get("/other")?.toString()).toBe("two");
  expect(entries.get("other")).toMatchObject({ mode: 0o600 });
});

test("a name that a directory took between look and reading is lost, since its turn is no time to walk one", async () => {
  writeFileSync(join(top, "name"), "file");
  const onFile = () => {
    rmSync(join(top, "name"));
    mkdirSync(join(top, "name"));
  };
  const { saved } = await saveAhead({ onFile });
  expect(notesOf(saved)).toEqual(["lost unreadable /name"]);
  expect([...(await entriesOf(saved)).keys()]).toEqual([]);
});

test("R30: a file that was read ahead keeps the attributes that the walk saw, whatever its name is given to until its turn", async () => {
  for (const name of ["gone", "other"]) {
    writeFileSync(join(top, name), name);
    setXattr(Buffer.from(join(top, name)), "user.colour", Buffer.from("blue"));
  }
  const newer = `${top}-newer`;
  writeFileSync(newer, "newer");
  setXattr(Buffer.from(newer), "user.colour", Buffer.from("red"));
  let turns = 0;
  const onTurn = () => {
    if (turns++ > 0) return;
    rmSync(join(top, "gone"));
    renameSync(newer, join(top, "other"));
  };
  const { saved } = await saveAhead({ onTurn });
  expect(turns).toBe(2);
  expect(notesOf(saved)).toEqual([]);
  const contents = await contentsOf(saved);
  for (const [name, { xattrs }] of await entriesOf(saved)) {
    expect(contents.get(`/${name}`)?.toString()).toBe(name);
    expect(xattrs.filter((each) => each.name === "user.colour").map(({ value }) => `${Buffer.from(value)}`)).toEqual([
      "blue",
    ]);
  }
  expect(contents.size).toBe(2);
});

test("whoever waits for a file when the thread ends is told", async () => {
  const path = join(top, "file");
  writeFileSync(path, "content");
  const ahead = new FilesAhead({ chunkKey, filesBefore: 0 });
  await ahead.start();
  const stats = lstatSync(path, { bigint: true });
  expect(ahead.isFor(stats)).toBe(true);
  const [sent, unsent] = [ahead.add(Buffer.from(path), stats)?.arrival(), ahead.add(Buffer.from(path), stats)];
  const told = expect(sent).rejects.toThrow("reading ahead was ended");
  await ahead[Symbol.asyncDispose]();
  await told;
  await expect(unsent?.arrival()).rejects.toThrow("reading ahead was ended");
});

test("what the thread still answers after it was ended is nobody's, and disturbs nobody", async () => {
  const path = join(top, "file");
  writeFileSync(path, "content");
  const stats = lstatSync(path, { bigint: true });
  // Each time some answers are on their way, or were there already.
  for (let round = 0; round < 20; round++) {
    const ahead = new FilesAhead({ chunkKey, filesBefore: 0 });
    await ahead.start();
    const arrivals = Array.from({ length: readAheadSlots }, () => ahead.add(Buffer.from(path), stats)?.arrival());
    const rest = Promise.allSettled(arrivals);
    await arrivals[0];
    await ahead[Symbol.asyncDispose]();
    for (const ended of await rest) {
      if (ended.status === "rejected") expect(ended.reason).toMatchObject({ message: "reading ahead was ended" });
    }
  }
});

test("few small files start no thread, and one that was started takes files on when it runs", async () => {
  const path = join(top, "file");
  writeFileSync(path, "content");
  await using ahead = new FilesAhead({ chunkKey, filesBefore: 2 });
  const stats = lstatSync(path, { bigint: true });
  expect([0, 1, 2].map(() => ahead.isFor(stats))).toEqual([false, false, false]);
  await ahead.start();
  expect(ahead.isFor(stats)).toBe(true);
  expect(ahead.isFor(lstatSync(top, { bigint: true }))).toBe(false);
});
