import fs, { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentHome } from "./home.ts";
import { takeRunLock } from "./run-lock.ts";

/** What another starter does, once, between two steps of one: before something is written, or after the lock was read. */
const between: { write: (() => void) | null; read: (() => void) | null } = { write: null, read: null };
const once = (what: keyof typeof between) => {
  const act = between[what];
  between[what] = null;
  act?.();
};
const { readFileSync, writeSync } = fs;

let home: AgentHome;
beforeEach(() => {
  const read = (path: string, options: "utf8") => {
    const found = readFileSync(path, options);
    if (path.endsWith(".lock")) once("read");
    return found;
  };
  const write = (fd: number, text: string) => {
    once("write");
    return writeSync(fd, text);
  };
  Object.assign(fs, { readFileSync: read, writeSync: write });
  syncBuiltinESMExports();
  home = new AgentHome(mkdtempSync(join(tmpdir(), "run-lock-")));
});
afterEach(() => {
  Object.assign(fs, { readFileSync, writeSync });
  syncBuiltinESMExports();
  between.write = null;
  between.read = null;
  rmSync(home.directory, { recursive: true });
});

const stale = "4194999 1";
/** Two that start as one takes the lock while the other is between two steps: how many hold it. */
function holders(when: keyof typeof between): number {
  let count = 0;
  const start = () => {
    try {
      takeRunLock(home);
      count++;
    } catch (error) {
      expect(error).toMatchObject({ code: "agent.running" });
    }
  };
  between[when] = start;
  start();
  expect(between[when]).toBeNull();
  return count;
}

test("a lock that is free is one's own though another starts before its holder is written", () => {
  expect(holders("write")).toBe(1);
});

test("a lock that a crash left is taken by one of two that find it", () => {
  writeFileSync(home.path("run.lock"), stale);
  expect(holders("read")).toBe(1);
  expect(readFileSync(home.path("run.lock"), "utf8")).toMatch(new RegExp(`^${process.pid} `));
  expect(readdirSync(home.directory)).toEqual(["run.lock"]);
});

test("a lock goes with its holder, and nothing stays beside it", () => {
  for (const left of ["", stale]) {
    writeFileSync(home.path("run.lock"), left);
    takeRunLock(home)[Symbol.dispose]();
    expect(readdirSync(home.directory)).toEqual([]);
  }
});
