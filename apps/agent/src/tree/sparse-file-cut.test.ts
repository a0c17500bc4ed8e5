import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seekData, seekHole } from "../posix.ts";
import { nextData } from "./read-file.ts";

test("a sparse file that is cut between two questions is no longer than it was", () => {
  const top = mkdtempSync(join(tmpdir(), "cut-"));
  const fd = openSync(join(top, "sparse"), "w+");
  try {
    const size = 4_000_000;
    const cut = {
      seekData: (of: number, at: number) => {
        const found = seekData(of, at);
        ftruncateSync(fd, 1000);
        return found;
      },
      seekHole,
    };
    ftruncateSync(fd, size);
    writeSync(fd, "data", 2_000_000);
    const whole = nextData(fd, 0, size);
    expect(whole.end).toBeGreaterThan(whole.start);
    expect(nextData(fd, 0, size, cut)).toEqual({ start: whole.start, end: size });
    expect(nextData(fd, 0, size)).toEqual({ start: size, end: size });
  } finally {
    closeSync(fd);
    rmSync(top, { recursive: true });
  }
});
