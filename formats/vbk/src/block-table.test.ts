import { expect, test } from "vitest";
import { BlockTable } from "./block-table.ts";
import type { BlockReceipt } from "./types.ts";

/** Different from its neighbours, and from the one a piece before or after it, in every field. */
function receiptOf(index: number): BlockReceipt {
  const bytes = (length: number, salt: number) => {
    const filled = new Uint8Array(length);
    new DataView(filled.buffer).setUint32(0, index * 8 + salt);
    return filled;
  };
  return {
    digest: bytes(16, 1),
    keySetId: bytes(16, 2),
    hmac: bytes(32, 3),
    sha256: bytes(32, 4),
    allocatedSize: (index + 1) * 4096,
    storedSize: index + 5,
    sourceSize: index + 6,
    compression: (index % 251) + 1,
  } as BlockReceipt;
}

test("a block is told as it was stored, on both sides of where one piece of the table ends and the next begins", () => {
  const table = new BlockTable();
  const count = 2 * 4096 + 1;
  for (let index = 0; index < count; index++) expect(table.add(receiptOf(index), index * 8192)).toBe(index);
  for (const used of [4095, 4096, 4096, 8192]) table.use(used);
  const uses = new Map([
    [4095, 1],
    [4096, 2],
    [8192, 1],
  ]);
  for (const index of [0, 1, 4094, 4095, 4096, 4097, 8191, 8192]) {
    const wanted = receiptOf(index);
    expect({
      digest: table.digest(index),
      keySetId: table.keySetId(index),
      hmac: table.hmac(index),
      sha256: table.sha256(index),
      allocatedSize: table.allocatedSize(index),
      storedSize: table.storedSize(index),
      sourceSize: table.sourceSize(index),
      compression: table.compression(index),
    }).toEqual(wanted);
    expect([table.offset(index), table.usage(index)]).toEqual([index * 8192, uses.get(index) ?? 0]);
  }
  expect(table.count).toBe(count);
});
