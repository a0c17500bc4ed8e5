import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
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

const agent = (...args: readonly string[]) =>
  runAgent(args, { home: join(top, "home"), password: "correct horse battery" });
const files = ["etc/app.conf", "etc/deep/other.conf", "etc/notes.txt", "disk.img"];
const contentOf = (name: string): Buffer => (name === "disk.img" ? noise(1, 3_000_000) : Buffer.from(`saved ${name}`));

/** One point of four files; the tests write into the tree again, and into folders of their own. */
beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), "restore-program-"));
  tree = join(top, "tree");
  mkdirSync(join(tree, "etc", "deep"), { recursive: true });
  for (const name of files) {
    writeFileSync(join(tree, name), contentOf(name));
    utimesSync(join(tree, name), 1_000_000, 1_000_000);
  }
  vault = await startMemoryVault({ clock: systemClock, random: systemRandom });
  const token = vault.enrolmentToken(vault.addSpace());
  expect((await agent("enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Shop")).code).toBe(0);
  expect(await agent("backup", tree)).toMatchObject({ code: 0, stderr: "" });
});
afterAll(async () => {
  await vault?.close();
  rmSync(top, { recursive: true, force: true });
});

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test("restore --dry-run names what would happen and writes nothing; without a place or with two it is wrong use", async () => {
  const to = join(top, "dry");
  const told = await agent("restore", "latest", "--to", to, "--dry-run", "--json");
  expect(told).toMatchObject({ code: 0, stderr: "" });
  const { items, ...figures } = JSON.parse(told.stdout);
  expect(figures).toMatchObject({ result: "ok", overwrite: 0, keep: 0, bytesToWrite: expect.any(Number) });
  const created = items.map(({ decision, path }: { decision: string; path: string }) => `${decision} ${path}`);
  expect(created).toEqual(expect.arrayContaining(files.map((name) => `create ${join(to, tree, name)}`)));
  expect(existsSync(to)).toBe(false);
  for (const wrong of [[], ["--to", to, "--in-place"], ["--in-place", "--path", "etc"]])
    expect((await agent("restore", "latest", ...wrong)).code).toBe(2);
});

test("restore --path, --include and --exclude choose, alone and together", async () => {
  const restored = async (name: string, ...args: readonly string[]) => {
    const to = join(top, name);
    expect(await agent("restore", "latest", "--to", to, "--check", ...args)).toMatchObject({ code: 0, stderr: "" });
    const found = join(to, tree);
    for (const file of filesIn(found)) expect(readFileSync(join(found, file)).equals(contentOf(file))).toBe(true);
    return filesIn(found);
  };
  expect(await restored("one", "--include", "*.conf")).toEqual(["etc/app.conf", "etc/deep/other.conf"]);
  expect(await restored("two", "--path", join(tree, "etc"), "--exclude", "deep/")).toEqual([
    "etc/app.conf",
    "etc/notes.txt",
  ]);
  const patterns = join(top, "patterns");
  writeFileSync(patterns, "*.txt\n*.img\n");
  expect(await restored("three", "--exclude-from", patterns)).toEqual(["etc/app.conf", "etc/deep/other.conf"]);
});

test("restore --in-place asks which of two stays, and each answer does what it says", async () => {
  const [older, newer] = [join(tree, "etc/app.conf"), join(tree, "etc/notes.txt")];
  const change = () => {
    writeFileSync(older, "older");
    utimesSync(older, 500_000, 500_000);
    writeFileSync(newer, "newer");
    utimesSync(newer, 2_000_000, 2_000_000);
  };
  const texts = () => [older, newer].map((path) => readFileSync(path, "utf8"));
  const saved = ["saved etc/app.conf", "saved etc/notes.txt"] as const;
  change();
  expect((await agent("restore", "latest", "--in-place")).code).not.toBe(0);
  expect(texts()).toEqual(["older", "newer"]);
  const outcomes = { keep: ["older", "newer"], newer: [saved[0], "newer"], overwrite: [...saved] } as const;
  for (const [choice, wanted] of Object.entries(outcomes)) {
    change();
    expect((await agent("restore", "latest", "--in-place", "--on-conflict", choice)).code).toBe(0);
    expect({ choice, texts: texts() }).toEqual({ choice, texts: wanted });
  }
  change();
  expect((await agent("restore", "latest", "--in-place", "--on-conflict", "rename")).code).toBe(0);
  expect(texts()).toEqual(["older", "newer"]);
  expect(readFileSync(`${newer}.restored`, "utf8")).toBe(saved[1]);
  for (const path of [older, newer]) rmSync(`${path}.restored`);
  await agent("restore", "latest", "--in-place", "--on-conflict", "overwrite");
});

test("ls and find print what a point has, for people and as JSON", async () => {
  const listed = await agent("ls", "latest", join(tree, "etc"), "-l");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  const lines = listed.stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.slice(line.lastIndexOf("/") + 1))).toEqual(["app.conf", "deep", "notes.txt"]);
  expect(lines[0]).toMatch(new RegExp(`^-rw-r--r-- .* ${contentOf("etc/app.conf").length} 1970-01-12 13:46:40 `));
  const found = JSON.parse((await agent("find", "latest", "*.conf", "--json")).stdout);
  expect(found).toMatchObject({ result: "ok", lost: 0 });
  const paths = found.items.map(({ path }: { path: string }) => path);
  expect(paths).toEqual([join(tree, "etc/app.conf"), join(tree, "etc/deep/other.conf")]);
  expect((await agent("ls", "latest", "/not/there")).stderr).toContain("agent.path");
});

test("export writes archives that tar and unzip read, and one file as its bytes", async () => {
  const to = (name: string) => {
    mkdirSync(join(top, name));
    return join(top, name);
  };
  const tar = join(top, "point.tar");
  expect((await agent("export", "latest", "--format", "tar", "-o", tar)).code).toBe(0);
  expect(spawnSync("tar", ["-xpf", tar, "-C", to("untarred")]).status).toBe(0);
  const untarred = join(top, "untarred", tree);
  expect(filesIn(untarred)).toEqual([...files].sort());
  for (const name of files) {
    expect(readFileSync(join(untarred, name)).equals(contentOf(name))).toBe(true);
    expect(statSync(join(untarred, name)).mtimeMs).toBe(1_000_000_000);
  }
  const zip = join(top, "point.zip");
  expect((await agent("export", "latest", "--format", "zip", "-o", zip, "--include", "*.txt")).code).toBe(0);
  const listed = spawnSync("python3", ["-m", "zipfile", "-l", zip], { encoding: "utf8" }).stdout;
  expect(listed).toContain("notes.txt");
  expect(listed).not.toContain("app.conf");
  const raw = join(top, "raw.img");
  const disk = ["--format", "raw", "--path", join(tree, "disk.img"), "-o", raw];
  expect((await agent("export", "latest", ...disk)).code).toBe(0);
  expect(readFileSync(raw).equals(contentOf("disk.img"))).toBe(true);
});
