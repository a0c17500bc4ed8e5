import { expect, test } from "vitest";
import { runProgram } from "./run-program.ts";

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
