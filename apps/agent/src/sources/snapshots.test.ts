import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PatternList } from "../select/pattern-list.ts";
import { AgentHome } from "../state/home.ts";
import { putOwnPrograms } from "../testing/own-programs.ts";
import { contentsOf, saveTree } from "../testing/saved-tree.ts";
import type { Note } from "../tree/note.ts";
import type { RootNode } from "../tree/roots.ts";
import type { ScanRules } from "../tree/scan-filter.ts";
import { mountOf, readMounts } from "./mounts.ts";
import { prepareSources } from "./prepare-sources.ts";
import { type RunProgram, runProgram } from "./run-program.ts";
import { Snapshots } from "./snapshot.ts";
import type { SnapshotChoice, Source } from "./source.ts";

let top = "";
const notes: Note[] = [];
const path = process.env["PATH"];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "snapshots-"));
  notes.length = 0;
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(top, { recursive: true, force: true });
});

const home = () => new AgentHome(join(top, "home"));
const noPrograms: RunProgram = () => Promise.reject(new Error("not installed"));
const snapshotsWith = (run: RunProgram) => new Snapshots(home(), run, (note) => notes.push(note));

interface More {
  readonly snapshot?: SnapshotChoice;
  readonly snapshots?: Snapshots;
  readonly mountInfo?: string;
  readonly rules?: readonly ScanRules[];
}

function prepare(sources: readonly Source[], more: More = {}): Promise<RootNode> {
  const { snapshot = "never", snapshots = snapshotsWith(noPrograms), ...rest } = more;
  return prepareSources({ sources, snapshot, snapshots, onNote: (note) => notes.push(note), ...rest });
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

test("the file system of a path is the longest mount above it, and nothing that another is mounted over", () => {
  const mounts = readMounts(
    [
      "20 1 0:1 / / rw - ext4 /dev/vda1 rw",
      "23 20 0:4 / /srv/hidden rw - ext4 /dev/vdc rw",
      "21 20 0:2 / /srv rw shared:1 - btrfs /dev/vdb rw",
      "22 21 0:3 /sub /srv/with\\040blank rw - xfs /dev/mapper/vg-data rw",
      "24 22 0:5 / /srv/with\\040blank rw - tmpfs tmpfs rw",
    ].join("\n"),
  );
  expect(mountOf("/srvx", mounts)).toMatchObject({ mountPoint: "/", type: "ext4" });
  expect(mountOf("/srv/hidden/x", mounts)).toMatchObject({ mountPoint: "/srv", type: "btrfs" });
  expect(mountOf("/srv/with blank/x", mounts)).toMatchObject({ mountPoint: "/srv/with blank", type: "tmpfs" });
  expect(mounts).toHaveLength(3);
});

test("a logical volume is read from a snapshot under its own paths, and the snapshot goes away", async () => {
  const live = join(top, "live");
  const frozen = join(top, "frozen");
  for (const [directory, text] of [
    [live, "later"],
    [frozen, "as it was"],
  ] as const) {
    mkdirSync(join(directory, "data"), { recursive: true });
    writeFileSync(join(directory, "data", "file"), text);
  }
  const calls = putOwnPrograms(top, {
    lvs: 'echo "  vg|root|linear"',
    lvcreate: "",
    lvremove: "",
    // Mounts nothing: what the snapshot shows is put where it would be.
    mount: `for last; do :; done; rmdir "$last"; cp -r ${frozen} "$last"`,
    umount: 'rm -rf "$1"; mkdir "$1"',
  });
  const mountInfo = `30 1 0:9 / ${live} rw - ext4 /dev/mapper/vg-root rw`;
  const snapshots = snapshotsWith(runProgram);
  const roots = await prepare([{ kind: "path", path: join(live, "data") }], { snapshot: "auto", snapshots, mountInfo });
  const contents = await contentsOf(await saveTree(roots));
  expect(contents.get(join(live, "data", "file"))?.toString()).toBe("as it was");
  await snapshots.release();
  const made = `casaforte_root_${process.pid}_0`;
  const directory = join(top, "home", `snapshot-${process.pid}-1`);
  expect(calls()).toEqual([
    "lvs --noheadings --separator | -o vg_name,lv_name,segtype /dev/mapper/vg-root",
    `lvcreate --snapshot --permission r --extents 10%ORIGIN --name ${made} vg/root`,
    `mount --internal-only -t ext4 -o ro,noload /dev/vg/${made} ${directory}`,
    `umount ${directory}`,
    `lvremove --yes vg/${made}`,
  ]);
  expect(notes).toEqual([]);
});

/**
 * btrfs in shell, with inodes for ids. As btrfs does it: a snapshot shows the subvolumes in it, other snapshots among
 * them, as empty directories. `lists` are cases of what is listed in a mount point.
 */
function putBtrfs(lists = ""): () => string[] {
  const copy = join(top, "copy");
  return putOwnPrograms(top, {
    btrfs: `case "$2 $4" in
      ${lists}
      snapshot*) cp -r "$4" ${copy} && rm -rf ${copy}/.casaforte-*/* ${copy}/sub/* ${copy}/deep/* && mv ${copy} "$5";;
      rootid*) stat -c %i "$3";;
      delete*) find "$5" -inum "$4" -prune -exec rm -rf {} +;;
    esac`,
  });
}

const madeIn = (directory: string) => readdirSync(directory).filter((name) => name.startsWith(".casaforte-"));

test("a btrfs subvolume is read from a snapshot, and one that a killed run left goes away with the next", async () => {
  const live = join(top, "live");
  put(join(live, "file"), "x");
  const calls = putBtrfs();
  const mountInfo = `30 1 0:9 / ${live} rw - btrfs /dev/vdb rw`;
  const snapshots = snapshotsWith(runProgram);
  const roots = await prepare([{ kind: "path", path: live }], { snapshot: "require", snapshots, mountInfo });
  expect([...(await contentsOf(await saveTree(roots))).keys()]).toEqual([join(live, "file")]);
  const [name = "none"] = madeIn(live);
  const directory = join(live, name);
  const { ino } = statSync(join(directory, "volume"));
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  await snapshotsWith(runProgram).release();
  expect(calls()).toEqual([
    `btrfs subvolume list -o ${live}`,
    `btrfs subvolume snapshot -r ${live} ${directory}/volume`,
    `btrfs inspect-internal rootid ${directory}/volume`,
    `btrfs subvolume delete --subvolid ${ino} ${live}`,
  ]);
  expect([madeIn(live), notes]).toEqual([[], []]);
});

test("where there is no snapshot it is said, and who requires one gets no point", async () => {
  const mountInfo = `30 1 0:9 / ${top} rw - ext4 /dev/vdb1 rw`;
  symlinkSync(".", join(top, "loop"));
  mkdirSync(join(top, "data"));
  const sources: Source[] = [{ kind: "path", path: join(top, "data") }];
  await prepare(sources, { snapshot: "auto", mountInfo });
  expect(notes).toMatchObject([
    { level: "told", code: "no_snapshot", message: "read while it is in use, its volume takes no snapshots" },
  ]);
  await expect(prepare(sources, { snapshot: "require", mountInfo })).rejects.toMatchObject({
    code: "source.no_snapshot",
  });
  putOwnPrograms(top, { lvs: 'echo "vg|lv|linear"', lvcreate: "echo insufficient free space >&2; exit 5" });
  notes.length = 0;
  await prepare(sources, { snapshot: "auto", snapshots: snapshotsWith(runProgram), mountInfo });
  expect(notes.map((note) => note.message)).toEqual([
    "read while it is in use, no snapshot could be taken: lvcreate: it ended with code 5: insufficient free space",
  ]);
});

/** LVM in shell: each volume's snapshot shows what lies under its name in `frozen`, which is nothing of other volumes. */
function putVolumes(): () => string[] {
  return putOwnPrograms(top, {
    lvs: `for last; do :; done; case "$last" in /dev/mapper/vg-*) echo "  vg|\${last#*vg-}|linear";; *) exit 5; esac`,
    lvcreate: "",
    lvremove: "",
    mount: `name=\${6#*casaforte_}; rmdir "$7"; cp -r ${join(top, "frozen")}/"\${name%%_*}" "$7"`,
    umount: 'rm -rf "$1"; mkdir "$1"',
  });
}

const everything: ScanRules = {
  under: "/",
  include: new PatternList([]),
  exclude: new PatternList([]),
  excludeCaches: false,
  oneFileSystem: false,
};

/** A root with a volume for /home, memory at /run, the kernel at /proc, and a second volume at /cache. */
function nestedVolumes(): { readonly live: string; readonly mountInfo: string } {
  const live = join(top, "live");
  for (const name of ["home", "run", "proc", "cache"])
    mkdirSync(join(top, "frozen", "root", name), { recursive: true });
  put(join(top, "frozen", "root", "etc"), "as it was");
  put(join(top, "frozen", "home", "letter"), "as it was");
  put(join(top, "frozen", "cache", "junk"), "as it was");
  for (const name of ["etc", "home/letter", "run/pid", "cache/junk"]) put(join(live, name), "later");
  mkdirSync(join(live, "proc"));
  const mountInfo = [
    `30 1 0:9 / ${live} rw - ext4 /dev/mapper/vg-root rw`,
    `31 30 0:10 / ${live}/home rw - ext4 /dev/mapper/vg-home rw`,
    `32 30 0:11 / ${live}/run rw - tmpfs tmpfs rw`,
    `33 30 0:12 / ${live}/proc rw - proc proc rw`,
    `34 30 0:13 / ${live}/cache rw - ext4 /dev/mapper/vg-cache rw`,
  ].join("\n");
  return { live, mountInfo };
}

test("what is mounted in a volume is read from a snapshot of its own, or as it is with a word about it", async () => {
  const { live, mountInfo } = nestedVolumes();
  const calls = putVolumes();
  const rules = [{ ...everything, exclude: new PatternList(["cache/"]) }];
  const snapshots = snapshotsWith(runProgram);
  const roots = await prepare([{ kind: "path", path: live }], { snapshot: "auto", snapshots, mountInfo, rules });
  const contents = await contentsOf(await saveTree(roots));
  expect(Object.fromEntries([...contents].map(([file, bytes]) => [file.slice(live.length), `${bytes}`]))).toEqual({
    "/etc": "as it was",
    "/home/letter": "as it was",
    "/run/pid": "later",
  });
  expect(notes.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    `${live}/run: read while it is in use, its volume takes no snapshots`,
  ]);
  await snapshots.release();
  const made = calls().filter((call) => call.startsWith("lvcreate"));
  expect(made.map((call) => call.split(" ").at(-1))).toEqual(["vg/root", "vg/home"]);
});

test("who requires snapshots gets no point while one volume in the source takes none, unless it is left out", async () => {
  const { live, mountInfo } = nestedVolumes();
  putVolumes();
  const sources: Source[] = [{ kind: "path", path: live }];
  await using snapshots = snapshotsWith(runProgram);
  await expect(prepare(sources, { snapshot: "require", snapshots, mountInfo })).rejects.toMatchObject({
    code: "source.no_snapshot",
    message: `${live}/run: its volume takes no snapshots`,
  });
  const rules = [{ ...everything, oneFileSystem: true }];
  await prepare(sources, { snapshot: "require", snapshots, mountInfo, rules });
  expect(notes).toEqual([]);
});

test("subvolumes in a subvolume are read from snapshots of their own, mounted or not", async () => {
  const live = join(top, "live");
  for (const name of ["file", "sub/file", "sub/deep/file"]) put(join(live, name), name);
  const calls = putBtrfs(`
      "list ${live}") echo "ID 258 gen 9 top level 256 path @/sub"; echo "ID 300 gen 9 top level 5 path @other/sub";;
      "list ${live}/sub") echo "ID 259 gen 9 top level 258 path @/sub/deep";;`);
  const mountInfo = `30 1 0:9 /@ ${live} rw - btrfs /dev/vdb rw`;
  const saved = async (path: string) => {
    await using snapshots = snapshotsWith(runProgram);
    const roots = await prepare([{ kind: "path", path }], { snapshot: "require", snapshots, mountInfo });
    const contents = await contentsOf(await saveTree(roots));
    return [...contents].map(([file, bytes]) => [file.slice(live.length + 1), bytes.toString()]);
  };
  const all = ["file", "sub/deep/file", "sub/file"].map((name) => [name, name]);
  expect(await saved(live)).toEqual(all);
  expect(await saved(join(live, "sub", "deep"))).toEqual([["sub/deep/file", "sub/deep/file"]]);
  expect(calls().filter((call) => call.includes(" delete "))).toHaveLength(6);
  expect([madeIn(live), notes]).toEqual([[], []]);
});

test("a single file, as the image of a machine is, is read from a snapshot of its volume, or not at all when that is required", async () => {
  const { live, mountInfo } = nestedVolumes();
  putVolumes();
  await using snapshots = snapshotsWith(runProgram);
  const source = (name: string): Source[] => [{ kind: "path", path: join(live, name) }];
  const roots = await prepare(source("home/letter"), { snapshot: "require", snapshots, mountInfo });
  const contents = await contentsOf(await saveTree(roots));
  expect(contents.get(join(live, "home", "letter"))?.toString()).toBe("as it was");
  await expect(prepare(source("run/pid"), { snapshot: "require", snapshots, mountInfo })).rejects.toMatchObject({
    code: "source.no_snapshot",
  });
  await prepare(source("run/pid"), { snapshot: "auto", snapshots, mountInfo });
  expect(notes.map((note) => note.path.toString())).toEqual([join(live, "run", "pid")]);
});

test("a mount that its user named after a volume is read as it is, and no program is run for what it says of itself", async () => {
  const { live, mountInfo } = nestedVolumes();
  const calls = putVolumes();
  mkdirSync(join(top, "frozen", "home", "me", "fuse"), { recursive: true });
  put(join(live, "home", "me", "fuse", "file"), "the user's");
  put(join(live, "run", "fuse", "file"), "the user's");
  const hostile = [
    mountInfo,
    `35 31 0:50 / ${live}/home/me/fuse rw - fuse./tmp/x /dev/mapper/vg-swap rw`,
    `36 32 0:51 / ${live}/run/fuse rw - fuse.x /dev/mapper/vg-root rw`,
  ].join("\n");
  await using snapshots = snapshotsWith(runProgram);
  const more = { snapshots, mountInfo: hostile };
  const roots = await prepare([{ kind: "path", path: live }], { ...more, snapshot: "auto" });
  const contents = await contentsOf(await saveTree(roots));
  expect(contents.get(join(live, "etc"))?.toString()).toBe("as it was");
  for (const directory of ["home/me/fuse", "run/fuse"]) {
    expect(contents.get(join(live, directory, "file"))?.toString()).toBe("the user's");
    expect(notes.map(({ path }) => path.toString())).toContain(join(live, directory));
  }
  expect(calls().filter((call) => /fuse\.|vg-swap/.test(call))).toEqual([]);
  const sources: Source[] = [{ kind: "path", path: join(live, "home", "me", "fuse") }];
  await expect(prepare(sources, { ...more, snapshot: "require" })).rejects.toMatchObject({
    code: "source.no_snapshot",
  });
});

test("no snapshot is put where somebody else may write: a subvolume of theirs has it elsewhere in the file system, or none", async () => {
  const live = join(top, "live");
  const theirs = join(live, "sub");
  for (const name of ["file", "sub/file"]) put(join(live, name), name);
  chmodSync(theirs, 0o777);
  const calls = putBtrfs(`"list ${live}") echo "ID 258 gen 9 top level 256 path @/sub";;`);
  const mounted = (path: string, root: string) => `30 1 0:9 ${root} ${path} rw - btrfs /dev/vdb rw`;
  const snapshots = snapshotsWith(runProgram);
  const all = { snapshot: "require", snapshots, mountInfo: mounted(live, "/@") } as const;
  const contents = await contentsOf(await saveTree(await prepare([{ kind: "path", path: live }], all)));
  expect([...contents.keys()]).toEqual([join(live, "file"), join(theirs, "file")]);
  expect([madeIn(live).length, madeIn(theirs)]).toEqual([2, []]);
  await snapshots.release();
  const before = calls();
  const sources: Source[] = [{ kind: "path", path: theirs }];
  const alone = { snapshots: snapshotsWith(runProgram), mountInfo: mounted(theirs, "/@/sub") };
  await expect(prepare(sources, { ...alone, snapshot: "require" })).rejects.toMatchObject({
    code: "source.no_snapshot",
  });
  await prepare(sources, { ...alone, snapshot: "auto" });
  expect(notes.map(({ message }) => message)).toEqual([
    "read while it is in use, no snapshot could be taken: it is mounted nowhere that root alone may write",
  ]);
  expect(calls()).toEqual(before);
});

test("more subvolumes than can be listed are no snapshot, rather than one that lacks the newest", async () => {
  const live = join(top, "live");
  put(join(live, "file"), "x");
  putBtrfs(`"list ${live}") yes "ID 258 gen 9 top level 256 path sub/$(printf '%0900d' 0)" | head -n 20000;;`);
  const mountInfo = `30 1 0:9 / ${live} rw - btrfs /dev/vdb rw`;
  await using snapshots = snapshotsWith(runProgram);
  await expect(
    prepare([{ kind: "path", path: live }], { snapshot: "require", snapshots, mountInfo }),
  ).rejects.toMatchObject({
    code: "source.no_snapshot",
    message: expect.stringContaining("printed more than 16777216"),
  });
});
