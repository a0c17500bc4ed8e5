import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMemoryVault } from "@casaforte/vault/memory";
import { expect, test } from "vitest";
import { enrol } from "../commands/enrol.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { backUp } from "../testing/in-process.ts";
import { noise } from "../testing/nasty-tree.ts";
import { AgentHome } from "./home.ts";

test("R30: what is known of a directory spares no file whose blocks are given up, and a run can do without it", async () => {
  const top = mkdtempSync(join(tmpdir(), "kept-"));
  await using vault = await startMemoryVault({ clock: systemClock, random: systemRandom });
  try {
    const home = new AgentHome(join(top, "home"));
    const token = vault.enrolmentToken(vault.addSpace());
    const { chainId } = await enrol(home, { vaultUrl: vault.baseUrl, token, name: "Bench", force: false }).then(() =>
      home.enrolment(),
    );
    const tree = join(top, "tree");
    mkdirSync(tree);
    for (let file = 0; file < 20; file++) writeFileSync(join(tree, `f${file}`), noise(file + 1, 50_000));
    utimesSync(tree, 1_000_000_000, 1_000_000_000);
    const run = () => backUp(home, [{ kind: "path", path: tree }]);
    // What changed a moment before the first is read once more by the second; the third finds all as it was.
    for (let count = 0; count < 3; count++) await run();
    expect(home.readJson("directories.json")).toMatch(/^[\w+/=]{88}$/);
    const fourth = await run();
    expect(fourth).toMatchObject({ result: "ok", figures: { unchangedFiles: 20, readBytes: 0 } });
    const blocks = Array.from({ length: 16 }, (_, index) => index + 1);
    home.writeJson("repack.json", { chainId, pointId: fourth.pointId, blocks });
    const fifth = await run();
    expect(fifth.sentBytes).toBeGreaterThan(1_000_000);
    for (const damaged of [{ some: "thing" }, "=%"]) {
      home.writeJson("directories.json", damaged);
      expect(await run()).toMatchObject({ result: "ok", figures: { files: 20 } });
    }
    writeFileSync(home.path("directories.json"), "{");
    expect(await run()).toMatchObject({ result: "ok", figures: { files: 20, unchangedFiles: 20 } });
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}, 120_000);
