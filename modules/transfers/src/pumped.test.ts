import type { Bytes } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { pumped } from "./pumped.ts";

test("who stops taking ends the work, and its end is nobody's unheard failure", async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => void unheard.push(reason);
  process.on("unhandledRejection", hear);
  try {
    let failure: unknown;
    const work = async (write: (bytes: Bytes) => Promise<void>) => {
      try {
        for (;;) await write(new Uint8Array(100_000));
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    const store = async () => {
      for await (const piece of pumped(work)) throw new Error(`no space for ${piece.length} bytes`);
    };
    await expect(store()).rejects.toThrow("no space for 100000 bytes");
    await new Promise((resolve) => setImmediate(resolve));
    expect(failure).toBeInstanceOf(Error);
    expect(unheard).toEqual([]);
  } finally {
    process.off("unhandledRejection", hear);
  }
});
