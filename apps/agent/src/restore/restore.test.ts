import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFifo } from "../posix.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { noise } from "../testing/nasty-tree.ts";
import { type SavedTree, saveTree } from "../testing/saved-tree.ts";
import { type FilePort, filesHere } from "../tree/file-port.ts";
import type { Note } from "../tree/note.ts";
import { PartialNames } from "../tree/partial-name.ts";
import { type WriteTreeOptions, writeTree } from "../tree/write-tree.ts";
import { type ConflictChoice, conflictChoices } from "./conflict.ts";
import { Placement } from "./placement.ts";
import { type PreviewLine, preview } from "./preview.ts";

let top = "";
let tree = "";
let out = "";
const notes: Note[] = [];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "restore-"));
  tree = join(top, "tree");
  out = join(top, "out");
  for (const path of [tree, out]) mkdirSync(path);
  notes.length = 0;
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

interface Asked {
  readonly paths?: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

const selected = ({ paths = [], include = [], exclude = [] }: Asked) =>
  new Selection({
    paths: paths.map((path) => Buffer.from(path)),
    include: new PatternList(include),
    exclude: new PatternList(exclude),
  });

interface More extends Partial<WriteTreeOptions> {
  readonly resumes?: boolean;
}

function restore(saved: SavedTree, choice: ConflictChoice, asked: Asked = {}, { resumes, ...more }: More = {}) {
  return writeTree({
    reader: saved.reader,
    target: Buffer.from(out),
    selection: selected(asked),
    placement: new Placement(saved.reader, choice, resumes),
    check: false,
    asRoot: false,
    onNote: (note) => notes.push(note),
    ...more,
  });
}

const inOut = (name: string) => join(out, tree, name);
const read = (name: string) => readFileSync(inOut(name), "utf8");

/** The tree holds a, b and dir/c; the target holds an older b, a newer c and something of its own. */
async function conflicting(): Promise<SavedTree> {
  mkdirSync(join(tree, "dir"));
  for (const name of ["a", "b", "dir/c"]) {
    writeFileSync(join(tree, name), `saved ${name}`);
    utimesSync(join(tree, name), 1_000_000, 1_000_000);
  }
  const saved = await saveTree([tree]);
  mkdirSync(inOut("dir"), { recursive: true });
  writeFileSync(inOut("b"), "older");
  utimesSync(inOut("b"), 500_000, 500_000);
  writeFileSync(inOut("dir/c"), "newer");
  utimesSync(inOut("dir/c"), 2_000_000, 2_000_000);
  writeFileSync(inOut("own"), "of its own");
  return saved;
}

test("each choice for a taken name does what it says, and nothing else is touched", async () => {
  const saved = await conflicting();
  expect(await restore(saved, "keep")).toMatchObject({ kept: 2, overwritten: 0 });
  expect([read("a"), read("b"), read("dir/c"), read("own")]).toEqual(["saved a", "older", "newer", "of its own"]);
  expect(await restore(saved, "newer")).toMatchObject({ overwritten: 1, kept: 2 });
  expect([read("b"), read("dir/c")]).toEqual(["saved b", "newer"]);
  expect(await restore(saved, "rename")).toMatchObject({ renamed: 1, same: 2 });
  expect([read("dir/c"), read("dir/c.restored")]).toEqual(["newer", "saved dir/c"]);
  expect(await restore(saved, "rename")).toMatchObject({ renamed: 1 });
  expect(readdirSync(inOut("dir")).sort()).toEqual(["c", "c.restored", "c.restored-2"]);
  expect(await restore(saved, "overwrite")).toMatchObject({ overwritten: 1, same: 2 });
  expect([read("dir/c"), read("own")]).toEqual(["saved dir/c", "of its own"]);
});

test("a preview tells what the restore then does, in names, counts and bytes, and writes nothing", async () => {
  const saved = await conflicting();
  for (const choice of ["keep", "newer", "rename", "overwrite"] as const) {
    const lines: PreviewLine[] = [];
    const before = readdirSync(out, { recursive: true });
    const walk = { reader: saved.reader, selection: selected({}), onNote: (note: Note) => notes.push(note) };
    const placement = new Placement(saved.reader, choice);
    const told = await preview({ ...walk, placement, target: Buffer.from(out) }, (line) => lines.push(line));
    expect(readdirSync(out, { recursive: true })).toEqual(before);
    const done = await restore(saved, choice);
    expect(told).toMatchObject({ keep: done.kept, overwrite: done.overwritten, rename: done.renamed, same: done.same });
    expect(told.bytesToWrite).toBe(done.bytes);
    expect(lines).toHaveLength(told.create + told.keep + told.overwrite + told.rename + told.same);
    rmSync(inOut("dir/c.restored"), { force: true });
    rmSync(inOut("b.restored"), { force: true });
  }
});

test("paths and patterns choose, and directories appear only where something in them is wanted", async () => {
  for (const name of ["docs/deep", "empty", "src"]) mkdirSync(join(tree, name), { recursive: true });
  for (const name of ["docs/a.txt", "docs/deep/b.txt", "docs/deep/c.bin", "src/d.txt"]) {
    writeFileSync(join(tree, name), name);
  }
  const saved = await saveTree([tree]);
  const restored = async (asked: Asked) => {
    rmSync(out, { recursive: true });
    mkdirSync(out);
    await restore(saved, "overwrite", asked);
    return existsSync(join(out, tree)) ? (readdirSync(join(out, tree), { recursive: true }) as string[]).sort() : [];
  };
  expect(await restored({ include: ["*.txt"] })).toEqual([
    "docs",
    "docs/a.txt",
    "docs/deep",
    "docs/deep/b.txt",
    "src",
    "src/d.txt",
  ]);
  expect(await restored({ paths: [join(tree, "docs")], include: ["*.txt"], exclude: ["deep/"] })).toEqual([
    "docs",
    "docs/a.txt",
  ]);
  expect(await restored({ include: [`${tree}/docs/deep`] })).toEqual([
    "docs",
    "docs/deep",
    "docs/deep/b.txt",
    "docs/deep/c.bin",
  ]);
  expect(await restored({ paths: [join(tree, "docs/deep/"), join(tree, "empty")] })).toEqual([
    "docs",
    "docs/deep",
    "docs/deep/b.txt",
    "docs/deep/c.bin",
    "empty",
  ]);
  expect(await restored({ include: ["*.nothing"] })).toEqual([]);
});

test("a restore that goes on fetches only what is not there yet and clears half-written files away", async () => {
  for (let index = 0; index < 5; index++) writeFileSync(join(tree, `f${index}`), noise(index + 1, 500_000));
  linkSync(join(tree, "f0"), join(tree, "z-link"));
  const saved = await saveTree([tree]);
  await restore(saved, "overwrite");
  rmSync(inOut("f3"));
  rmSync(inOut("z-link"));
  writeFileSync(inOut("f4"), noise(9, 500_000));
  writeFileSync(inOut(".casaforte-77-3.partial"), "half");
  const done = await restore(saved, "overwrite", {}, { resumes: true });
  expect(done).toMatchObject({ same: 3, overwritten: 1, bytes: 1_000_000 });
  expect(readdirSync(join(out, tree)).sort()).toEqual(readdirSync(tree).sort());
  for (const name of readdirSync(tree))
    expect(readFileSync(inOut(name)).equals(readFileSync(join(tree, name)))).toBe(true);
  expect(lstatSync(inOut("z-link")).ino).toBe(lstatSync(inOut("f0")).ino);
});

test("directories that an interrupted restore made get their attributes from the one that goes on, and others keep theirs", async () => {
  for (const name of ["made/deep", "there"]) mkdirSync(join(tree, name), { recursive: true });
  for (const name of ["made/deep/a", "made/deep/b", "there/c"]) writeFileSync(join(tree, name), name);
  for (const name of ["made/deep", "made", "there"]) {
    chmodSync(join(tree, name), 0o750);
    utimesSync(join(tree, name), 1_000_000, 1_000_000);
  }
  const saved = await saveTree([tree]);
  const shown = (name: string) => {
    const { mode, mtimeMs } = statSync(inOut(name));
    return [(mode & 0o7777).toString(8), mtimeMs];
  };
  // Whole directories, and those that only lead to what is wanted.
  for (const asked of [{}, { include: ["a", "b", "c"] }]) {
    for (const choice of conflictChoices) {
      rmSync(out, { recursive: true });
      mkdirSync(inOut("there"), { recursive: true, mode: 0o700 });
      utimesSync(inOut("there"), 2_000_000, 2_000_000);
      const interrupted = new AbortController();
      const onProgress = () => existsSync(inOut("made/deep")) && interrupted.abort(new Error("interrupted"));
      const first = restore(saved, choice, asked, { signal: interrupted.signal, onProgress });
      await expect(first).rejects.toThrow("interrupted");
      expect([existsSync(inOut("made/deep/b")), shown("made/deep")[0] === "750"]).toEqual([false, false]);
      writeFileSync(inOut("there/c"), "there/c");
      utimesSync(inOut("there"), 2_000_000, 2_000_000);
      await restore(saved, choice, asked, { resumes: true });
      const made = ["750", 1_000_000_000];
      expect([shown("made"), shown("made/deep")]).toEqual([made, made]);
      const isReplaced = choice === "overwrite" && asked.include === undefined;
      if (isReplaced) expect(shown("there")).toEqual(made);
      else expect(shown("there")[0]).toBe("700");
    }
  }
  expect(notes.filter(({ level }) => level === "lost")).toEqual([]);
});

test("what a killed restore left half written goes away on the way to what is wanted too, and is in no file's way", async () => {
  mkdirSync(join(tree, "dir"));
  for (const name of ["dir/large", "dir/small"]) writeFileSync(join(tree, name), noise(7, name.length * 100_000));
  const saved = await saveTree([tree]);
  const asked = { paths: [join(tree, "dir/large"), join(tree, "dir/small")] };
  const left = [0, 1, 2, 3].map((number) => `.casaforte-${process.pid}-${number}.partial`);
  for (const folder of [out, join(out, tree), inOut("dir")]) {
    mkdirSync(folder, { recursive: true });
    for (const name of left) writeFileSync(join(folder, name), "half");
  }
  expect(await restore(saved, "keep", asked)).toMatchObject({ entries: 2 });
  expect(notes).toEqual([]);
  expect(readdirSync(inOut("dir")).sort()).toEqual([...left, "large", "small"]);
  rmSync(inOut("dir/large"));
  writeFileSync(inOut(".casaforte-1-0123456789abcdef-2.partial"), "half");
  mkdirSync(inOut(".casaforte-1-2.partial"));
  expect(await restore(saved, "keep", asked, { resumes: true })).toMatchObject({ entries: 1, kept: 1 });
  expect(readdirSync(inOut("dir")).sort()).toEqual(["large", "small"]);
  expect(readdirSync(join(out, tree)).sort()).toEqual([".casaforte-1-2.partial", "dir"]);
  expect(readdirSync(out).filter((name) => name.endsWith("partial"))).toEqual([]);
});

test("a restore with new names that goes on puts nothing that is there already beside itself, as its preview says", async () => {
  mkdirSync(join(tree, "taken/made"), { recursive: true });
  for (const name of ["a", "b", "taken/made/c", "taken/made/d", "z"]) writeFileSync(join(tree, name), `saved ${name}`);
  linkSync(join(tree, "a"), join(tree, "a-too"));
  for (const name of ["link", "link-taken"]) symlinkSync("anywhere", join(tree, name));
  for (const name of ["pipe", "pipe-taken"]) makeFifo(Buffer.from(join(tree, name)), 0o600);
  const saved = await saveTree([tree]);
  const taken = ["a", "link-taken", "pipe-taken", "taken"];
  mkdirSync(inOut("."), { recursive: true });
  for (const name of taken) writeFileSync(inOut(name), "precious");
  const interrupted = new AbortController();
  const onProgress = () => existsSync(inOut("taken.restored/made")) && interrupted.abort(new Error("interrupted"));
  const first = restore(saved, "rename", {}, { signal: interrupted.signal, onProgress });
  await expect(first).rejects.toThrow("interrupted");
  expect(existsSync(inOut("z"))).toBe(false);
  const walk = { reader: saved.reader, selection: selected({}), onNote: (note: Note) => notes.push(note) };
  // The last one begins where only the mark of the one before was left.
  for (const made of [1, 0]) {
    const placement = new Placement(saved.reader, "rename", true);
    const lines: PreviewLine[] = [];
    const told = await preview({ ...walk, placement, target: Buffer.from(out) }, (line) => lines.push(line));
    const done = await restore(saved, "rename", {}, { resumes: true });
    expect(told).toMatchObject({ rename: 0, same: done.same, bytesToWrite: done.bytes });
    expect([done.renamed, lines.some(({ path }) => path === inOut("z"))]).toEqual([0, true]);
    if (made === 0) expect(lines.map(({ decision }) => decision)).toEqual(lines.map(() => "same"));
    expect(lines.map(({ path }) => path)).toContain(inOut("taken.restored/made/d"));
    const all = [...readdirSync(tree, { recursive: true })].map((name) =>
      `${name}`.replace(/^taken/, "taken.restored"),
    );
    const besides = taken.flatMap((name) => [name, `${name}.restored`]);
    expect(readdirSync(inOut("."), { recursive: true }).sort()).toEqual([...new Set([...all, ...besides])].sort());
    for (const name of taken) expect(read(name)).toBe("precious");
    expect(lstatSync(inOut("a-too")).ino).toBe(lstatSync(inOut("a.restored")).ino);
    expect(statSync(inOut("taken.restored")).mode).toBe(statSync(join(tree, "taken")).mode);
  }
  expect(notes).toEqual([]);
});

test("the name of a file that is being written is another in each run", () => {
  expect(new PartialNames().next()).not.toEqual(new PartialNames().next());
});

test("a file in a directory's place, and the other way round, follow the choice and lose nothing", async () => {
  mkdirSync(join(tree, "x"));
  writeFileSync(join(tree, "x", "inside"), "inside");
  writeFileSync(join(tree, "y"), "file");
  const saved = await saveTree([tree]);
  mkdirSync(inOut("y"), { recursive: true });
  writeFileSync(inOut("y/precious"), "precious");
  symlinkSync(top, inOut("x"));
  expect(await restore(saved, "keep")).toMatchObject({ kept: 2 });
  expect(existsSync(join(top, "inside"))).toBe(false);
  await restore(saved, "rename");
  expect(read("x.restored/inside")).toBe("inside");
  expect(read("y.restored")).toBe("file");
  await restore(saved, "overwrite");
  expect(read("x/inside")).toBe("inside");
  expect(read("y/precious")).toBe("precious");
  expect(notes.filter((note) => note.level === "lost").map((note) => note.code)).toEqual(["not_written"]);
});

test("what stands in place of a directory that only leads on is neither removed nor followed, and the preview says so", async () => {
  for (const name of ["file", "link", "plain"]) {
    mkdirSync(join(tree, name, "deep"), { recursive: true });
    writeFileSync(join(tree, name, "deep", "f"), "saved");
  }
  const saved = await saveTree([tree]);
  const elsewhere = join(top, "elsewhere");
  mkdirSync(join(elsewhere, "deep"), { recursive: true });
  writeFileSync(join(elsewhere, "deep", "f"), "precious");
  for (const choice of conflictChoices) {
    for (const asked of [
      { paths: ["file/deep/f", "link/deep", "plain/deep/f"].map((name) => join(tree, name)) },
      { include: ["f"] },
    ]) {
      rmSync(out, { recursive: true });
      mkdirSync(join(out, tree), { recursive: true });
      writeFileSync(inOut("file"), "PRECIOUS");
      symlinkSync(elsewhere, inOut("link"));
      notes.length = 0;
      const placement = new Placement(saved.reader, choice);
      const lines: PreviewLine[] = [];
      const walk = { reader: saved.reader, selection: selected(asked), onNote: (note: Note) => notes.push(note) };
      await preview({ ...walk, placement, target: Buffer.from(out) }, (line) => lines.push(line));
      expect(lines.map(({ decision, path }) => `${decision} ${path}`)).toEqual([`create ${inOut("plain/deep/f")}`]);
      const told = notes.splice(0).map(({ level, code, path, message }) => [level, code, path.toString(), message]);
      expect(await restore(saved, choice, asked)).toMatchObject({ entries: 1, overwritten: 0, kept: 0, renamed: 0 });
      expect(notes.map(({ level, code, path, message }) => [level, code, path.toString(), message])).toEqual(told);
      const linked = "paths" in asked ? inOut("link/deep") : inOut("link/deep/f");
      expect(told.map(([level, code, path]) => `${level} ${code} ${path}`)).toEqual([
        `lost not_written ${inOut("file/deep/f")}`,
        `lost not_written ${linked}`,
      ]);
      expect(told.map(([, , , message]) => message)).toEqual([
        expect.stringContaining(`${inOut("file")} is `),
        expect.stringContaining(`${inOut("link")} is a symbolic link`),
      ]);
      expect([read("file"), readlinkSync(inOut("link")), read("plain/deep/f")]).toEqual([
        "PRECIOUS",
        elsewhere,
        "saved",
      ]);
      expect(readFileSync(join(elsewhere, "deep", "f"), "utf8")).toBe("precious");
    }
  }
});

test("a link or a fifo that a directory stands in the way of costs itself alone", async () => {
  symlinkSync("anywhere", join(tree, "a-link"));
  makeFifo(Buffer.from(join(tree, "b-fifo")), 0o600);
  for (const name of ["c-file", "z-file"]) writeFileSync(join(tree, name), "saved");
  const saved = await saveTree([tree]);
  for (const name of ["a-link", "b-fifo", "c-file"]) {
    mkdirSync(inOut(name), { recursive: true });
    writeFileSync(inOut(`${name}/precious`), "precious");
  }
  const taken = ["a-link", "b-fifo", "c-file"].map((name) => `lost not_written ${inOut(name)}`);
  const told = () => notes.splice(0).map(({ level, code, path }) => `${level} ${code} ${path.toString()}`);
  const lines: PreviewLine[] = [];
  const walk = { reader: saved.reader, selection: selected({}), onNote: (note: Note) => notes.push(note) };
  const placement = new Placement(saved.reader, "overwrite");
  await preview({ ...walk, placement, target: Buffer.from(out) }, (line) => lines.push(line));
  expect(lines.map(({ decision, path }) => `${decision} ${path}`)).toEqual([`create ${inOut("z-file")}`]);
  expect(told()).toEqual(taken);
  await restore(saved, "overwrite");
  expect(told()).toEqual(taken);
  expect(read("z-file")).toBe("saved");
  for (const name of ["a-link", "b-fifo", "c-file"]) expect(read(`${name}/precious`)).toBe("precious");
});

test("what would lie in a directory that is made is told as new, whatever the name leads to before", async () => {
  mkdirSync(join(tree, "x"));
  writeFileSync(join(tree, "x", "f"), "saved");
  const saved = await saveTree([tree]);
  writeFileSync(join(top, "f"), "precious");
  mkdirSync(join(out, tree), { recursive: true });
  symlinkSync(top, inOut("x"));
  const walk = { reader: saved.reader, selection: selected({}), onNote: (note: Note) => notes.push(note) };
  for (const choice of ["rename", "overwrite"] as const) {
    const lines: PreviewLine[] = [];
    const placement = new Placement(saved.reader, choice);
    const told = await preview({ ...walk, placement, target: Buffer.from(out) }, (line) => lines.push(line));
    expect(lines.map(({ decision }) => decision)).toEqual([choice, "create"]);
    const done = await restore(saved, choice);
    expect(told).toMatchObject({ keep: done.kept, overwrite: done.overwritten, rename: done.renamed, same: done.same });
  }
  expect(readFileSync(join(top, "f"), "utf8")).toBe("precious");
});

test("the blocks of a file stay until it is written, also where its pieces lie in several", async () => {
  for (let index = 0; index < 6; index++) {
    const fd = openSync(join(tree, `sparse-${index}`), "w");
    writeSync(fd, noise(2 * index + 1, 290_000));
    writeSync(fd, noise(2 * index + 2, 290_000), 0, 290_000, 600_000);
    closeSync(fd);
    writeFileSync(join(tree, `whole-${index}`), noise(100 + index, 1_200_000));
  }
  const saved = await saveTree([tree]);
  const here = filesHere(saved.reader);
  const later = () => new Promise((done) => setImmediate(done));
  // A block that was let go holds another one by the time somebody still looks at it.
  const port: FilePort = {
    hold: async (block) => {
      const { bytes } = await here.hold(block);
      return { bytes, release: () => void bytes.fill(0) };
    },
    files: (files, terms) => later().then(() => here.files(files, terms)),
    chunk: (fd, chunk, terms) => later().then(() => here.chunk(fd, chunk, terms)),
  };
  await restore(saved, "overwrite", {}, { port });
  expect(notes).toEqual([]);
  for (const name of readdirSync(tree))
    expect(readFileSync(inOut(name)).equals(readFileSync(join(tree, name))), name).toBe(true);
});

test("--check reads every file back, sparse ones too, and finds them whole", async () => {
  writeFileSync(join(tree, "data"), noise(5, 3_000_000));
  writeFileSync(join(tree, "zeros"), Buffer.alloc(2_500_000));
  writeFileSync(join(tree, "empty"), "");
  const saved = await saveTree([tree]);
  expect(await restore(saved, "overwrite", {}, { check: true })).toMatchObject({ bytes: 5_500_000 });
  expect(notes).toEqual([]);
  expect(statSync(inOut("zeros")).size).toBe(2_500_000);
});
