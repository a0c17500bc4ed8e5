import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type MemoryVault, startMemoryVault } from "@casaforte/vault/memory";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compareTrees } from "../../../../tests/interop/compare-trees.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { runAgent } from "../testing/agent-process.ts";
import { BtrfsVolume, system, whyNoBtrfs } from "../testing/btrfs-volume.ts";
import { makeNastyTree, noise } from "../testing/nasty-tree.ts";
import { putOwnPrograms } from "../testing/own-programs.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const why = whyNoBtrfs();
if (why !== null) process.stderr.write(`NOT SHOWN HERE, a backup from snapshots of a real btrfs: ${why}\n`);
const onBtrfs = test.skipIf(why !== null);

const searchPath = process.env["PATH"];
/** What a subvolume holds of its own: changed as soon as a snapshot of it was taken. */
const subvolumes = ["", "sub", "sub/plain/deep"];
let top = "";
let data = "";
let volume: BtrfsVolume;
let vault: MemoryVault;

beforeEach(async () => {
  if (why !== null) return;
  top = mkdtempSync(join(tmpdir(), "real-btrfs-"));
  volume = new BtrfsVolume(join(top, "image"), 256);
  const whole = volume.mount(join(top, "whole"));
  system("btrfs", "subvolume", "create", join(whole, "@data"));
  data = volume.mount(join(top, "data"), "/@data");
  for (const name of subvolumes) {
    if (name !== "") {
      mkdirSync(dirname(join(data, name)), { recursive: true });
      system("btrfs", "subvolume", "create", join(data, name));
    }
    writeFileSync(join(data, name, "changes"), "as it was");
    writeFileSync(join(data, name, "goes"), "still there");
  }
  vault = await startMemoryVault({ clock: systemClock, random: systemRandom });
  const token = vault.enrolmentToken(vault.addSpace());
  expect(await agent("enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Shop")).toMatchObject({
    code: 0,
  });
});
afterEach(async () => {
  process.env["PATH"] = searchPath;
  if (why !== null) return;
  await vault.close();
  volume[Symbol.dispose]();
  // By rm, which reaches the deepest directory too.
  system("rm", "-rf", top);
});

const agent = (...args: readonly string[]) =>
  runAgent(args, { home: join(top, "home"), password: "correct horse battery" });
const backUp = (...args: readonly string[]) => agent("backup", data, "--snapshot", "require", "--json", ...args);

/** The system's btrfs, and then something more. */
function putBtrfs(afterwards: string): void {
  rmSync(join(top, "bin"), { recursive: true, force: true });
  process.env["PATH"] = searchPath;
  const real = system("sh", "-c", "command -v btrfs");
  putOwnPrograms(top, { btrfs: `${real} "$@" || exit\ncase "$2" in ${afterwards} esac` });
}

async function restored(name: string): Promise<string> {
  const to = join(top, name);
  expect(await agent("restore", "latest", "--to", to, "--check")).toMatchObject({ code: 0, stderr: "" });
  return join(to, data);
}

/** What is left of snapshots: in the file system, at the mount points, and in the agent's state. */
const left = (): string[] =>
  [
    ...volume.subvolumes(),
    ...readdirSync(data),
    ...readdirSync(join(top, "whole")),
    ...readdirSync(join(top, "home")),
  ].filter((name) => name.includes("snapshot"));

onBtrfs(
  "a real btrfs is saved as it was when its snapshots were taken, with the subvolumes in it, and none stays",
  async () => {
    makeNastyTree(join(data, "tree"), 100);
    makeNastyTree(join(data, "sub", "tree"), 10);
    // As snapper leaves them: the subvolumes in it are empty directories.
    system("btrfs", "subvolume", "snapshot", "-r", data, join(data, "kept"));
    putBtrfs(`snapshot) [ -w "$4" ] || exit 0; echo later > "$4/changes"; echo new > "$4/comes"; rm "$4/goes";;`);
    const saved = await backUp();
    expect(saved).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(saved.stdout)).toMatchObject({ result: "ok", kind: "vbk", notes: [] });
    expect(left()).toEqual([]);
    const found = await restored("out");
    for (const name of subvolumes) {
      expect(readFileSync(join(data, name, "changes"), "utf8")).toBe("later\n");
      expect(readFileSync(join(found, name, "changes"), "utf8")).toBe("as it was");
      expect(readdirSync(join(found, name)).filter((file) => ["comes", "goes"].includes(file))).toEqual(["goes"]);
    }
    for (const tree of ["tree", "sub/tree"]) expect(compareTrees(join(data, tree), join(found, tree))).toEqual([]);
    expect(readdirSync(join(found, "kept"))).toEqual(["changes", "goes", "sub", "tree"]);
    expect(readdirSync(join(found, "kept", "sub"))).toEqual([]);
  },
);

onBtrfs("what did not change is told from one snapshot to the next, though each has a number of its own", async () => {
  putBtrfs("never) ;;");
  for (let file = 0; file < 50; file++) writeFileSync(join(data, "sub", `file-${file}`), noise(file + 1, 20_000));
  expect(JSON.parse((await backUp()).stdout)).toMatchObject({ result: "ok", notes: [] });
  // A file that changed a moment before its run is read once more by the next.
  expect(JSON.parse((await backUp()).stdout)).toMatchObject({ result: "ok", kind: "vib", notes: [] });
  const { figures } = JSON.parse((await backUp()).stdout);
  expect(figures).toMatchObject({ files: 56, unchangedFiles: 56, readBytes: 0 });
  expect(left()).toEqual([]);
});

onBtrfs.for([
  ["as one is made, before its number is written down", "snapshot) kill -9 $PPID;;", []],
  ["while all of them are read", "never) ;;", ["--from-command", "killer", "--", "sh", "-c", "kill -9 $PPID"]],
] as const)("snapshots of a run that was killed %s go away with the next", async ([, afterwards, more]) => {
  putBtrfs(afterwards);
  expect(await backUp(...more)).toMatchObject({ code: null, stdout: "" });
  const lost = volume.subvolumes().filter((path) => path.includes("snapshot"));
  expect(lost).toHaveLength(more.length === 0 ? 1 : subvolumes.length);
  putBtrfs("never) ;;");
  const next = await backUp();
  expect(next).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(next.stdout)).toMatchObject({ result: "ok", notes: [] });
  expect(left()).toEqual([]);
  expect(compareTrees(data, await restored("out"), { ignoreTimes: (name) => name === "" })).toEqual([]);
});
