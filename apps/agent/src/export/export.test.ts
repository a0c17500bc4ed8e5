import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type BlockSpan, openArena } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { strictCheck } from "../../../../formats/vbk/src/strict-check.test-support.ts";
import { compareTrees } from "../../../../tests/interop/compare-trees.ts";
import { chunkHash } from "../chain/chunk-hash.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { makeNastyTree, noise } from "../testing/nasty-tree.ts";
import { type SavedTree, saveTree } from "../testing/saved-tree.ts";
import { type FilePort, filesHere } from "../tree/file-port.ts";
import type { Note } from "../tree/note.ts";
import type { RootNode } from "../tree/roots.ts";
import { aclText } from "./acl-text.ts";
import { OutputFile, type Sink, streamSink } from "./sink.ts";
import { onlyFile, type RawOptions, writeRaw } from "./write-raw.ts";
import { writeTar } from "./write-tar.ts";
import { writePlainVbk } from "./write-vbk.ts";
import { writeZip } from "./write-zip.ts";

const isRoot = process.getuid?.() === 0;
let top = "";
let tree = "";
const notes: Note[] = [];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "export-"));
  tree = join(top, "tree");
  mkdirSync(tree);
  notes.length = 0;
});
// rm, since rmSync cannot reach the bottom of the deepest directory.
afterEach(() => spawnSync("rm", ["-rf", top]));

const nowhere: Sink = { write: async () => undefined };
const none = new PatternList([]);
const walkOf = (saved: Pick<SavedTree, "reader">, path = tree): RawOptions => ({
  reader: saved.reader,
  port: filesHere(saved.reader),
  selection: new Selection({ paths: [Buffer.from(path)], include: none, exclude: none }),
  onNote: (note) => notes.push(note),
});

async function written(name: string, write: (sink: OutputFile) => Promise<unknown>): Promise<string> {
  using file = new OutputFile(join(top, name));
  await write(file);
  file.finish();
  return join(top, name);
}

/** Without the directory that is deeper than a path may be long: tar cannot make it. */
function makeUnpackableTree(smallFiles: number): void {
  makeNastyTree(tree, smallFiles);
  spawnSync("rm", ["-rf", join(tree, "d".repeat(200))]);
}

const run = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { status, stdout, stderr };
};

test("a tar of a tree of every nastiness is unpacked by the distribution's tar with every byte and attribute", async () => {
  makeUnpackableTree(500);
  const saved = await saveTree([tree]);
  const figures = await writeTar(walkOf(saved), nowhere, () => undefined);
  const path = await written("out.tar", (sink) => writeTar(walkOf(saved), sink, () => undefined));
  expect(notes).toEqual([]);
  // A hundred mebibytes of holes are not in it.
  expect(statSync(path).size).toBeLessThan(60_000_000);
  const out = join(top, "out");
  mkdirSync(out);
  const unpacked = run("tar", "--xattrs", "--xattrs-include=*", "--acls", "-xpf", path, "-C", out);
  expect(unpacked).toMatchObject({ status: 0, stdout: "" });
  expect(compareTrees(tree, join(out, tree), { owners: isRoot })).toEqual([]);
  expect(figures.entries).toBe(run("tar", "-tf", path).stdout.trimEnd().split("\n").length);
});

test("names of one number that are not one file have in a tar what each of them had", async () => {
  const [first, second] = [join(tree, "a"), join(tree, "b")];
  writeFileSync(first, "the one");
  linkSync(first, second);
  let isChanged = false;
  const pace = () => {
    if (!isChanged) writeFileSync(first, "another one");
    isChanged = true;
    return undefined;
  };
  const saved = await saveTree([tree], { pace });
  const path = await written("out.tar", (sink) => writeTar(walkOf(saved), sink, () => undefined));
  expect(run("tar", "-xOf", path, first.slice(1), second.slice(1)).stdout).toBe("the oneanother one");
});

test("a zip is tested and unpacked by the distribution's unzip, with modes and links", async () => {
  mkdirSync(join(tree, "dir"));
  writeFileSync(join(tree, "dir", "naïve file"), noise(1, 3_000_000));
  writeFileSync(join(tree, "text"), "line\n".repeat(100_000), { mode: 0o750 });
  writeFileSync(join(tree, "empty"), "");
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/odd`), Buffer.of(0xff)]), "odd");
  writeFileSync(join(tree, "odd%FF"), "its name looks so");
  writeFileSync(join(tree, "two\nlines"), "two");
  symlinkSync("text", join(tree, "link"));
  linkSync(join(tree, "text"), join(tree, "hard"));
  spawnSync("mkfifo", [join(tree, "fifo")]);
  const saved = await saveTree([tree]);
  const path = await written("out.zip", (sink) => writeZip(walkOf(saved), sink, () => undefined));
  expect(notes.map((note) => note.code)).toEqual(["not_in_zip"]);
  expect(run("unzip", "-tq", path).status).toBe(0);
  const out = join(top, "out");
  expect(run("unzip", "-q", path, "-d", out).status).toBe(0);
  expect(readdirSync(join(out, tree)).sort()).toEqual([
    "dir",
    "empty",
    "hard",
    "link",
    "odd%25FF",
    "odd%FF",
    "text",
    "two%0Alines",
  ]);
  expect(readFileSync(join(out, tree, "odd%FF"), "utf8")).toBe("odd");
  for (const name of ["dir/naïve file", "text", "hard", "empty", "link"])
    expect(readFileSync(join(out, tree, name)).equals(readFileSync(join(tree, name)))).toBe(true);
  expect(statSync(join(out, tree, "text")).mode & 0o777).toBe(0o750);
});

test("a zip leaves out by name what is too deep for it, and goes on", async () => {
  const deep = "import os,sys\nos.chdir(sys.argv[1])\nfor _ in range(330):\n os.mkdir('d'*200); os.chdir('d'*200)";
  expect(spawnSync("python3", ["-c", deep, tree]).status).toBe(0);
  writeFileSync(join(tree, "z"), "after it");
  const saved = await saveTree([tree]);
  const path = await written("out.zip", (sink) => writeZip(walkOf(saved), sink, () => undefined));
  expect(notes.length).toBeGreaterThan(0);
  expect(
    notes.every(({ level, code, path: of }) => level === "lost" && code === "not_in_zip" && of.length > 65_534),
  ).toBe(true);
  const read = "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.namelist()[-1])";
  expect(run("python3", "-c", read, path).stdout).toBe(`None ${join(tree, "z").slice(1)}\n`);
});

test("names at the top of a machine that look like a drive are in a zip like any other", async () => {
  writeFileSync(join(tree, "file"), "x");
  const drive: RootNode = { name: Buffer.from("C:x"), whole: true, children: new Map(), reach: Buffer.from(tree) };
  const saved = await saveTree({ name: Buffer.alloc(0), whole: false, children: new Map([["C:x", drive]]) });
  const everything = new Selection({ paths: [], include: none, exclude: none });
  const path = await written("out.zip", (sink) =>
    writeZip({ ...walkOf(saved), selection: everything }, sink, () => undefined),
  );
  expect(run("unzip", "-Z1", path).stdout).toBe("C%3Ax/\nC%3Ax/file\n");
});

test("a plain VBK passes the strict reader, and its image is a tar that tar unpacks", async () => {
  makeUnpackableTree(50);
  const saved = await saveTree([tree]);
  const device = { deviceId: "00000000-0000-7000-8000-000000000001", deviceName: "Bench 1" };
  const path = await written("out.vbk", (output) =>
    writePlainVbk({
      output,
      fileName: "out.vbk",
      ...device,
      imageName: "files.tar",
      image: async (sink) => void (await writeTar(walkOf(saved), sink, () => undefined)),
    }),
  );
  const { blocks, imageBytes, kind, names } = strictCheck(readFileSync(path));
  expect(kind).toBe("full");
  expect(names).toContain("files.tar");
  const tar = join(top, "image.tar");
  const fd = openSync(tar, "w");
  for (const [index, block] of blocks) if (block !== null) writeSync(fd, block, 0, block.length, index * 0x10_0000);
  ftruncateSync(fd, imageBytes);
  closeSync(fd);
  const out = join(top, "out");
  mkdirSync(out);
  expect(run("tar", "--xattrs", "--xattrs-include=*", "--acls", "-xpf", tar, "-C", out).status).toBe(0);
  expect(compareTrees(tree, join(out, tree), { owners: isRoot })).toEqual([]);
});

test("a disk image comes out as its bytes, its holes as holes, and as the image of a VBK", async () => {
  const disk = join(tree, "disk.raw");
  const fd = openSync(disk, "w");
  ftruncateSync(fd, 64 << 20);
  writeSync(fd, noise(3, 3_000_001), 0, 3_000_001, 5 << 20);
  writeSync(fd, "end", (64 << 20) - 3);
  closeSync(fd);
  const saved = await saveTree([tree]);
  const found = await onlyFile(walkOf(saved));
  const path = await written("disk", (sink) => writeRaw(walkOf(saved), found, sink, () => undefined));
  expect(readFileSync(path).equals(readFileSync(disk))).toBe(true);
  expect(statSync(path).blocks * 512).toBeLessThan(8_000_000);
  const vbk = await written("disk.vbk", (output) =>
    writePlainVbk({
      output,
      fileName: "disk.vbk",
      deviceId: "00000000-0000-7000-8000-000000000001",
      deviceName: "Bench",
      imageName: "disk",
      image: async (sink) => void (await writeRaw(walkOf(saved), found, sink, () => undefined)),
    }),
  );
  const { blocks, imageBytes } = strictCheck(readFileSync(vbk));
  expect(imageBytes).toBe(64 << 20);
  const image = Buffer.alloc(imageBytes);
  for (const [index, block] of blocks) block?.copy(image, index * 0x10_0000);
  expect(image.equals(readFileSync(disk))).toBe(true);
  expect(statSync(vbk).size).toBeLessThan(8_000_000);
});

test("R30: what is damaged of a disk is zeros and said, whether it goes into a file or a slow pipe, and no block stays held", async () => {
  const disk = join(tree, "disk.raw");
  const whole = noise(4, 20_000_000);
  writeFileSync(disk, whole);
  const saved = await saveTree([tree]);
  const [lost, flipped] = [4, 9];
  const reader = await openArena(async (index) => {
    if (index === lost) throw new Failure("corrupt", "vbk.block_authentication", "a flipped bit");
    const block = (saved.blocks.get(index) ?? new Uint8Array(0x10_0000)).slice();
    if (index === flipped) block.fill(0, 1000, 1008);
    return block;
  }, chunkHash);
  let held = 0;
  const port: FilePort = {
    ...filesHere(reader),
    hold: async (block) => {
      const { bytes } = await filesHere(reader).hold(block);
      held++;
      return { bytes, release: () => void held-- };
    },
  };
  const found = await onlyFile(walkOf({ reader }));
  const expected = Buffer.from(whole);
  const ranges: string[] = [];
  for await (const extent of reader.extents(found.entry.content)) {
    if (extent.kind !== "chunk") continue;
    const touches = ({ block, start, lengthBytes }: BlockSpan) =>
      block === lost || (block === flipped && start < 1008 && start + lengthBytes > 1000);
    if (!reader.spans(extent.ref).some(touches)) continue;
    expected.fill(0, extent.offsetBytes, extent.offsetBytes + extent.lengthBytes);
    ranges.push(`zeros stand for ${extent.lengthBytes} damaged bytes at ${extent.offsetBytes}`);
  }
  expect(ranges.length).toBeGreaterThan(1);
  expect(expected.subarray(-1_000_000).equals(whole.subarray(-1_000_000))).toBe(true);
  const came: Buffer[] = [];
  let isThere = true;
  const stream = new Writable({
    highWaterMark: 1,
    write: (bytes, _encoding, done) =>
      void setImmediate(() => {
        came.push(Buffer.from(bytes));
        if (isThere) done();
        else stream.destroy();
      }),
  });
  const into = (sink: Sink) => writeRaw({ ...walkOf({ reader }), port }, found, sink, () => undefined);
  await into(streamSink(stream));
  expect(Buffer.concat(came).equals(expected)).toBe(true);
  expect(notes.map(({ message }) => message)).toEqual(ranges);
  expect(readFileSync(await written("disk", into)).equals(expected)).toBe(true);
  expect(held).toBe(0);
  isThere = false;
  await expect(into(streamSink(stream))).rejects.toMatchObject({ code: "agent.output" });
  expect(held).toBe(0);
});

test("an export whose output fails once ends there, and writes no hole behind it", async () => {
  const disk = join(tree, "disk.raw");
  // One chunk, and nothing between it and the hole.
  writeFileSync(disk, noise(5, 4_096));
  const fd = openSync(disk, "r+");
  ftruncateSync(fd, 64 << 20);
  closeSync(fd);
  const saved = await saveTree([tree]);
  let writes = 0;
  const failing: Sink = {
    write: async () => {
      if (writes++ === 0) throw new Failure("unavailable", "agent.output", "an error of the device");
    },
  };
  const work = writeRaw(walkOf(saved), await onlyFile(walkOf(saved)), failing, () => undefined);
  await expect(work).rejects.toMatchObject({ message: "an error of the device" });
  expect(writes).toBe(1);
});

test("a long export to a slow reader leaves nothing that listens behind, and ends when the reader goes away", async () => {
  const stream = new Writable({ highWaterMark: 1, write: (_bytes, _encoding, done) => void setImmediate(done) });
  const sink = streamSink(stream);
  const before = ["drain", "close", "error"].map((name) => stream.listenerCount(name));
  for (let piece = 0; piece < 50; piece++) await sink.write(Buffer.alloc(10));
  expect(["drain", "close", "error"].map((name) => stream.listenerCount(name))).toEqual(before);
  const waiting = sink.write(Buffer.alloc(10));
  stream.destroy();
  await expect(waiting).rejects.toMatchObject({ code: "agent.output" });
});

test("what was written to a stream is the writer's again, however slow its reader", async () => {
  const came: Buffer[] = [];
  const stream = new Writable({
    highWaterMark: 1_000,
    write: (bytes, _encoding, done) =>
      void setImmediate(() => {
        came.push(Buffer.from(bytes));
        done();
      }),
  });
  const sink = streamSink(stream);
  const piece = Buffer.alloc(10);
  for (let value = 1; value <= 50; value++) await sink.write(piece.fill(value));
  expect(Buffer.concat(came)).toEqual(Buffer.concat(Array.from({ length: 50 }, (_, at) => Buffer.alloc(10, at + 1))));
});

test("a damaged file is left out of a tar and a zip by name, and the archives are whole", async () => {
  for (let index = 0; index < 5; index++) writeFileSync(join(tree, `f${index}`), noise(index + 1, 1_000_000));
  const saved = await saveTree([tree]);
  const reader = await openArena(async (index) => {
    if (index === 3) throw new Failure("corrupt", "vbk.block_authentication", "a flipped bit");
    return saved.blocks.get(index) ?? new Uint8Array(0x10_0000);
  }, chunkHash);
  for (const [name, write, list] of [
    ["d.tar", writeTar, ["tar", "-tf"]],
    ["d.zip", writeZip, ["unzip", "-Z1"]],
  ] as const) {
    notes.length = 0;
    const path = await written(name, (sink) => write(walkOf({ reader }), sink, () => undefined));
    const lost = notes.map((note) => note.path.toString().slice(tree.length + 1));
    expect(lost.length).toBeGreaterThan(0);
    const { status, stdout } = run(list[0], list[1], path);
    expect(status).toBe(0);
    const left = stdout.split("\n").flatMap((line) => /\/(f\d)$/.exec(line)?.[1] ?? []);
    expect([...left, ...lost].sort()).toEqual(readdirSync(tree).sort());
  }
});

test("an export that fails leaves no file behind", async () => {
  const path = join(top, "half.tar");
  const fails = async () => {
    using file = new OutputFile(path);
    await file.write(Buffer.from("half"));
    throw new Error("on the way");
  };
  await expect(fails()).rejects.toThrow("on the way");
  expect(readdirSync(top)).toEqual(["tree"]);
});

test("what lies beside an export's name is left alone: nobody who put it there gets the export or its mode", async () => {
  const [path, planted] = [join(top, "out.tar"), join(top, "out.tar.partial")];
  writeFileSync(planted, "planted");
  chmodSync(planted, 0o666);
  await written("out.tar", (sink) => sink.write(Buffer.from("decrypted")));
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["decrypted", 0o600]);
  expect(readFileSync(planted, "utf8")).toBe("planted");
  expect(readdirSync(top).sort()).toEqual(["out.tar", "out.tar.partial", "tree"]);
});

test("an export replaces a file and nothing else that bears its name", () => {
  const [file, folder, fifo, link, dangling, device] = ["file", "folder", "fifo", "link", "dangling", "null"].map(
    (name) => join(top, name),
  ) as [string, string, string, string, string, string];
  writeFileSync(file, "before");
  mkdirSync(folder);
  run("mkfifo", fifo);
  symlinkSync(file, link);
  symlinkSync(join(top, "nowhere"), dangling);
  if (isRoot) run("mknod", device, "c", "1", "3");
  const others = [folder, fifo, link, dangling, ...(isRoot ? [device] : [])];
  const kinds = () => others.map((path) => lstatSync(path).mode);
  const before = [kinds(), readdirSync(top)];
  for (const path of others) {
    const write = () => {
      using output = new OutputFile(path);
      output.finish();
    };
    expect(write, path).toThrow("neither a file nor a block device");
  }
  expect([kinds(), readdirSync(top)]).toEqual(before);
  using output = new OutputFile(file);
  output.put(0, Buffer.from("after"));
  output.finish();
  expect(readFileSync(file, "utf8")).toBe("after");
});

test("an ACL reads as getfacl prints it, and bytes that are none are said to be none", () => {
  const acl = "0200000001000600ffffffff02000400393000000400040 0ffffffff10000600ffffffff20000400ffffffff".replace(
    " ",
    "",
  );
  expect(aclText(Buffer.from(acl, "hex"))).toBe("user::rw-,user:12345:r--,group::r--,mask::rw-,other::r--");
  expect(aclText(Buffer.from("00", "hex"))).toBeNull();
});
