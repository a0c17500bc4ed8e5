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
  snapshots: null,
};
const snapshots = { btrfsMountPoints: ["/srv/with blank"] };

test.runIf(spawnSync("systemd-analyze", ["--version"]).status === 0)(
  "systemd finds nothing wrong with its unit",
  () => {
    const directory = mkdtempSync(join(tmpdir(), "unit-"));
    try {
      for (const more of [{}, { allowsCommands: true }, { snapshots }]) {
        const unit = join(directory, "casaforte-agent.service");
        writeFileSync(unit, serviceDefinition("systemd", { ...input, ...more }).text);
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

test("a service that may take snapshots has what LVM and btrfs need for them, and one that may not has none of it", () => {
  const lines = (more: object) => serviceDefinition("systemd", { ...input, ...more }).text.split("\n");
  const closed = lines({});
  const open = lines({ snapshots });
  expect(closed.filter((line) => !open.includes(line))).toEqual([
    "ReadWritePaths=/var/lib/100%%",
    "CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_FOWNER",
    "DeviceAllow=block-* r",
    "SystemCallFilter=@system-service",
  ]);
  expect(open.filter((line) => !closed.includes(line))).toEqual([
    'ReadWritePaths=/var/lib/100%% -/etc/lvm -/run/lvm -/run/lock/lvm "-/srv/with blank"',
    "CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_FOWNER CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_IPC_LOCK CAP_SYS_NICE",
    "DeviceAllow=block-* rw",
    "DeviceAllow=/dev/mapper/control rw",
    "SystemCallFilter=@system-service @mount",
  ]);
});
