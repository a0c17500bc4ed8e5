import { Failure } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { depth } from "../../../tests/support/depth.test-support.ts";
import { buildSample, MemorySource, sampleBlock } from "./build.test-support.ts";
import { pageBytes } from "./layout.ts";
import { openContainer } from "./open-container.ts";
import { resum } from "./resum.test-support.ts";

async function readAll(bytes: Uint8Array): Promise<void> {
  const container = await openContainer(new MemorySource(bytes));
  for (const index of container.changedBlocks()) await container.readBlock(index);
  await container.readSummary();
}

const interesting = [0, 1, 0x7f, 0xff, 0x80, 0x10];
const blocks = new Map([
  [0, sampleBlock("text", 1)],
  [3, sampleBlock("text", 2)],
]);
const parentRoot = new Uint8Array(32);
const samples = {
  full: buildSample({ blocks, imageBlocks: 5 }),
  increment: buildSample({ kind: "increment", blocks, imageBlocks: 5, parentRoot }),
};

test.each(Object.entries(samples))(
  "forged metadata of a plain %s is refused in words or read, never a crash",
  async (_, sample) => {
    const bankAt = Number(new DataView(sample.bytes.buffer).getBigUint64(0x1000 + 0x80, true));
    const untouched = sample.bytes.slice();
    resum(untouched);
    expect(untouched).toEqual(sample.bytes);
    const rounds = depth(100, 1_000);
    let refused = 0;
    for (let seed = 1; seed <= rounds; seed++) {
      const random = new SeededRandom(seed * 7919);
      const forged = sample.bytes.slice();
      for (let change = 0; change <= random.next() % 3; change++) {
        // The pages in use, and now and then a slot's fields: where pointers, counts and sizes are.
        const isSlot = random.next() % 8 === 0;
        const at = isSlot ? 0x1004 + (random.next() % 0x78) : bankAt + (random.next() % (14 * pageBytes));
        const value = interesting[random.next() % interesting.length] ?? 0;
        forged[at] = value;
        if (isSlot) forged[at + 0x80000] = value;
        else forged[at + (34 * pageBytes + 34 * pageBytes)] = value;
      }
      resum(forged);
      try {
        await readAll(forged);
      } catch (error) {
        expect(error, `seed ${seed}: ${(error as Error).stack}`).toBeInstanceOf(Failure);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(rounds / 25);
  },
);
