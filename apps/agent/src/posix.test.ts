import { lstatSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { deviceNumber, setTimes, splitDevice } from "./posix.ts";

test("device numbers split and join as the C library does", () => {
  expect(splitDevice(259n)).toEqual({ major: 1, minor: 3 });
  expect(deviceNumber(8, 1)).toBe(2049n);
  const half = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(half, half, (major, minor) => {
      expect(splitDevice(deviceNumber(major, minor))).toEqual({ major, minor });
    }),
  );
});

test("times are set to the nanosecond, before 1970 too", () => {
  const top = mkdtempSync(join(tmpdir(), "posix-"));
  try {
    const path = join(top, "file");
    writeFileSync(path, "");
    for (const ns of [1_700_000_000_000_000_001n, 0n, -1n, -1_500_000_001n]) {
      setTimes(Buffer.from(path), ns, ns);
      expect(lstatSync(path, { bigint: true }).mtimeNs).toBe(ns);
    }
  } finally {
    rmSync(top, { recursive: true });
  }
});

test("an error of the C library carries its name", () => {
  expect(() => setTimes(Buffer.from("/nowhere/at/all"), 0n, 0n)).toThrow(expect.objectContaining({ code: "ENOENT" }));
});
