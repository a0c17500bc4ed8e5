import { mkdirSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { oldBundles } from "../build/bundle.mjs";

test("a build removes no bundle that a running agent may start its threads from", () => {
  const folder = mkdtempSync(join(tmpdir(), "cf-bundles-"));
  try {
    const nowMs = Date.UTC(2026, 5, 1);
    const make = (name: string, daysAgo: number) => {
      mkdirSync(join(folder, name));
      const at = nowMs / 1_000 - daysAgo * 86_400;
      utimesSync(join(folder, name), at, at);
    };
    for (const [name, daysAgo] of [
      ["x", 400],
      ["y", 300],
      ["z", 200],
    ] as const)
      make(name, daysAgo);
    // As few as these stay whatever their age: an agent that nobody rebuilt for a year runs from its own.
    expect(oldBundles(folder, nowMs)).toEqual([]);
    // An hour of work rebuilds often; agents of the last weeks go on.
    for (let build = 0; build < 20; build++) make(`today${build}`, build / 24);
    make("agent", 60);
    expect(oldBundles(folder, nowMs).toSorted()).toEqual(["x", "y", "z"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
