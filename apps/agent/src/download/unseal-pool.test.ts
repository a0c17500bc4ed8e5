import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { UnsealPool } from "./unseal-pool.ts";

test("when a thread ends by itself, every job ends with it, and none is taken on any more", async () => {
  using pool = new UnsealPool(2);
  const terms = { chunkKey: randomBytes(32), asRoot: false };
  expect(await pool.files({ files: [], terms })).toEqual([]);
  const piece = { at: pool.blocks.memory.byteLength, lengthBytes: 1 };
  // No such place in the shared memory: nothing that damage could lead to, so the thread does not catch it.
  const chunk = { id: randomBytes(32), offsetBytes: 0, pieces: [piece] };
  const ended = await Promise.allSettled([0, 1, 2, 3].map(() => pool.chunk({ fd: null, chunk, terms })));
  expect(ended.map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
  await expect(pool.files({ files: [], terms })).rejects.toThrow();
  await expect(pool.files({ files: [], terms })).rejects.toThrow();
});
