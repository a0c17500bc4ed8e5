import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openAppendFile } from "./index.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cf-append-"));
  path = join(directory, "anchors");
});
afterEach(() => rm(directory, { recursive: true }));

test("lines come back in order, and a file that is not there has none", async () => {
  const file = openAppendFile(path);
  expect([await file.readLines(), await file.lastLine()]).toEqual([[], null]);
  await file.append("one");
  await openAppendFile(path).append("two\nlines");
  expect([await file.readLines(), await file.lastLine()]).toEqual([["one", "two lines"], "two lines"]);
});

test("a line torn by a crash is never read, nor does it spoil the next one", async () => {
  const file = openAppendFile(path);
  await file.append("one");
  await appendFile(path, "torn");
  expect([await file.readLines(), await file.lastLine()]).toEqual([["one"], "one"]);
  await file.append("two");
  expect([await file.readLines(), await file.lastLine()]).toEqual([["one", "two"], "two"]);
});

test("the last line is found however long it and the file are", async () => {
  const file = openAppendFile(path);
  await appendFile(path, `${"x".repeat(99)}\n`.repeat(10_000));
  const long = "è".repeat(300_000);
  await file.append(long);
  expect(await file.lastLine()).toBe(long);
});

test("trouble with the disk is said", async () => {
  const file = openAppendFile(join(directory, "absent", "x"));
  await expect(file.append("y")).rejects.toMatchObject({ code: "append_file.io" });
  await expect(openAppendFile(directory).readLines()).rejects.toMatchObject({ code: "append_file.io" });
});
