import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AgentHome } from "./home.ts";

test("what a full disk let be written of a file goes, and the file stays as it was", () => {
  const top = mkdtempSync(join(tmpdir(), "home-"));
  try {
    const home = new AgentHome(top);
    home.writeJson("some.json", "before");
    // Whatever is written there finds no room.
    symlinkSync("/dev/full", home.path("some.json.new"));
    expect(() => home.writeJson("some.json", "after")).toThrow(expect.objectContaining({ code: "agent.state_full" }));
    expect(existsSync(home.path("some.json.new"))).toBe(false);
    expect(home.readJson("some.json")).toBe("before");
    home.writeJson("some.json", "after");
    expect(home.readJson("some.json")).toBe("after");
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
});
