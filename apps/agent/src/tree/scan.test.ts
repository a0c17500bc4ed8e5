import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArenaWriter, blockSizeBytes, ChunkTable, openArena } from "@casaforte/arena";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../outside.ts";
import { listXattrs } from "../posix.ts";
import { Placement } from "../restore/placement.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { contentsOf, saveTree } from "../testing/saved-tree.ts";
import { type Note, shownPath } from "./note.ts";
import { nodeAt, resolveRoots } from "./roots.ts";
import { scan } from "./scan.ts";
import { writeTree } from "./write-tree.ts";

const hash = (key: Uint8Array, bytes: Uint8Array) => createHmac("sha256", key).update(bytes).digest();
let top = "";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "scan-"));
  chmodSync(top, 0o755);
});

afterEach(() => rmSync(top, { recursive: true, force: true }));

const none = new PatternList([]);

interface Saved {
  readonly blocks: Map<number, Uint8Array>;
  readonly notes: readonly Note[];
}

async function save(paths: readonly string[], onPace: () => void = () => undefined): Promise<Saved> {
  const blocks = new Map<number, Uint8Array>();
  const notes: Note[] = [];
  const writer = new ArenaWriter({
    chunkKey: new Uint8Array(32),
    hash,
    known: new ChunkTable(),
    firstBlock: 1,
    generation: 1,
    previousSegment: null,
    onBlock: (index, bytes) => blocks.set(index, bytes),
  });
  const onNote = (note: Note) => notes.push(note);
  const pace = () => {
    onPace();
    return undefined;
  };
  const { root } = await scan({ writer, roots: resolveRoots(paths), parent: null, clock: systemClock, onNote, pace });
  writer.finish(root, { entries: 0, logicalBytes: 0 });
  return { blocks, notes };
}

async function load(
  { blocks }: Saved,
  target: string,
  only: readonly string[] | null = null,
): Promise<readonly Note[]> {
  const notes: Note[] = [];
  const reader = await openArena(async (index) => blocks.get(index) ?? new Uint8Array(blockSizeBytes), hash);
  await writeTree({
    reader,
    target: Buffer.from(target),
    selection: new Selection({ paths: (only ?? []).map((path) => Buffer.from(path)), include: none, exclude: none }),
    placement: new Placement(reader, "overwrite"),
    check: false,
    asRoot: false,
    onNote: (note) => notes.push(note),
  });
  return notes;
}

test.runIf(process.getuid?.() === 0)("what may not be read is named and left out, the rest is saved", async () => {
  writeFileSync(join(top, "secret"), "secret", { mode: 0o600 });
  writeFileSync(join(top, "public"), "public", { mode: 0o644 });
  mkdirSync(join(top, "closed"), { mode: 0o700 });
  // The C library is opened while its bridge can still be read, wherever the program lies.
  listXattrs(Buffer.from(top));
  process.seteuid?.(65534);
  const saved = await save([top]).finally(() => process.seteuid?.(0));
  const lost = saved.notes
    .filter((note) => note.level === "lost")
    .map((note) => `${note.code} ${shownPath(note.path)}`);
  expect(lost).toEqual([`no_permission ${top}/closed`, `no_permission ${top}/secret`]);
  mkdirSync(join(top, "out"));
  await load(saved, join(top, "out"));
  expect(readFileSync(join(top, "out", top, "public"), "utf8")).toBe("public");
  expect(existsSync(join(top, "out", top, "secret"))).toBe(false);
});

test("a file that grows while it is read is saved up to its first length, and noted", async () => {
  const path = join(top, "log");
  writeFileSync(path, Buffer.alloc(3_000_000, "a"));
  let grown = false;
  const saved = await save([path], () => {
    if (!grown) writeFileSync(path, Buffer.alloc(5_000_000, "b"));
    grown = true;
  });
  expect(saved.notes.map((note) => note.code)).toContain("changed_while_read");
  mkdirSync(join(top, "out"));
  await load(saved, join(top, "out"));
  expect(readFileSync(join(top, "out", path))).toHaveLength(3_000_000);
});

test("the names of a file that becomes another one between them are each saved as they are, and so restored", async () => {
  const [first, second, third] = ["a", "b", "c"].map((name) => join(top, "tree", name)) as [string, string, string];
  const texts = (at: string) => ["a", "b", "c"].map((name) => readFileSync(join(at, name), "utf8"));
  let changed = 0n;
  const ofEqualTimes = (path: string) => {
    // The kernel's clock goes in steps: the change is one later than what was read.
    do utimesSync(path, 1_000_000, 1_000_000);
    while (lstatSync(path, { bigint: true }).ctimeNs === changed);
    changed = lstatSync(path, { bigint: true }).ctimeNs;
  };
  const changes: readonly (() => void)[] = [
    () => writeFileSync(first, "another"),
    // Only the change time tells.
    () => {
      writeFileSync(first, "another");
      ofEqualTimes(first);
    },
    // Another file, to which most file systems give the number that became free.
    () => {
      for (const path of [first, second, third]) rmSync(path);
      writeFileSync(first, "another");
      for (const path of [second, third]) linkSync(first, path);
      ofEqualTimes(first);
    },
  ];
  for (const [index, change] of changes.entries()) {
    mkdirSync(join(top, "tree"));
    writeFileSync(first, "the one");
    for (const path of [second, third]) linkSync(first, path);
    ofEqualTimes(first);
    let isChanged = false;
    const saved = await save([join(top, "tree")], () => {
      if (!isChanged) change();
      isChanged = true;
    });
    const out = join(top, `out-${index}`);
    mkdirSync(out);
    expect(await load(saved, out)).toEqual([]);
    const at = join(out, top, "tree");
    expect(texts(at)).toEqual(["the one", "another", "another"]);
    expect(statSync(join(at, "b")).ino).toBe(statSync(join(at, "c")).ino);
    rmSync(join(top, "tree"), { recursive: true });
  }
});

test("roots inside roots, and a root reached through a link, are saved once and where they are", async () => {
  mkdirSync(join(top, "data", "inner"), { recursive: true });
  writeFileSync(join(top, "data", "inner", "file"), "x");
  writeFileSync(join(top, "beside"), "not asked for");
  symlinkSync(join(top, "data"), join(top, "alias"));
  const saved = await save([join(top, "alias"), join(top, "data", "inner")]);
  mkdirSync(join(top, "out"));
  await load(saved, join(top, "out"));
  expect(readFileSync(join(top, "out", top, "data", "inner", "file"), "utf8")).toBe("x");
  expect(existsSync(join(top, "out", top, "beside"))).toBe(false);
});

test("a restore never writes through a link that lies in its target", async () => {
  mkdirSync(join(top, "data", "dir"), { recursive: true });
  writeFileSync(join(top, "data", "dir", "file"), "restored");
  const saved = await save([join(top, "data")]);
  const out = join(top, "out", top, "data");
  mkdirSync(out, { recursive: true });
  mkdirSync(join(top, "victim"));
  symlinkSync(join(top, "victim"), join(out, "dir"));
  await load(saved, join(top, "out"));
  expect(existsSync(join(top, "victim", "file"))).toBe(false);
  expect(readFileSync(join(out, "dir", "file"), "utf8")).toBe("restored");
});

test("a part of a point is restored without the rest", async () => {
  for (const name of ["a", "b", "c"]) writeFileSync(join(top, name), name);
  const saved = await save([top]);
  mkdirSync(join(top, "out"));
  await load(saved, join(top, "out"), [join(top, "b")]);
  expect(existsSync(join(top, "out", top, "a"))).toBe(false);
  expect(readFileSync(join(top, "out", top, "b"), "utf8")).toBe("b");
});

test("a missing root is a failure, not an empty backup", () => {
  expect(() => resolveRoots([join(top, "gone")])).toThrow(expect.objectContaining({ code: "source.missing" }));
});

test("names are shown without control characters and without losing a byte", () => {
  expect(shownPath(Buffer.from("caf\u00e9"))).toBe("café");
  expect(shownPath(Buffer.from([0x61, 0xff, 0x1b, 0x0a]))).toBe("a\\xff\\x1b\\x0a");
});

test("R30: a subvolume that the snapshot it is read from does not show is lost, never an empty directory of a point that is ok", async (context) => {
  const volume = join(top, "volume");
  mkdirSync(volume);
  if (spawnSync("mount", ["-t", "tmpfs", "tmpfs", volume]).status !== 0) return context.skip();
  try {
    // The first directory of a fresh tmpfs has the inode that btrfs has for what a snapshot does not show.
    mkdirSync(join(volume, "hole"));
    mkdirSync(join(volume, "plain"));
    if (statSync(join(volume, "hole")).ino !== 2) return context.skip();
    const live = join(top, "live");
    mkdirSync(join(live, "hole"), { recursive: true });
    const roots = resolveRoots([live]);
    nodeAt(roots, Buffer.from(live)).reach = Buffer.from(volume);
    const btrfs = { fileSystemTypeOf: () => 0x9123_683e };
    const notesOf = async (...what: Parameters<typeof saveTree>) =>
      (await saveTree(...what)).notes.map(({ level, code, path }) => `${level} ${code} ${path}`);
    expect(await notesOf(roots, btrfs)).toEqual([`lost subvolume ${join(live, "hole")}`]);
    expect(await notesOf(roots)).toEqual([]);
    // Another program's snapshot, read where it lies, has such directories too: they are what they look like.
    expect(await notesOf([volume], btrfs)).toEqual([]);
  } finally {
    spawnSync("umount", [volume]);
  }
});

test("the agent's own snapshots are not saved; what only bears such a name is", async () => {
  const named = (digit: string) => join(top, `.casaforte-snapshot-${digit.repeat(32)}`);
  for (const [digit, mode] of [
    ["a", 0o700],
    ["b", 0o755],
    ["x", 0o700],
  ] as const) {
    mkdirSync(named(digit));
    chmodSync(named(digit), mode);
    writeFileSync(join(named(digit), "file"), digit);
  }
  const kept = async (path: string) => [...(await contentsOf(await saveTree([path]))).keys()];
  expect(await kept(top)).toEqual([join(named("b"), "file"), join(named("x"), "file")]);
  expect(await kept(named("a"))).toEqual([join(named("a"), "file")]);
});
