import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SelectOptions, selectionOf } from "../cli/selecting.ts";
import { makeFifo } from "../posix.ts";
import { AgentHome } from "../state/home.ts";
import type { ConflictChoice } from "./conflict.ts";
import { markName } from "./restore-mark.ts";
import { type Destination, openTarget } from "./target.ts";

let top = "";
let out = "";
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "target-"));
  out = join(top, "out");
  mkdirSync(out);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

interface Asked extends SelectOptions {
  readonly onConflict?: ConflictChoice;
  readonly pointId?: string;
}

const inPlace: Destination = { kind: "in_place" };
const home = () => new AgentHome(join(top, "home"));

function open(destination: Destination, { onConflict, pointId = "one", ...part }: Asked = {}) {
  const { asked } = selectionOf(part);
  const target = openTarget({ destination, pointId, asked, onConflict, dryRun: false, home: home() });
  return { ...target, begin: () => target.mark.write({ pointId, choice: target.choice, asked }) };
}

test("a restore that was interrupted goes on as it was told, and only for what it was about", () => {
  const away: Destination = { kind: "directory", path: out };
  for (const destination of [inPlace, away]) {
    if (destination === away) writeFileSync(join(out, "precious"), "");
    for (const choice of ["keep", "newer", "rename", "overwrite"] as const) {
      open(destination, { path: ["/b", "/a"], onConflict: choice }).begin();
      expect(open(destination, { path: ["/a", "/b"] })).toMatchObject({ resumes: true, choice });
      for (const other of [{}, { path: ["/etc"] }, { path: ["/a", "/b"], exclude: ["c"] }, { include: ["/a"] }]) {
        expect(() => open(destination, other), JSON.stringify(other)).toThrow("--on-conflict");
        expect(open(destination, { ...other, onConflict: "keep" })).toMatchObject({ resumes: true, choice: "keep" });
      }
      expect(() => open(destination, { path: ["/a", "/b"], pointId: "two" })).toThrow("--on-conflict");
      open(destination, { onConflict: choice }).mark.clear();
    }
  }
});

test("a mark that an agent before left is gone on with in a directory; in place a choice has to be made", () => {
  const mark = JSON.stringify({ pointId: "one" });
  writeFileSync(join(out, markName), mark);
  writeFileSync(join(out, "restored"), "");
  const away: Destination = { kind: "directory", path: out };
  expect(open(away)).toMatchObject({ resumes: true, choice: "overwrite" });
  expect(() => open(away, { pointId: "two" })).toThrow("not empty");
  home().create();
  writeFileSync(home().path("restore-in-place.json"), mark);
  expect(() => open(inPlace)).toThrow("--on-conflict");
  expect(open(inPlace, { onConflict: "newer" })).toMatchObject({ resumes: true, choice: "newer" });
});

test("whatever others put under the name of a mark is neither followed nor written into", () => {
  const victim = join(top, "victim");
  const away: Destination = { kind: "directory", path: out };
  const planted: readonly ((path: string) => void)[] = [
    (path) => symlinkSync(victim, path),
    (path) => makeFifo(Buffer.from(path), 0o666),
  ];
  for (const plant of planted) {
    writeFileSync(victim, JSON.stringify({ pointId: "one" }));
    for (const ending of ["", ".new"]) plant(join(out, `${markName}${ending}`));
    const target = open(away);
    expect(target.resumes).toBe(false);
    target.begin();
    expect(readFileSync(victim, "utf8")).toBe(JSON.stringify({ pointId: "one" }));
    expect(readdirSync(out)).toEqual([markName]);
    expect(lstatSync(join(out, markName)).isFile()).toBe(true);
    expect(open(away).resumes).toBe(true);
    target.mark.clear();
  }
});
