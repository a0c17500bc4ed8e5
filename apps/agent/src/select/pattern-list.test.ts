import { expect, test } from "vitest";
import { PatternList } from "./pattern-list.ts";

const fits = (lines: readonly string[], path: string, isDirectory = false) =>
  new PatternList(lines).matches(Buffer.from(path), isDirectory);

test("a rule without a slash fits names at every depth, and its stars stop at slashes", () => {
  expect(fits(["*.tmp"], "/a/b/x.tmp")).toBe(true);
  expect(fits(["*.tmp"], "/a/x.tmp/y")).toBe(false);
  expect(fits(["node_modules"], "/srv/app/node_modules", true)).toBe(true);
  expect(fits([".*"], "/home/x/.cache", true)).toBe(true);
  expect(fits(["file?"], "/a/file12")).toBe(false);
  expect(fits(["[ab]x"], "/q/bx")).toBe(true);
});

test("a leading slash anchors at the root, a slash inside fits at every depth, ** crosses directories", () => {
  expect(fits(["/var/tmp"], "/var/tmp", true)).toBe(true);
  expect(fits(["/var/tmp"], "/srv/var/tmp", true)).toBe(false);
  expect(fits(["cache/*.db"], "/home/x/cache/a.db")).toBe(true);
  expect(fits(["cache/*.db"], "/home/x/cache/deep/a.db")).toBe(false);
  expect(fits(["cache/*.db"], "/cache/a.db")).toBe(true);
  expect(fits(["/home/**/Trash"], "/home/x/.local/share/Trash", true)).toBe(true);
  expect(fits(["/home/**"], "/home", true)).toBe(false);
});

test("a slash at the end means directories; the last rule that fits decides; comments and blanks are passed over", () => {
  expect(fits(["build/"], "/src/build", false)).toBe(false);
  expect(fits(["build/"], "/src/build", true)).toBe(true);
  expect(fits(["*.log", "!keep.log"], "/a/keep.log")).toBe(false);
  expect(fits(["!keep.log", "*.log"], "/a/keep.log")).toBe(true);
  expect(fits(["# *.log", "", "   "], "/a/b.log")).toBe(false);
  expect(fits(["\\#1"], "/a/#1")).toBe(true);
  expect(fits(["a b  "], "/x/a b")).toBe(true);
});

test("braces and parentheses of a name stand for themselves", () => {
  expect(fits(["{a,b}"], "/x/{a,b}")).toBe(true);
  expect(fits(["{a,b}"], "/x/a")).toBe(false);
  expect(fits(["x(1).txt"], "/d/x(1).txt")).toBe(true);
  expect(fits(["c++*"], "/src/c++17")).toBe(true);
  expect(fits(["a|b$"], "/src/a|b$")).toBe(true);
});

test("what is behind a link fits by both its paths, and the last rule decides for both", () => {
  const aliases = [{ real: "/mnt/disk", named: "/data" }];
  const list = new PatternList(["/data/secret", "/mnt/*/log", "!/data/log"], "/", aliases);
  expect(list.matches(Buffer.from("/mnt/disk/secret"), true)).toBe(true);
  expect(list.matches(Buffer.from("/mnt/disk/log"), true)).toBe(false);
  expect(list.matches(Buffer.from("/mnt/diskette/secret"), true)).toBe(false);
});

test("a rule of many stars fits as it did, and gives up at once on a name that it almost fits", () => {
  expect(fits(["*-*-*-*-*-*.tmp"], "/a/1-2-3-4-5-6.tmp")).toBe(true);
  expect(fits(["*-*-*-*-*-*.tmp"], `/a/${"-".repeat(120)}`)).toBe(false);
  expect(fits(["/srv/**/a/**/a/**/a/**/a/**/a/**/a/b"], `/srv${"/a".repeat(120)}`)).toBe(false);
  expect(fits(["/srv/**/a/**/b"], "/srv/x/a/y/z/b")).toBe(true);
});

test("a name that is no UTF-8 is fitted by a star, and a line of any length is refused, not run", () => {
  expect(new PatternList(["caf*"]).matches(Buffer.from([0x2f, 0x63, 0x61, 0x66, 0xff]), false)).toBe(true);
  expect(() => new PatternList(["x".repeat(5000)])).toThrow(RangeError);
});
