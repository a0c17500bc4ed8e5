import { expect } from "vitest";

/** Bytes of one kind are compared at once: one element after the other, as any list, a megabyte takes a quarter of a second. */
function areBytesEqual(one: unknown, other: unknown): boolean | undefined {
  if (!(one instanceof Uint8Array && other instanceof Uint8Array)) return undefined;
  return one.constructor === other.constructor ? Buffer.compare(one, other) === 0 : undefined;
}

expect.addEqualityTesters([areBytesEqual]);
