import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { blockSizeBytes, openArena } from "@casaforte/arena";
import { expect, test } from "vitest";
import { openChain } from "../chain/chain-image.ts";
import { chunkHash } from "../chain/chunk-hash.ts";
import { findPoint } from "../chain/find-point.ts";
import { unlockChain } from "../chain/unlock.ts";
import { startMachine } from "../testing/enrolled-machine.ts";
import { backUp, password, restoreTo, vaultOf } from "../testing/in-process.ts";
import { noise } from "../testing/nasty-tree.ts";
import type { AgentHome } from "./home.ts";

test("R30: what is known of a directory spares no file whose blocks are given up, and a run can do without it", async () => {
  await using machine = await startMachine("kept-");
  const { tree, home } = machine;
  const { chainId } = home.enrolment();
  for (let file = 0; file < 20; file++) writeFileSync(join(tree, `f${file}`), noise(file + 1, 50_000));
  utimesSync(tree, 1_000_000_000, 1_000_000_000);
  const run = () => backUp(home, [{ kind: "path", path: tree }]);
  // What changed a moment before it was looked at is read again; from some run on all is taken over.
  while ((await run()).figures.unchangedFiles < 20);
  expect(home.readJson("directories.json")).toMatch(/^[\w+/=]{88}$/);
  const later = await run();
  expect(later).toMatchObject({ result: "ok", figures: { unchangedFiles: 20, readBytes: 0 } });
  const blocks = Array.from({ length: 16 }, (_, index) => index + 1);
  home.writeJson("repack.json", { chainId, pointId: later.pointId, blocks });
  const sent = await run();
  expect(sent.sentBytes).toBeGreaterThan(1_000_000);
  for (const damaged of [{ some: "thing" }, "=%"]) {
    home.writeJson("directories.json", damaged);
    expect(await run()).toMatchObject({ result: "ok", figures: { files: 20 } });
  }
  writeFileSync(home.path("directories.json"), "{");
  expect(await run()).toMatchObject({ result: "ok", figures: { files: 20, unchangedFiles: 20 } });
}, 120_000);

test("R30: a run that only lacks to read a damaged page of the catalogue under a known directory makes a full", async () => {
  await using machine = await startMachine("kept-");
  const { top, tree, home, vault } = machine;
  mkdirSync(join(tree, "a"), { recursive: true });
  for (let file = 0; file < 20; file++) writeFileSync(join(tree, "a", `f${file}`), noise(file + 1, 3_000));
  const run = () => backUp(home, [{ kind: "path", path: tree }]);
  // What changed a moment before it was looked at is read again; from some run on all is taken over.
  while ((await run()).figures.unchangedFiles < 20);
  const page = await pageOf(home, join(tree, "a"));
  // The pages above it lie in a later file from now on.
  mkdirSync(join(tree, "b"));
  expect(await run()).toMatchObject({ kind: "vib", result: "ok" });
  vault.corrupt(page.fileId, page.offset);
  const next = await run();
  expect(next.kind).toBe("vbk");
  const to = join(top, "to");
  expect(await restoreTo(home, next.pointId, to)).toMatchObject({ result: "ok" });
  expect(readdirSync(join(to, tree, "a"))).toHaveLength(20);
}, 120_000);

/** Where the newest point has the first page of a directory. */
async function pageOf(home: AgentHome, path: string): Promise<{ readonly fileId: string; readonly offset: number }> {
  const client = vaultOf(home);
  const { chainId, pointId } = await findPoint(client, "latest");
  const storageKey = await unlockChain({ vault: client, chainId, password: async () => password });
  const signal = new AbortController().signal;
  using image = await openChain({ vault: client, chainId, storageKey, pointId, signal, pooled: true });
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  let content = reader.superblock.root;
  for (const name of path.split("/").filter(Boolean))
    for await (const entry of reader.entries(content))
      if (entry.type === "directory" && Buffer.from(entry.name).toString() === name) {
        content = entry.content;
        break;
      }
  const page = content.extents[0];
  const place = page?.kind === "chunk" ? image.placeOf(Math.floor(page.ref.address / blockSizeBytes)) : null;
  if (!place) throw new Error(`${path} has no page`);
  return { fileId: place.fileId, offset: place.block.offset + 100 };
}
