import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serviceDefinition } from "./service-definition.ts";

const input = {
  command: [process.execPath, "/opt/my agent/agent.mjs", "run"],
  home: "/var/lib/100%",
  allowsCommands: false,
};

test.runIf(spawnSync("systemd-analyze", ["--version"]).status === 0)(
  "systemd finds nothing wrong with its unit",
  () => {
    const directory = mkdtempSync(join(tmpdir(), "unit-"));
    try {
      for (const allowsCommands of [false, true]) {
        const unit = join(directory, "casaforte-agent.service");
        writeFileSync(unit, serviceDefinition("systemd", { ...input, allowsCommands }).text);
        const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], {
          encoding: "utf8",
        });
        const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("casaforte"));
        expect({ status, ours }).toEqual({ status: 0, ours: [] });
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

test("the service may write only its own state, until policies may run commands", () => {
  const closed = serviceDefinition("systemd", input).text;
  expect(closed).toContain("ProtectSystem=strict");
  expect(closed).toContain("ReadWritePaths=/var/lib/100%%");
  expect(closed).toContain('"/opt/my agent/agent.mjs" run');
  expect(serviceDefinition("systemd", { ...input, allowsCommands: true }).text).not.toContain("ProtectSystem");
});
