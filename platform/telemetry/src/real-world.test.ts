import { expect, test } from "vitest";
import { systemRandom } from "./real-world.ts";

test("what is drawn is never drawn again and belongs to whoever drew it", () => {
  const seen = new Set<string>();
  const kept: Uint8Array[] = [];
  for (let turn = 0; turn < 5_000; turn++) {
    const bytes = systemRandom.bytes(turn % 3 === 0 ? 16 : 32);
    seen.add(Buffer.from(bytes).toString("hex"));
    expect(bytes.byteLength).toBe(bytes.buffer.byteLength);
    kept.push(bytes.slice());
    // An id is made in the bytes themselves.
    bytes.fill(0xff);
  }
  expect(seen.size).toBe(5_000);
  expect(new Set(kept.map((bytes) => Buffer.from(bytes.subarray(0, 8)).toString("hex"))).size).toBe(5_000);
  expect(systemRandom.bytes(65_536)).toHaveLength(65_536);
  expect(systemRandom.bytes(0)).toHaveLength(0);
});
