import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Entry, emptyContent } from "@casaforte/arena";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFifo } from "../posix.ts";
import { applyAttributes } from "./write-attributes.ts";

let top = "";
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "attributes-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const base = { name: Buffer.from("x"), mode: 0o646, userId: 0, groupId: 0, userName: "", groupName: "", xattrs: [] };
const times = { modifiedNs: 1n, changedNs: 0n, accessedNs: 1n };
const entries: readonly Entry[] = [
  { ...base, ...times, type: "directory", content: emptyContent },
  { ...base, ...times, type: "fifo" },
];

test("a mode is set on what stands there, and never on what a link leads to that came into its place", () => {
  const [path, victim] = [join(top, "x"), join(top, "victim")];
  writeFileSync(victim, "");
  chmodSync(victim, 0o600);
  for (const entry of entries) {
    const refused: string[] = [];
    const apply = () =>
      applyAttributes(entry, Buffer.from(path), { asRoot: false, onRefused: (message) => refused.push(message) });
    if (entry.type === "directory") mkdirSync(path, 0o700);
    else makeFifo(Buffer.from(path), 0o600);
    apply();
    expect(refused).toEqual([]);
    expect(statSync(path).mode & 0o7777).toBe(0o646);
    renameSync(path, `${path}-before`);
    symlinkSync(victim, path);
    apply();
    expect(refused).toEqual([expect.stringMatching(/^mode: /)]);
    expect(statSync(victim).mode & 0o7777).toBe(0o600);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    unlinkSync(path);
    if (entry.type === "directory") rmdirSync(`${path}-before`);
  }
});
