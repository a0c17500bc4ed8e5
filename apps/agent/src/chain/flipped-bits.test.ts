import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { depth } from "../../../../tests/support/depth.test-support.ts";
import { startMachine } from "../testing/enrolled-machine.ts";
import { backUp, restoreTo, vaultOf } from "../testing/in-process.ts";
import { noise } from "../testing/nasty-tree.ts";
import { findPoint, listPoints } from "./find-point.ts";

const flipsPerFile = depth(4, 24);

test("wherever a bit flips in a full or in its increment, no wrong byte is restored: what is lost is named, and the rest is there", async () => {
  await using machine = await startMachine("flipped-bits-");
  const { top, tree, home, vault } = machine;
  for (const folder of ["old", "new"]) mkdirSync(join(tree, folder), { recursive: true });
  const put = (folder: string, seed: number) => {
    for (let index = 0; index < 5; index++)
      writeFileSync(join(tree, folder, `file-${index}`), noise(seed + index, 700_000));
  };
  put("old", 1);
  await backUp(home, [{ kind: "path", path: tree }]);
  put("new", 20);
  await backUp(home, [{ kind: "path", path: tree }]);
  const names = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const { pointId } = await findPoint(vaultOf(home), "latest");

  const hits = { vbk: 0, vib: 0 };
  for (const { kind, fileId, size } of await listPoints(vaultOf(home))) {
    for (let flip = 0; flip < flipsPerFile; flip++) {
      // Over the whole file, from its first byte to its last.
      const offset = Math.floor(((size - 1) * flip) / (flipsPerFile - 1));
      if (!isStored(() => vault.corrupt(fileId, offset))) continue;
      const to = join(top, "to");
      const where = `${kind} at ${offset}`;
      const done = await restoreTo(home, pointId, to).catch((error: unknown) => error);
      if (done instanceof Error) {
        // Nothing at all can be read: said with a code, and nothing is written.
        expect(done, where).toBeInstanceOf(Failure);
        hits[kind]++;
      } else {
        const { result, notes } = done as Awaited<ReturnType<typeof restoreTo>>;
        const lost = notes.filter(({ level }) => level === "lost").map(({ path }) => path);
        expect({ where, isPartial: result === "partial" }).toEqual({ where, isPartial: lost.length > 0 });
        const isLost = (path: string) => lost.some((one) => path === one || path.startsWith(`${one}/`));
        for (const name of names) {
          const restored = join(to, name);
          const isThere = existsSync(restored) && statSync(restored).isFile();
          expect({ where, name, isThere }).toEqual({ where, name, isThere: !isLost(restored) });
          if (isThere) expect(readFileSync(restored).equals(readFileSync(name)), `${where}: ${name}`).toBe(true);
        }
        if (lost.length > 0) hits[kind]++;
      }
      vault.corrupt(fileId, offset);
      rmSync(to, { recursive: true, force: true });
    }
  }
  // Most of a file is data of the point.
  expect(hits.vbk).toBeGreaterThan(flipsPerFile / 2);
  expect(hits.vib).toBeGreaterThan(flipsPerFile / 2);
  expect(await restoreTo(home, pointId, join(top, "to"))).toMatchObject({ result: "ok" });
}, 300_000);

/** A hole of a part is stored nowhere. */
function isStored(corrupt: () => void): boolean {
  try {
    corrupt();
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === "vault.not_found") return false;
    throw error;
  }
}
