import { afterEach, expect, test } from "vitest";
import { takeLauncherVariables } from "./thread.ts";

const before = { ...process.env };
afterEach(() => {
  for (const name of ["GLIBC_TUNABLES", "NODE_COMPILE_CACHE"])
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
});

test.each([
  ["glibc.malloc.hugetlb=1", undefined],
  ["glibc.malloc.check=1:glibc.malloc.hugetlb=1", "glibc.malloc.check=1"],
  ["glibc.malloc.check=1", "glibc.malloc.check=1"],
  ["", undefined],
])("of %j a program that the agent starts sees %j", (set, seen) => {
  process.env["GLIBC_TUNABLES"] = set;
  takeLauncherVariables();
  expect(process.env["GLIBC_TUNABLES"]).toBe(seen);
});
