import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAppendFile } from "./index.ts";

test("lines come back in order, a line torn by a crash does not, and none is ever overwritten", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cf-append-"));
  const path = join(directory, "anchors");
  const file = openAppendFile(path);
  expect(await file.readLines()).toEqual([]);
  await file.append("one");
  await openAppendFile(path).append("two\nlines");
  await appendFile(path, "torn");
  expect(await file.readLines()).toEqual(["one", "two lines"]);
  await expect(openAppendFile(join(directory, "absent", "x")).append("y")).rejects.toMatchObject({
    code: "append_file.io",
  });
  await rm(directory, { recursive: true });
});
