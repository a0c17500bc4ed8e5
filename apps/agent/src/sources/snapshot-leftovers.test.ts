import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentHome } from "../state/home.ts";
import { Snapshots } from "./snapshot.ts";

let top = "";
let calls: string[] = [];
let notes: string[] = [];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "leftovers-"));
  calls = [];
  notes = [];
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const home = () => new AgentHome(join(top, "home"));

/** What a run does about these records of an earlier one, and what it still keeps of them. */
async function release(records: readonly object[], fails: RegExp | null = null, volumes = ""): Promise<unknown> {
  home().writeJson("snapshots.json", records);
  const run = (program: string, args: readonly string[]) => {
    const call = [program, ...args].join(" ");
    calls.push(call);
    return fails?.test(call)
      ? Promise.reject(new Error(`${program}: busy`))
      : Promise.resolve(program === "lvs" ? volumes : "");
  };
  const snapshots = new Snapshots(home(), run, ({ level, code, path, message }) =>
    notes.push(`${level} ${code} ${path}: ${message}`),
  );
  await snapshots.release();
  await snapshots.release();
  return home().readJson("snapshots.json");
}

const earlier = (name: string) => {
  const subvolume = join(top, name, ".casaforte-snapshot-7-0");
  return { subvolume, record: { kind: "btrfs", subvolume } };
};

test("an earlier version's snapshot is deleted where root alone writes, and never through a link or in a directory of others", async () => {
  const [good, open, linked, gone] = ["good", "open", "linked", "gone"].map(earlier);
  if (!good || !open || !linked || !gone) throw new Error("four records");
  mkdirSync(join(top, "good"), { mode: 0o755 });
  mkdirSync(good.subvolume);
  mkdirSync(open.subvolume, { recursive: true });
  chmodSync(join(top, "open"), 0o777);
  mkdirSync(join(top, "linked"), { mode: 0o755 });
  mkdirSync(join(top, "victim"));
  symlinkSync(join(top, "victim"), linked.subvolume);
  const kept = await release([good, open, linked, gone].map(({ record }) => record));
  expect(calls).toEqual([`btrfs subvolume delete ${good.subvolume}`]);
  expect(kept).toEqual([open.record, linked.record]);
  expect(notes.sort()).toEqual(
    [open, linked]
      .map(
        ({ subvolume }) =>
          `told snapshot_left ${subvolume}: a snapshot could not be taken away: ${subvolume} lies where others than root may write: take it away by hand`,
      )
      .sort(),
  );
});

test("a snapshot is deleted by its id and only while its own directory is there: another disk at its place loses nothing", async () => {
  const directory = join(top, `.casaforte-snapshot-${"0a".repeat(16)}`);
  const record = { kind: "btrfs", directory, mountPoint: top, id: "300" };
  expect(await release([record])).toEqual([record]);
  expect(calls).toEqual([]);
  expect(notes).toEqual([
    `told snapshot_left ${directory}: a snapshot could not be taken away: nothing of btrfs is mounted at ${top}`,
  ]);
  mkdirSync(directory, { mode: 0o700 });
  expect(await release([{ ...record, id: null }])).toBeNull();
  expect([calls, existsSync(directory)]).toEqual([[], false]);
  const elsewhere = { ...record, mountPoint: "/" };
  expect(await release([elsewhere])).toEqual([elsewhere]);
  expect(calls).toEqual([]);
});

test("a volume's snapshot that could not be removed once is removed by the next run, though its directory is gone", async () => {
  const directory = join(top, "home", "snapshot-7-1");
  mkdirSync(directory, { recursive: true });
  const record = { kind: "lvm", volume: "vg/casaforte_root_7_0", directory };
  const volumes = "  vg/root\n  vg/casaforte_root_7_0\n";
  expect(await release([record], /^lvremove/, volumes)).toEqual([record]);
  expect(notes).toEqual([
    "told snapshot_left /dev/vg/casaforte_root_7_0: a snapshot could not be taken away: lvremove: busy",
  ]);
  expect(existsSync(directory)).toBe(false);
  expect(await release([record], /^umount/)).toBeNull();
  expect(calls.at(-1)).toBe("lvremove --yes vg/casaforte_root_7_0");
});

test("a volume's snapshot that was never made, as in a full group, is not told of at every run", async () => {
  const record = { kind: "lvm", volume: "vg/casaforte_root_7_0", directory: null };
  expect(await release([record], /^lvremove/, "  vg/root\n")).toBeNull();
  expect(notes).toEqual([]);
  // Who cannot be asked has not said that it is gone.
  expect(await release([record], /^lv/)).toEqual([record]);
});
