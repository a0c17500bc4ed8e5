import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { ArenaReader, Content, Entry } from "@casaforte/arena";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../outside.ts";
import { setTimes, setXattr } from "../posix.ts";
import { PatternList } from "../select/pattern-list.ts";
import { contentsOf, type SavedTree, saveTree } from "../testing/saved-tree.ts";
import { EarlyLook } from "./early-look.ts";
import { Owners } from "./owners.ts";
import { isSameInode, readAttributes } from "./read-attributes.ts";
import type { RootNode } from "./roots.ts";
import { ScanFilter } from "./scan-filter.ts";

let top = "";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "scan-again-"));
});

afterEach(() => rmSync(top, { recursive: true, force: true }));

async function entriesUnder(reader: ArenaReader, content = reader.superblock.root, found = new Map<string, Entry>()) {
  for await (const entry of reader.entries(content)) {
    found.set(Buffer.from(entry.name).toString(), entry);
    if (entry.type === "directory") await entriesUnder(reader, entry.content, found);
  }
  return found;
}

/** An hour on: what the test has just written changed long ago. */
const later = { nowMs: () => systemClock.nowMs() + 3_600_000 };
const again = (before: SavedTree, clock = later) =>
  saveTree([top], { clock, parent: { reader: before.reader, isLive: () => true, readIndex: async () => undefined } });

test("what did not change is taken over as it stands, and each change of an attribute is seen", async () => {
  mkdirSync(join(top, "dir"));
  for (const name of ["same", "mode", "attribute", "read", "content"]) writeFileSync(join(top, "dir", name), name);
  const first = await saveTree([top], { clock: later });
  chmodSync(join(top, "dir", "mode"), 0o640);
  setXattr(Buffer.from(join(top, "dir", "attribute")), "user.colour", Buffer.from("blue"));
  const { mtime } = statSync(join(top, "dir", "read"));
  utimesSync(join(top, "dir", "read"), new Date(1_000_000_000_000), mtime);
  writeFileSync(join(top, "dir", "content"), "other");
  const second = await again(first);
  const [before, after] = [await entriesUnder(first.reader), await entriesUnder(second.reader)];
  expect(after.get("same")).toEqual(before.get("same"));
  expect(after.get("mode")?.mode).toBe(0o640);
  expect(after.get("attribute")?.xattrs.map(({ name, value }) => `${name}=${Buffer.from(value)}`)).toContain(
    "user.colour=blue",
  );
  expect(after.get("read")?.accessedNs).toBe(1_000_000_000_000_000_000n);
  expect(second.figures.files).toBe(first.figures.files);
  expect(second.figures.logicalBytes).toBe(first.figures.logicalBytes - 2);
  const third = await again(second);
  expect(third.figures.unchangedFiles).toBe(5);
  expect(third.figures.readBytes).toBe(0);
  expect(readFileSync(join(top, "dir", "same"), "utf8")).toBe("same");
});

/** Has every page of a point count the entries that are made values of. */
function countRead(reader: ArenaReader): () => readonly string[] {
  const read = new Set<string>();
  const pages = reader.unreadPages.bind(reader);
  reader.unreadPages = async function* (directory: Content) {
    for await (const page of pages(directory)) {
      const next = page.next.bind(page);
      page.next = () => {
        const found = next();
        if (found !== null) read.add(Buffer.from(found.entry.name).toString());
        return found;
      };
      yield page;
    }
  };
  return () => [...read].sort();
}

const rootAt = (path: string): RootNode => ({
  name: Buffer.alloc(0),
  whole: true,
  children: new Map(),
  reach: Buffer.from(path),
});

test("R30: entries of files that did not change are never read, at whatever times they did, and rules hold for them, too", async () => {
  const times = {
    "0": 0n,
    "1": 1_700_000_000_999_999_999n,
    "2": 4_294_967_295_000_000_001n,
    early: -1n,
    late: 4_294_967_296_000_000_000n,
  };
  for (const name of [...Object.keys(times), "linked", "mode"]) writeFileSync(join(top, name), name);
  linkSync(join(top, "linked"), join(top, "other"));
  for (const [name, ns] of Object.entries(times)) setTimes(Buffer.from(join(top, name)), ns, ns);
  const save = (before: SavedTree | null, filter?: ScanFilter) => {
    const parent =
      before === null ? null : { reader: before.reader, isLive: () => true, readIndex: async () => undefined };
    return saveTree(rootAt(top), { clock: later, parent, filter });
  };
  const first = await save(null);
  const [before, read] = [await entriesUnder(first.reader), countRead(first.reader)];
  const second = await save(first);
  expect(read()).toEqual(["early", "late", "linked", "other"]);
  expect(second.figures.unchangedFiles).toBe(7);
  expect(second.figures.files).toBe(first.figures.files);
  expect(await entriesUnder(second.reader)).toEqual(before);
  chmodSync(join(top, "mode"), 0o600);
  const none = new PatternList([]);
  const exclude = new PatternList(["1"]);
  const rules = { under: "/", include: none, exclude, excludeCaches: false, oneFileSystem: false };
  const third = await save(second, new ScanFilter([rules], () => undefined));
  expect(third.figures.excluded).toBe(1);
  const entries = await entriesUnder(third.reader);
  expect([...entries.keys()]).toEqual(["0", "2", "early", "late", "linked", "mode", "other"]);
  expect(entries.get("mode")?.mode).toBe(0o600);
});

test("the parent's index is asked for before the first new content is read, and not at all when nothing is new", async () => {
  for (const name of ["one", "two"]) writeFileSync(join(top, name), name);
  const first = await saveTree([top], { clock: later });
  let asked = 0;
  const readIndex = async () => void asked++;
  const run = () => saveTree([top], { clock: later, parent: { reader: first.reader, isLive: () => true, readIndex } });
  expect((await run()).figures.unchangedFiles).toBe(2);
  expect(asked).toBe(0);
  writeFileSync(join(top, "two"), "three");
  expect((await run()).figures.readBytes).toBe(5);
  expect(asked).toBe(1);
});

test("what changed just before it was looked at is read once more: another change might bear the same time", async () => {
  mkdirSync(join(top, "dir"));
  for (const name of ["one", "two"]) writeFileSync(join(top, "dir", name), name);
  // The clock of the file system has not moved on since: the tick in which a second change would hide.
  const { ctimeMs } = statSync(join(top, "dir", "one"));
  const within = { nowMs: () => ctimeMs + 1_999 };
  const first = await saveTree([top], { clock: within });
  for (const name of ["one", "two", "dir"]) expect((await entriesUnder(first.reader)).get(name)?.changedNs).toBe(0n);
  const second = await again(first);
  expect([second.figures.unchangedFiles, second.figures.readBytes]).toEqual([0, 6]);
  const third = await again(second);
  expect([third.figures.unchangedFiles, third.figures.readBytes]).toEqual([2, 0]);
});

test("attributes that could not all be read are tried again by the next run, not taken for what the file has", () => {
  const file = join(top, "file");
  writeFileSync(file, "x");
  const stats = statSync(file, { bigint: true });
  const notes: string[] = [];
  const owners = new Owners();
  const attributesAt = (path: string) => {
    const [name, shown, seenMs] = [Buffer.from("file"), Buffer.from(path), later.nowMs()];
    const source = { name, path: shown, shown, stats, seenMs };
    return readAttributes(source, owners, ({ level, code }) => notes.push(`${level} ${code}`));
  };
  const attributes = attributesAt(join(file, "below"));
  expect(notes).toEqual(["lost attribute"]);
  expect(isSameInode(attributes, stats, owners)).toBe(false);
  expect(isSameInode({ ...attributes, changedNs: stats.ctimeNs }, stats, owners)).toBe(true);
  rmSync(file);
  expect(() => attributesAt(file)).toThrow("ENOENT");
  expect(notes.length).toBe(1);
});

test("a file that is deleted while it is read is saved whole, with the attributes that it had", async () => {
  const file = join(top, "file");
  writeFileSync(file, "content");
  setXattr(Buffer.from(file), "user.colour", Buffer.from("blue"));
  const saved = await saveTree([top], {
    pace: (lengthBytes) => {
      if (lengthBytes > 0) rmSync(file);
      return undefined;
    },
  });
  expect(saved.notes).toEqual([]);
  expect((await contentsOf(saved)).get(file)?.toString()).toBe("content");
  const entry = (await entriesUnder(saved.reader)).get("file");
  expect(entry?.xattrs.map(({ name, value }) => `${name}=${Buffer.from(value)}`)).toContain("user.colour=blue");
});

test("a walk behind an early look saves the tree of the moment of the look, and what changed before that as it finds it", async () => {
  mkdirSync(join(top, "dir"));
  for (const name of ["before", "same", "soon", "gone"]) writeFileSync(join(top, "dir", name), name);
  const first = await saveTree([top], { clock: later });
  writeFileSync(join(top, "dir", "before"), "changed before the look");
  using seen = new EarlyLook(systemClock);
  seen.begin([top]);
  for (let turns = 0; turns < 20; turns++) await turn();
  writeFileSync(join(top, "dir", "soon"), "changed since");
  writeFileSync(join(top, "dir", "new"), "made since");
  writeFileSync(join(top, "dir", "before"), "changed again");
  rmSync(join(top, "dir", "gone"));
  const parent = { reader: first.reader, isLive: () => true, readIndex: async () => undefined };
  const second = await saveTree([top], { clock: later, parent, seen });
  const entries = await entriesUnder(second.reader);
  expect([...entries.keys()].filter((name) => name !== "dir" && !top.includes(name))).toEqual([
    "before",
    "gone",
    "same",
    "soon",
  ]);
  expect(second.figures.unchangedFiles).toBe(3);
  const before = await entriesUnder(first.reader);
  for (const name of ["gone", "same", "soon"]) expect(entries.get(name)).toEqual(before.get(name));
  const content = entries.get("before");
  expect(content?.type === "file" && content.content.sizeBytes).toBe("changed again".length);
  // The next run looks anew.
  const third = await entriesUnder((await again(second)).reader);
  expect([third.has("gone"), third.has("new")]).toEqual([false, true]);
  expect(third.get("soon")).not.toEqual(before.get("soon"));
});
