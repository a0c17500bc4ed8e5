import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stateOf } from "../testing/process-state.ts";
import { programsWithin, runProgram } from "./run-program.ts";

test("a program's output is given whole or not at all: what prints more than the limit is ended and fails", async () => {
  const print = (count: number) => ["-c", `printf '%0${count}d' 0; [ ${count} -le 1000 ] || exec sleep 600`];
  expect(await runProgram("sh", print(1000), 1000)).toBe("0".repeat(1000));
  await expect(runProgram("sh", print(1001), 1000)).rejects.toMatchObject({
    code: "agent.program",
    message: "sh: it printed more than 1000 bytes",
  });
  await expect(runProgram("head", ["-c", "65537", "/dev/zero"])).rejects.toMatchObject({ code: "agent.program" });
});

test("a list of many subvolumes is read to its end", async () => {
  const lines = await runProgram("seq", ["200000"], 16 * 1024 * 1024);
  expect(lines.trimEnd().split("\n")).toHaveLength(200_000);
});

test("a program that hangs and does not listen is killed with all that it started, and whoever waits for it goes on", async () => {
  const top = mkdtempSync(join(tmpdir(), "run-program-"));
  try {
    const file = join(top, "pid");
    const deaf = `trap '' TERM; echo busy >&2; sleep 600 & echo $! > ${file}; wait`;
    // Long enough for a shell to begin on a machine that runs everything at once: told to end before, it would not be deaf.
    await expect(programsWithin(3000)("sh", ["-c", deaf])).rejects.toMatchObject({
      code: "agent.program",
      message: "sh: it took longer than 3 s: busy",
    });
    await expect.poll(() => stateOf(Number(readFileSync(file, "utf8")))).toMatch(/gone|Z/);
  } finally {
    rmSync(top, { recursive: true });
  }
}, 30_000);

test("a program that cannot be run, or fails, says so in its own words", async () => {
  await expect(runProgram("casaforte-no-such", [])).rejects.toMatchObject({
    message: expect.stringContaining("ENOENT"),
  });
  await expect(runProgram("sh", ["-c", "echo none >&2; exit 5"])).rejects.toMatchObject({
    message: "sh: it ended with code 5: none",
  });
});
