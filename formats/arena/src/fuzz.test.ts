import { Failure } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { depth } from "../../../tests/support/depth.test-support.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readEntry, writeEntry } from "./entry-codec.ts";
import { blockSizeBytes, decodeSuperblock } from "./index.ts";
import { decodeSegment } from "./index-segment.ts";
import { encodeSuperblock } from "./superblock.ts";
import { attributes, hash, MemoryImage, readTree, writeTree } from "./testing/tree.ts";

/** The reader's only answers to hostile bytes: a value, or a Failure `corrupt`. */
async function failsCleanly(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ kind: "corrupt", code: "arena.corrupt" });
  }
}

test("random bytes never do worse than a corrupt failure", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
      await failsCleanly(() => readEntry(new ByteReader(bytes)));
      await failsCleanly(() => decodeSegment(bytes));
      const block = new Uint8Array(blockSizeBytes);
      block.set(bytes);
      await failsCleanly(() => decodeSuperblock(block, hash));
    }),
    { numRuns: depth(150, 5_000) },
  );
});

test("an entry with any byte changed is another entry or a corrupt failure", async () => {
  const writer = new ByteWriter();
  const extent = {
    kind: "chunk",
    ref: { id: new Uint8Array(32), address: 0x10_0000, lengthBytes: 9 },
    lengthBytes: 9,
  } as const;
  writeEntry(writer, {
    ...attributes("name"),
    xattrs: [{ name: "user.a", value: Uint8Array.of(1, 2) }],
    type: "file",
    linkGroup: { device: 1n, inode: 2n },
    content: { sizeBytes: 9, depth: 0, extents: [extent] },
  });
  const bytes = writer.take();
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 1, 0x2f, 0x7f, 0x80, 0xff]) {
      const changed = Uint8Array.from(bytes);
      changed[at] = value;
      await failsCleanly(() => readEntry(new ByteReader(changed)));
    }
    await failsCleanly(() => readEntry(new ByteReader(bytes.subarray(0, at))));
  }
});

test("a hostile image with a true superblock hash is refused wherever it is wrong", async () => {
  const random = new SeededRandom(42);
  const image = new MemoryImage();
  const { superblock } = await writeTree({
    image,
    nodes: [
      {
        at: attributes("d"),
        kind: "directory",
        children: [{ at: attributes("f"), kind: "file", pieces: [random.bytes(50)] }],
      },
    ],
  });
  const whole = [...image.blocks].filter(([key]) => key !== 0);
  for (let round = 0; round < 300; round++) {
    // Block 1 is the data's or the catalogue's: whatever is hit, some hash must notice.
    const [index, bytes] = whole[round % 2] ?? [1, new Uint8Array(1)];
    const block = bytes.slice();
    const at = random.next() % 400;
    block[at] = (block[at] ?? 0) ^ (1 + (random.next() % 255));
    image.blocks.set(index, block);
    image.blocks.set(0, encodeSuperblock({ ...superblock, blocks: 1 + (random.next() % 80) }, hash));
    await failsCleanly(async () => {
      const { reader } = await readTree(image);
      for await (const segment of reader.segments()) expect(segment.records.length).toBeLessThan(100);
    });
    image.blocks.set(index, bytes);
  }
});

test("names that would leave the target directory are refused", () => {
  for (const name of ["..", ".", "a/b", "/", "a\0b"]) {
    const writer = new ByteWriter();
    writer.u8(3);
    writer.sized(new TextEncoder().encode(name));
    expect(() => readEntry(new ByteReader(writer.take()))).toThrow("forbidden entry name");
  }
});
