import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { ChunkTable } from "./chunk-table.ts";

test("of very many chunks each is found where it was put first, also beyond 4 GiB, and no other is", () => {
  const random = new SeededRandom(1);
  const table = new ChunkTable();
  const refs = Array.from({ length: 20_000 }, (_, index) => ({
    id: random.bytes(32),
    address: index * 400_000_000_001,
    lengthBytes: 1 + index * 209,
  }));
  for (const ref of refs) {
    expect(table.find(ref.id)).toBeUndefined();
    table.add(ref);
    table.add({ ...ref, address: 7 });
  }
  expect(table.count).toBe(refs.length);
  for (const ref of refs) expect(table.find(ref.id)).toEqual(ref);
  for (let count = 0; count < 1_000; count++) expect(table.find(random.bytes(32))).toBeUndefined();
});
