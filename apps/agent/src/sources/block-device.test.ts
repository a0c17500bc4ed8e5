import { spawnSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startMachine } from "../testing/enrolled-machine.ts";
import { backUp, restoreTo } from "../testing/in-process.ts";
import { noise } from "../testing/nasty-tree.ts";

test("of a block device only what changed is sent by the second run, and each point restores it as it was then", async (context) => {
  await using machine = await startMachine("block-device-");
  const { top, home } = machine;
  const image = join(top, "image");
  const before = Buffer.concat([noise(1, 24 << 20), Buffer.alloc(16 << 20)]);
  writeFileSync(image, before);
  const looped = spawnSync("losetup", ["--find", "--show", image], { encoding: "utf8" });
  const device = looped.stdout.trim();
  try {
    if (looped.status !== 0) return context.skip();
    const sources = [{ kind: "path", path: device }] as const;
    const first = await backUp(home, sources);
    expect(first).toMatchObject({ result: "ok", kind: "vbk", figures: { logicalBytes: before.length } });
    const fd = openSync(device, "r+");
    writeSync(fd, noise(2, 1_000_000), 0, 1_000_000, 10_000_001);
    fsyncSync(fd);
    closeSync(fd);
    const after = Buffer.from(before);
    noise(2, 1_000_000).copy(after, 10_000_001);
    const second = await backUp(home, sources);
    expect(second).toMatchObject({ result: "ok", kind: "vib", figures: { logicalBytes: before.length } });
    expect(first.sentBytes).toBeGreaterThan(24 << 20);
    expect(second.sentBytes).toBeLessThan(8_000_000);
    for (const [point, bytes] of [
      [first, before],
      [second, after],
    ] as const) {
      const to = join(top, point.kind);
      await restoreTo(home, point.pointId, to);
      expect(readFileSync(join(to, device)).equals(bytes)).toBe(true);
    }
  } finally {
    if (looped.status === 0) spawnSync("losetup", ["--detach", device]);
  }
}, 120_000);
