import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { statxBytes, statxInto } from "../posix.ts";
import { EarlyLook } from "./early-look.ts";
import { namesIn } from "./names-in.ts";
import { Place } from "./place.ts";

const clock = { nowMs: () => 1_000 };
const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

function makeTree(): string {
  const top = mkdtempSync(join(tmpdir(), "early-"));
  made.push(top);
  for (const directory of ["a", "b", "b/deep"]) mkdirSync(join(top, directory));
  for (const name of ["a/1", "a/2", "a-file", "b/deep/x", "zz"]) writeFileSync(join(top, name), name);
  symlinkSync("b", join(top, "link"));
  return top;
}

/** Until it has looked at all it was told of: it asks for a turn of the loop after each. */
async function untilDone(): Promise<void> {
  for (let count = 0; count < 20; count++) await turn();
}

function statsNow(path: string): Buffer {
  const stats = Buffer.alloc(statxBytes);
  expect(statxInto(Buffer.from(`${path}\0`), stats)).toBe(true);
  return kept(stats);
}

/** Without the time of the last access, which listing a directory moves. */
const kept = (stats: Buffer): Buffer => Buffer.concat([stats.subarray(0, 64), stats.subarray(80, 128)]);

test("what a walk asks first is known before it, in every directory, and links are not followed", async () => {
  const top = makeTree();
  using look = new EarlyLook(clock);
  look.begin([top]);
  await untilDone();
  const within = { node: null, isWhole: true };
  for (const directory of [top, join(top, "a"), join(top, "b"), join(top, "b/deep")]) {
    const place = new Place(Buffer.from(directory));
    const names = namesIn(place, within, look);
    expect(names).toEqual(namesIn(new Place(Buffer.from(directory)), within));
    const stats = Buffer.alloc(statxBytes);
    for (const name of names) {
      expect(place.seen?.copyStats(name, stats)).toBe(true);
      expect(kept(stats)).toEqual(statsNow(join(directory, name)));
    }
  }
  expect(look.take(join(top, "link"))).toBeUndefined();
});

test("each directory is given once, and what is asked for in between or again is looked at as it is now", async () => {
  const top = makeTree();
  using look = new EarlyLook(clock);
  look.begin([top]);
  await untilDone();
  const seen = look.take(top);
  const stats = Buffer.alloc(statxBytes);
  expect(seen?.copyStats("nothing", stats)).toBe(false);
  expect(seen?.copyStats("zz", stats)).toBe(true);
  // Only ascending: the walk never goes back.
  expect(seen?.copyStats("a", stats)).toBe(false);
  expect(look.take(top)).toBeUndefined();
});

test("whoever asks walks: it looks no further, and what it has not seen is found by the walk", async () => {
  const top = makeTree();
  using look = new EarlyLook(clock);
  look.begin([top]);
  expect(look.take(top)).toBeUndefined();
  await untilDone();
  expect(look.take(join(top, "a"))).toBeUndefined();
});

test("a directory that is gone, a source that is no directory and one that is nowhere end nothing", async () => {
  const top = makeTree();
  using look = new EarlyLook(clock);
  look.begin([join(top, "none"), join(top, "zz"), join(top, "b")]);
  look.begin([join(top, "a")]);
  await untilDone();
  renameSync(join(top, "b"), join(top, "c"));
  expect(look.take(join(top, "b"))?.names).toEqual(["deep"]);
  expect(look.take(join(top, "a"))).toBeUndefined();
});

test("what was seen long ago is not believed: of a directory, nor of a name behind one that took long", async () => {
  const top = makeTree();
  let nowMs = 1_000;
  using look = new EarlyLook({ nowMs: () => nowMs });
  look.begin([top]);
  await untilDone();
  const seen = look.take(top);
  const stats = Buffer.alloc(statxBytes);
  expect(seen?.copyStats("a-file", stats)).toBe(true);
  nowMs += 4_999;
  expect(seen?.copyStats("link", stats)).toBe(true);
  nowMs += 1;
  expect(seen?.copyStats("zz", stats)).toBe(false);
  expect(look.take(join(top, "a"))).toBeUndefined();
  nowMs = 1_000;
  expect(look.take(join(top, "b"))).toBeUndefined();
});

test("a clock that was set back is no reason to believe it for longer", async () => {
  const top = makeTree();
  let nowMs = 1_000_000;
  using look = new EarlyLook({ nowMs: () => nowMs });
  look.begin([top]);
  await untilDone();
  nowMs = 999_999;
  expect(look.take(top)).toBeUndefined();
});
