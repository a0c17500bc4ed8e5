import { expect, test } from "vitest";

test("bytes that are compared at once are equal or not as any list would be", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
  expect({ bytes }).toEqual({ bytes: new Uint8Array([1, 2, 3]) });
  expect({ bytes }).not.toEqual({ bytes: new Uint8Array([1, 2, 4]) });
  expect(bytes).not.toEqual(new Uint8Array([1, 2]));
  expect(bytes).not.toEqual([1, 2, 3]);
  expect(Buffer.from(bytes)).not.toEqual(bytes);
  expect({ bytes }).toEqual({ bytes: expect.any(Uint8Array) });
});
