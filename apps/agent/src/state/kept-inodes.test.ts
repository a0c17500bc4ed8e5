import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { depth } from "../../../../tests/support/depth.test-support.ts";
import { startMachine } from "../testing/enrolled-machine.ts";
import { backUp, restoreTo } from "../testing/in-process.ts";

const timesOf = (path: string): string => {
  const { mtimeNs, ctimeNs, atimeNs } = statSync(path, { bigint: true });
  return `${mtimeNs} ${ctimeNs} ${atimeNs}`;
};

/** Two files of other content in one step of the kernel's clock: it is tried until all their times are equal. */
function writeTwins(one: string, other: string, name: string): void {
  for (let attempt = 0; attempt < 10_000; attempt++) {
    for (const directory of [one, other]) rmSync(join(directory, name), { force: true });
    writeFileSync(join(one, name), `one ${name}`);
    writeFileSync(join(other, name), `two ${name}`);
    if (timesOf(join(one, name)) === timesOf(join(other, name))) return;
  }
  throw new Error("no two files have equal times here");
}

const changes: Readonly<Record<string, (tree: string) => void>> = {
  "that change places": (tree) => {
    renameSync(join(tree, "a"), join(tree, "t"));
    renameSync(join(tree, "b"), join(tree, "a"));
    renameSync(join(tree, "t"), join(tree, "b"));
  },
  "of which one takes the place of the other": (tree) => {
    rmSync(join(tree, "a"), { recursive: true });
    renameSync(join(tree, "b"), join(tree, "a"));
  },
};

// Few files and many, each with one of the changes; with both at depth.
const cases = Object.keys(changes).flatMap((change, nth) =>
  depth(nth === 0 ? [3] : [16], [3, 16]).map((files) => ({ files, change })),
);

test.for(cases)(
  "R30: of two directories with $files files of equal names, lengths and times $change the point has what the disk has",
  { timeout: 120_000 },
  async ({ files, change }) => {
    await using machine = await startMachine("inodes-");
    const { top, tree, home } = machine;
    // Deeper than what changes its name: the files' own directories keep theirs.
    const [one, other] = [join(tree, "a", "deep"), join(tree, "b", "deep")];
    for (const path of [one, other]) mkdirSync(path, { recursive: true });
    for (let file = 0; file < files; file++) writeTwins(one, other, `f${file}`);
    const run = () => backUp(home, [{ kind: "path", path: tree }]);
    // What changed a moment before it was looked at is read again; from some run on all is taken over.
    while ((await run()).figures.unchangedFiles < 2 * files);
    changes[change]?.(tree);
    const done = await run();
    expect(done.result).toBe("ok");
    const to = join(top, "to");
    await restoreTo(home, done.pointId, to);
    const name = join(tree, "a", "deep", "f1");
    expect(readFileSync(join(to, name), "utf8")).toBe("two f1");
    expect(readFileSync(name, "utf8")).toBe("two f1");
    // What was read anew was there already, and the run after it believes what this one found.
    expect((await run()).figures.readBytes).toBe(0);
  },
);

test("what a run found is believed by the next though it was cut behind its commit, and not by one of another point", async () => {
  await using machine = await startMachine("inodes-");
  const { tree, home } = machine;
  mkdirSync(join(tree, "deep"), { recursive: true });
  writeFileSync(join(tree, "deep", "file"), "content");
  const run = async () => (await backUp(home, [{ kind: "path", path: tree }])).figures.unchangedFiles;
  while ((await run()) === 0);
  const [kept, next] = [home.path("inodes.json"), home.path("inodes-next.json")];
  const before = readFileSync(kept);
  expect(await run()).toBe(1);
  // Cut before what was kept had its last name: the one of the point before is still there.
  renameSync(kept, next);
  writeFileSync(kept, before);
  expect(await run()).toBe(1);
  // Of the point before alone it is nothing.
  writeFileSync(kept, before);
  rmSync(next, { force: true });
  expect(await run()).toBe(0);
  expect(await run()).toBe(1);
});
