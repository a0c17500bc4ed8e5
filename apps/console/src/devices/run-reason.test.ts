import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runReason } from "./run-reason.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

test.each([
  ["vault.over_quota", "reason.quota"],
  ["vault.unreachable", "reason.vault"],
  ["hook.pre_failed", "reason.hook"],
  ["source.missing", "reason.missing"],
  ["vbk.block_crc", "reason.damaged"],
  ["agent.of_a_later_version", "reason.other"],
  // A family's name is no prefix of another word.
  ["agent.running_late", "reason.other"],
] as const)("%s is told as %s", (code, key) => {
  expect(runReason(code)).toBe(key);
});

test("each code with which a source can end has a reason of its own", () => {
  const files = globSync("apps/agent/src/sources/**/*.ts", { cwd: root }).filter((file) => !file.includes(".test"));
  const codes = files.flatMap((file) => [...readFileSync(`${root}/${file}`, "utf8").matchAll(/"(source\.[a-z_]+)"/g)]);
  expect(codes.length).toBeGreaterThan(3);
  for (const [, code = ""] of codes) expect(runReason(code), code).not.toBe("reason.other");
});
