import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemoryVault, startMemoryVault } from "@casaforte/vault/memory";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { systemClock, systemRandom } from "../outside.ts";
import { runAgent } from "../testing/agent-process.ts";
import { noise } from "../testing/nasty-tree.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let top = "";
let tree = "";
let vault: MemoryVault;
const points: string[] = [];
const asked: string[] = [];

const agent = (...args: readonly string[]) =>
  runAgent(args, { home: join(top, "home"), password: "correct horse battery" });
const at = (name: string): string => join(tree, name);
async function save(): Promise<void> {
  expect(await agent("backup", tree)).toMatchObject({ code: 0, stderr: "" });
  points.push(JSON.parse((await agent("points", "--json")).stdout).at(-1).pointId);
}

/** Four points of one tree. */
beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), "compare-program-"));
  tree = join(top, "tree");
  mkdirSync(at("same/deep"), { recursive: true });
  writeFileSync(at("same/deep/kept.txt"), "kept");
  writeFileSync(at("disk.img"), noise(1, 9_000_000));
  writeFileSync(at("list.txt"), "one");
  writeFileSync(at("gone.txt"), "gone");
  mkdirSync(at("folder"));
  writeFileSync(at("folder/inside.txt"), "inside");
  const fate = ({ method, path }: { readonly method: string; readonly path: string }) => {
    asked.push(`${method} ${path}`);
    return "pass" as const;
  };
  vault = await startMemoryVault({ clock: systemClock, random: systemRandom, fate });
  const token = vault.enrolmentToken(vault.addSpace());
  expect((await agent("enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Shop")).code).toBe(0);
  await save();

  writeFileSync(at("list.txt"), "one and two");
  appendFileSync(at("disk.img"), "more");
  unlinkSync(at("gone.txt"));
  rmSync(at("folder"), { recursive: true });
  symlinkSync("same", at("folder"));
  mkdirSync(at("new"));
  writeFileSync(at("new/a.txt"), "a");
  await save();

  // As long as it was, and touched, but with the bytes it had: the same file.
  truncateSync(at("disk.img"), 9_000_000);
  appendFileSync(at("disk.img"), "more");
  utimesSync(at("disk.img"), 1_000_000, 1_000_000);
  chmodSync(at("new/a.txt"), 0o600);
  await save();

  renameSync(at("list.txt"), at("old-list.txt"));
  writeFileSync(at("gone.txt"), "here again");
  await save();
});
afterAll(async () => {
  await vault?.close();
  rmSync(top, { recursive: true, force: true });
});

/** What is told of the tree itself: the directories that lead to it belong to everybody. */
const changesOf = (text: string): string[] =>
  (JSON.parse(text).items as { readonly difference: string; readonly path: string }[])
    .filter(({ path }) => path.startsWith(`${tree}/`))
    .map(({ difference, path }) => `${difference} ${path.slice(tree.length)}`);

test("diff names what was added, removed and changed between two points, and what kept its bytes only when asked", async () => {
  const [first = "", second = "", third = ""] = points;
  const wanted = [
    "content /disk.img",
    "type /folder",
    "removed /folder/inside.txt",
    "removed /gone.txt",
    "content /list.txt",
    "added /new",
    "added /new/a.txt",
  ];
  const told = await agent("diff", first, second, "--json");
  expect(told).toMatchObject({ code: 0, stderr: "" });
  expect(changesOf(told.stdout)).toEqual(wanted);
  expect(JSON.parse(told.stdout)).toMatchObject({
    result: "ok",
    from: first,
    to: second,
    counts: { added: 2, removed: 2, content: 2, type: 1 },
  });

  expect(changesOf((await agent("diff", second, third, "--json")).stdout)).toEqual([]);
  const attributes = await agent("diff", second, third, "--attributes", "--json");
  expect(changesOf(attributes.stdout)).toEqual(["attributes /disk.img", "attributes /new/a.txt"]);

  const lines = (await agent("diff", first)).stdout.trimEnd().split("\n");
  expect(lines).toContain(`- ${at("list.txt")}`);
  expect(lines).toContain(`M ${at("gone.txt")}  4 B -> 10 B`);
  expect(lines.at(-1)).toBe("3 added, 2 removed, 3 changed.");
});

test("versions tells each content a path had, from when to when, and when nothing was there", async () => {
  const versionsOf = async (name: string) => {
    const told = await agent("versions", at(name), "--json");
    expect(told).toMatchObject({ code: 0, stderr: "" });
    return JSON.parse(told.stdout).items.map(
      ({ pointId, points: count, entry }: { pointId: string; points: number; entry: { size: number } | null }) => [
        points.indexOf(pointId),
        count,
        entry?.size ?? null,
      ],
    );
  };
  expect(await versionsOf("gone.txt")).toEqual([
    [3, 1, 10],
    [2, 2, null],
    [0, 1, 4],
  ]);
  expect(await versionsOf("list.txt")).toEqual([
    [3, 1, null],
    [2, 2, 11],
    [0, 1, 3],
  ]);
  expect(await versionsOf("disk.img")).toEqual([
    [3, 3, 9_000_004],
    [0, 1, 9_000_000],
  ]);
  expect(await versionsOf("same")).toEqual([[3, 4, 0]]);

  // Each file is opened once: the full, on which three points stand, as the newest, on which none does. A read that the
  // network lost is asked for again; a second opening would double them.
  asked.length = 0;
  await agent("versions", at("same"));
  const reads = new Map<string, number>();
  for (const line of asked) reads.set(line, (reads.get(line) ?? 0) + 1);
  const counts = [...reads].filter(([line]) => /\/files\/[^/]+$/.test(line)).map(([, count]) => count);
  expect(counts).toHaveLength(4);
  expect(Math.max(...counts)).toBeLessThan(2 * Math.min(...counts));

  const [newest, missing] = (await agent("versions", at("gone.txt"))).stdout.split("\n");
  expect(newest).toMatch(new RegExp(`^${points[3]}  \\S+ +10 B, of \\S+ \\S+$`));
  expect(missing).toContain("not there");
  const to = join(top, "restored");
  const [, , [index] = [0]] = await versionsOf("gone.txt");
  await agent("restore", points[index] ?? "", "--path", at("gone.txt"), "--to", to);
  expect(readFileSync(join(to, at("gone.txt")), "utf8")).toBe("gone");

  expect((await agent("versions", "/not/there")).stderr).toContain("agent.path");
  for (const wrong of ["list.txt", "/"]) expect((await agent("versions", wrong)).code).toBe(2);
});

test("versions passes over points that cannot be read, names them, and tells of the others", async () => {
  const good = points.length;
  expect((await agent("backup", tree, "--full")).code).toBe(0);
  await save();
  const listed = JSON.parse((await agent("points", "--json")).stdout) as { fileId: string; size: number; at: string }[];
  const { fileId = "", size = 0 } = listed[good] ?? {};
  for (let offset = 0x11_0000; offset < size; offset += 20_000) vault.corrupt(fileId, offset);
  const told = await agent("versions", at("same"), "--json");
  expect(told.code).toBe(3);
  const { items, notes } = JSON.parse(told.stdout);
  const damaged = listed
    .slice(good)
    .map(({ at: when }) => expect.stringContaining(`the point of ${when} cannot be read`));
  expect(notes.map(({ message }: { message: string }) => message)).toEqual(damaged);
  expect(items).toMatchObject([{ pointId: points[good - 1], points: good, sinceAt: listed[0]?.at }]);
});
