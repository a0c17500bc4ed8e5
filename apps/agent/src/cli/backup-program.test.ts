import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMemoryVault } from "@casaforte/vault/memory";
import { expect, test } from "vitest";
import { systemClock, systemRandom } from "../outside.ts";
import { runAgent } from "../testing/agent-process.ts";

test("backup --exclude leaves out a path as it was named though a link leads to it, and as it is", async () => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "backup-program-")));
  await using vault = await startMemoryVault({ clock: systemClock, random: systemRandom });
  try {
    const agent = (...args: readonly string[]) =>
      runAgent(args, { home: join(top, "home"), password: "correct horse battery" });
    mkdirSync(join(top, "disk"));
    for (const name of ["keep", "secret", "other"]) writeFileSync(join(top, "disk", name), name);
    symlinkSync(join(top, "disk"), join(top, "data"));
    const token = vault.enrolmentToken(vault.addSpace());
    expect((await agent("enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Shop")).code).toBe(0);
    const exclude = [join(top, "data", "secret"), join(top, "disk", "other")].flatMap((path) => ["--exclude", path]);
    const saved = await agent("backup", join(top, "data"), ...exclude, "--json");
    expect(JSON.parse(saved.stdout)).toMatchObject({ result: "ok", figures: { files: 1, excluded: 2 } });
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}, 120_000);
