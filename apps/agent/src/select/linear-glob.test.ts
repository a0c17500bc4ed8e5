import fc from "fast-check";
import picomatch from "picomatch";
import { expect, test } from "vitest";
import { globOptions, hasManyStars, LinearGlob } from "./linear-glob.ts";

const pieces = fc.constantFrom("a", "b", "?", "*", "**", "/", "/**/", "[a-b]", "[!a-a]", ".a", "\\*", "é", "-");
const globs = fc.array(pieces, { minLength: 1, maxLength: 9 }).map((found) => found.join(""));
const texts = fc
  .array(fc.constantFrom("a", "b", "/", ".a", "é", "-", "*"), { maxLength: 9 })
  .map((found) => found.join(""));

test("a glob fits the same texts as its regular expression", () => {
  // Paths have neither empty names nor, where they were read from a directory, `.` and `..`.
  const isPath = (text: string) => text !== "" && !/\/\/|.\/$/.test(text) && text !== "/";
  const isPlain = (glob: string) =>
    !/\/\/|[^/]\*\*|\*\*[^/]|.\/$/.test(glob) && glob !== "/" && !glob.startsWith("/**/");
  const expressionOf = (glob: string): RegExp => picomatch.makeRe(glob, globOptions);
  fc.assert(
    fc.property(globs.filter(isPlain), texts.filter(isPath), (glob, text) => {
      expect(new LinearGlob(glob).test(text)).toBe(expressionOf(glob).test(text));
    }),
    { numRuns: 4_000 },
  );
});

test("a few stars are left to the regular expression", () => {
  for (const glob of ["*.tmp", "/a/**/b*/*.c", "a\\*\\**"]) expect(hasManyStars(glob)).toBe(false);
  for (const glob of ["*-*", "/a/**/b/**", "/**/a/*b*"]) expect(hasManyStars(glob)).toBe(true);
});
