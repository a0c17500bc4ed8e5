import { expect, test } from "vitest";
import { DirectoryInodes } from "./directory-inodes.ts";

test("a directory is the same where both path and inode are, and only among those that were kept", () => {
  const first = new DirectoryInodes();
  for (let index = 0; index < 1_000; index++)
    expect(first.isSame(Buffer.from(`/d/${index}`), BigInt(index))).toBe(false);
  const kept = first.kept();
  expect(kept.length).toBe(8_000);
  const second = new DirectoryInodes(kept);
  for (let index = 0; index < 1_000; index++) {
    expect(second.isSame(Buffer.from(`/d/${index}`), BigInt(index))).toBe(true);
    expect(second.isSame(Buffer.from(`/d/${index}`), BigInt(index + 1))).toBe(false);
    expect(second.isSame(Buffer.from(`/e/${index}`), BigInt(index))).toBe(false);
  }
  // The largest of inodes, and a state that was cut.
  expect(second.isSame(Buffer.from("/"), -1n)).toBe(false);
  expect(new DirectoryInodes(second.kept()).isSame(Buffer.from("/"), -1n)).toBe(true);
  for (const damaged of [kept.subarray(0, 7), kept.subarray(3, 50), Buffer.alloc(64, 0xff)])
    expect(new DirectoryInodes(damaged).isSame(Buffer.from("/d/1"), 1n)).toBe(false);
});
