import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { walkPoint } from "../restore/walk-point.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { AgentHome } from "../state/home.ts";
import { noise } from "../testing/nasty-tree.ts";
import { type SavedTree, saveTree } from "../testing/saved-tree.ts";
import type { Note } from "../tree/note.ts";
import { nodeAt, type RootNode } from "../tree/roots.ts";
import { mountOf } from "./mounts.ts";
import { prepareSources } from "./prepare-sources.ts";
import { type RunProgram, runProgram } from "./run-program.ts";
import { Snapshots } from "./snapshot.ts";
import type { SnapshotChoice, Source } from "./source.ts";
import { supplyDevice } from "./supply-device.ts";

let top = "";
const notes: Note[] = [];
const path = process.env["PATH"];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "sources-"));
  notes.length = 0;
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(top, { recursive: true, force: true });
});

const none = new PatternList([]);
const home = () => new AgentHome(join(top, "home"));
const noPrograms: RunProgram = () => Promise.reject(new Error("not installed"));

function prepare(
  sources: readonly Source[],
  more: { snapshot?: SnapshotChoice; snapshots?: Snapshots; mountInfo?: string } = {},
): Promise<RootNode> {
  const { snapshot = "never", snapshots = new Snapshots(home(), noPrograms), ...rest } = more;
  return prepareSources({ sources, snapshot, snapshots, onNote: (note) => notes.push(note), ...rest });
}

async function contentsOf({ reader }: SavedTree): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const selection = new Selection({ paths: [], include: none, exclude: none });
  for await (const { entry, path } of walkPoint({ reader, selection, onNote: (note) => notes.push(note) })) {
    if (entry.type !== "file") continue;
    const pieces: Uint8Array[] = [];
    for await (const extent of reader.extents(entry.content)) {
      pieces.push(extent.kind === "chunk" ? await reader.chunk(extent.ref) : Buffer.alloc(extent.lengthBytes));
    }
    found.set(path.toString(), Buffer.concat(pieces));
  }
  return found;
}

test("several sources make one point: a tree, and what two commands print", async () => {
  writeFileSync(join(top, "file"), "of the tree");
  const roots = await prepare([
    { kind: "path", path: join(top, "file") },
    { kind: "command", name: "zeta", argv: ["printf", "%s", "small"] },
    { kind: "command", name: "dump.sql", argv: ["head", "-c", "5000000", "/dev/zero"] },
  ]);
  const contents = await contentsOf(await saveTree(roots));
  expect(contents.get(join(top, "file"))?.toString()).toBe("of the tree");
  expect(contents.get("/@commands/zeta")?.toString()).toBe("small");
  expect(contents.get("/@commands/dump.sql")?.equals(Buffer.alloc(5_000_000))).toBe(true);
});

test("a command that fails, is killed or is not there fails the whole point, with its last words", async () => {
  const fails = async (...argv: string[]) => saveTree(await prepare([{ kind: "command", name: "db", argv }]));
  await expect(fails("sh", "-c", "echo half; echo no such database >&2; exit 3")).rejects.toMatchObject({
    code: "source.command_failed",
    message: "the command for db failed: it ended with code 3: no such database",
  });
  await expect(fails("sh", "-c", "kill -9 $$")).rejects.toMatchObject({ code: "source.command_failed" });
  await expect(fails(join(top, "missing"))).rejects.toMatchObject({ code: "source.command_failed" });
});

test("a backup that is stopped ends the command and all it started", async () => {
  const stop = new AbortController();
  const pidFile = join(top, "pid");
  const script = `sleep 600 & echo $! > ${pidFile}; echo started; wait`;
  const roots = await prepare([{ kind: "command", name: "long", argv: ["sh", "-c", script] }]);
  const run = saveTree(roots, { signal: stop.signal, pace: () => void stop.abort(new Error("stopped")) });
  await expect(run).rejects.toThrow("stopped");
  const pid = Number(readFileSync(pidFile, "utf8"));
  await expect.poll(() => stateOf(pid)).toMatch(/gone|Z/);
});

function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.slice(0, 1) ?? "gone";
  } catch {
    return "gone";
  }
}

test("a device is saved as one file of its size, and what is unused on it is a hole", async () => {
  const disk = Buffer.concat([noise(1, 3 << 20), Buffer.alloc(20 << 20), noise(2, (1 << 20) + 512)]);
  writeFileSync(join(top, "disk"), disk);
  const roots: RootNode = { name: Buffer.alloc(0), whole: false, children: new Map() };
  nodeAt(roots, Buffer.from("/dev/vdz")).supply = supplyDevice("/dev/vdz", join(top, "disk"));
  const saved = await saveTree(roots);
  expect((await contentsOf(saved)).get("/dev/vdz")?.equals(disk)).toBe(true);
  expect(saved.blocks.size).toBeLessThan(10);
});

test("a source that is not there is a failure; two commands of one name are wrong use", async () => {
  await expect(prepare([{ kind: "path", path: join(top, "gone") }])).rejects.toMatchObject({ code: "source.missing" });
  const twice: Source[] = [1, 2].map(() => ({ kind: "command", name: "a", argv: ["true"] }));
  await expect(prepare(twice)).rejects.toMatchObject({ code: "agent.usage" });
});

test("the file system of a path is the longest mount above it, bind mounts and blanks in names included", () => {
  const info = [
    "20 1 0:1 / / rw - ext4 /dev/vda1 rw",
    "21 20 0:2 / /srv rw shared:1 - btrfs /dev/vdb rw",
    "22 20 0:3 /sub /srv/with\\040blank rw - xfs /dev/mapper/vg-data rw",
  ].join("\n");
  expect(mountOf("/srvx", info)).toMatchObject({ mountPoint: "/", type: "ext4" });
  expect(mountOf("/srv/a", info)).toMatchObject({ type: "btrfs" });
  expect(mountOf("/srv/with blank/x", info)).toMatchObject({ root: "/sub", source: "/dev/mapper/vg-data" });
});

/** Programs of our own in the place of the system's: they write down how they were called. */
function fakePrograms(scripts: Readonly<Record<string, string>>): () => string[] {
  const bin = join(top, "bin");
  const log = join(top, "log");
  mkdirSync(bin);
  writeFileSync(log, "");
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${log}\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  process.env["PATH"] = `${bin}:${path}`;
  return () => readFileSync(log, "utf8").trimEnd().split("\n");
}

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
  const calls = fakePrograms({
    lvs: 'echo "  vg|root|linear"',
    lvcreate: "",
    lvremove: "",
    // Mounts nothing: what the snapshot shows is put where it would be.
    mount: `for last; do :; done; rmdir "$last"; cp -r ${frozen} "$last"`,
    umount: 'rm -rf "$1"; mkdir "$1"',
  });
  const mountInfo = `30 1 0:9 / ${live} rw - ext4 /dev/mapper/vg-root rw`;
  const snapshots = new Snapshots(home(), runProgram);
  const roots = await prepare([{ kind: "path", path: join(live, "data") }], { snapshot: "auto", snapshots, mountInfo });
  const contents = await contentsOf(await saveTree(roots));
  expect(contents.get(join(live, "data", "file"))?.toString()).toBe("as it was");
  expect(await snapshots.release()).toEqual([]);
  const made = `casaforte_root_${process.pid}_0`;
  const directory = join(top, "home", `snapshot-${process.pid}-1`);
  expect(calls()).toEqual([
    "lvs --noheadings --separator | -o vg_name,lv_name,segtype /dev/mapper/vg-root",
    `lvcreate --snapshot --permission r --extents 10%ORIGIN --name ${made} vg/root`,
    `mount -t ext4 -o ro,noload /dev/vg/${made} ${directory}`,
    `umount ${directory}`,
    `lvremove --yes vg/${made}`,
  ]);
  expect(notes).toEqual([]);
});

test("a btrfs subvolume is read from a snapshot, and one that a killed run left goes away with the next", async () => {
  const live = join(top, "live");
  mkdirSync(live);
  writeFileSync(join(live, "file"), "x");
  const calls = fakePrograms({
    btrfs: `[ "$2" = delete ] && exit 0; cp -r "$4" ${join(top, "copy")} && mv ${join(top, "copy")} "$5"`,
  });
  const mountInfo = `30 1 0:9 / ${live} rw - btrfs /dev/vdb rw`;
  const roots = await prepare([{ kind: "path", path: live }], {
    snapshot: "require",
    snapshots: new Snapshots(home(), runProgram),
    mountInfo,
  });
  expect([...(await contentsOf(await saveTree(roots))).keys()]).toEqual([join(live, "file")]);
  const subvolume = join(live, `.casaforte-snapshot-${process.pid}-0`);
  expect(await new Snapshots(home(), runProgram).release()).toEqual([]);
  expect(calls()).toEqual([`btrfs subvolume snapshot -r ${live} ${subvolume}`, `btrfs subvolume delete ${subvolume}`]);
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
  fakePrograms({ lvs: 'echo "vg|lv|linear"', lvcreate: "echo insufficient free space >&2; exit 5" });
  notes.length = 0;
  await prepare(sources, { snapshot: "auto", snapshots: new Snapshots(home(), runProgram), mountInfo });
  expect(notes.map((note) => note.message)).toEqual([
    "read while it is in use, no snapshot could be taken: lvcreate: insufficient free space",
  ]);
});
