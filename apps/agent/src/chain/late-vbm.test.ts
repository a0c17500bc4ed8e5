import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMemoryVault } from "@casaforte/vault/memory";
import { expect, test } from "vitest";
import { enrol } from "../commands/enrol.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { AgentHome } from "../state/home.ts";
import { backUp } from "../testing/in-process.ts";

test("a run whose early look at the chain's metadata fails looks again after its commit, and succeeds", async () => {
  const top = mkdtempSync(join(tmpdir(), "late-vbm-"));
  let opened = false;
  let refused = 0;
  const fate = ({ method, path }: { method: string; path: string }) => {
    if (method === "POST" && path.endsWith("/uploads")) opened = true;
    if (!opened || refused > 0 || method !== "GET" || !path.endsWith("/vbm")) return "pass" as const;
    refused += 1;
    return { status: 400 } as const;
  };
  const vault = await startMemoryVault({ clock: systemClock, random: systemRandom, fate });
  try {
    const home = new AgentHome(join(top, "home"));
    const token = vault.enrolmentToken(vault.addSpace());
    await enrol(home, { vaultUrl: vault.baseUrl, token, name: "Bench", force: false });
    const path = join(top, "tree");
    mkdirSync(path);
    writeFileSync(join(path, "file"), "new");
    expect((await backUp(home, [{ kind: "path", path }])).figures.files).toBe(1);
    expect(refused).toBe(1);
  } finally {
    await vault.close();
    rmSync(top, { recursive: true, force: true });
  }
});
