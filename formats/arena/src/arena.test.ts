import { createHash } from "node:crypto";
import { SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Content, emptyContent } from "./index.ts";
import { attributes, joinPieces, MemoryImage, type Node, readTree, writeTree } from "./testing/tree.ts";

const nameBytes = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x80 : byte)))
  .filter((bytes) => !(bytes[0] === 0x2e && bytes.length <= 2));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const nodeAttributes = fc.record({
  name: nameBytes,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  userId: fc.integer({ min: 0, max: 0xffff_ffff }),
  groupId: fc.integer({ min: 0, max: 0xffff_ffff }),
  userName: fc.string({ maxLength: 30 }),
  groupName: fc.string({ maxLength: 30 }),
  modifiedNs: int64,
  changedNs: int64,
  accessedNs: int64,
  xattrs: fc.array(
    fc.record({ name: fc.stringMatching(/^user\.[a-z]{1,20}$/), value: fc.uint8Array({ maxLength: 300 }) }),
    { maxLength: 4 },
  ),
});
const piece = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.integer({ min: 1, max: 2 ** 40 }));
const unique = (nodes: Node[]): Node[] => {
  const seen = new Map(nodes.map((node) => [Buffer.from(node.at.name).toString("hex"), node]));
  return [...seen.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, node]) => node);
};
const { tree } = fc.letrec<{ tree: Node[]; node: Node }>((tie) => ({
  tree: fc.array(tie("node"), { maxLength: 6 }).map(unique),
  node: fc.oneof(
    { maxDepth: 3 },
    fc.record({ at: nodeAttributes, kind: fc.constant("fifo" as const) }),
    fc.record({ at: nodeAttributes, kind: fc.constant("symlink" as const), target: nameBytes }),
    fc
      .record({ at: nodeAttributes, kind: fc.constant("file" as const), pieces: fc.array(piece, { maxLength: 5 }) })
      .map((file) => ({ ...file, pieces: joinPieces(file.pieces) })),
    fc.record({ at: nodeAttributes, kind: fc.constant("directory" as const), children: tie("tree") }),
  ),
}));

test("any tree reads back as it was written, and so does the next point after it", async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (first, second) => {
      const image = new MemoryImage();
      await writeTree({ image, nodes: first });
      const one = await readTree(image);
      expect(one.nodes).toEqual(first);
      await writeTree({ image, nodes: [...second], parent: one.reader });
      const two = await readTree(image);
      expect(two.nodes).toEqual(second);
      expect(two.reader.superblock.generation).toBe(2);
    }),
    { numRuns: 60 },
  );
});

const random = (seed: number, length: number) => new SeededRandom(seed).bytes(length);
const file = (name: string, pieces: (Uint8Array | number)[]): Node => ({ at: attributes(name), kind: "file", pieces });

/** Names and contents; megabytes as their hash, since comparing them byte by byte takes an assertion seconds. */
const summary = (nodes: readonly Node[]) =>
  nodes.map((node) => [
    Buffer.from(node.at.name).toString(),
    node.kind === "file" ? node.pieces.map((part) => (typeof part === "number" ? part : sha256(part))) : node.kind,
  ]);
const sha256 = (bytes: Uint8Array) => `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}`;

test("an unchanged tree costs nothing, a copy and a shifted file next to nothing", async () => {
  const image = new MemoryImage();
  const large = random(1, 12_000_000);
  const nodes = [file("large", [large]), file("small", [random(2, 5000)])];
  const first = await writeTree({ image, nodes });
  expect(first.newBytes).toBeGreaterThan(12_000_000);
  const { reader } = await readTree(image);
  const same = await writeTree({ image, nodes, parent: reader });
  expect(same.newBytes).toBe(0);
  const shifted = new Uint8Array(Buffer.concat([random(3, 100_003), large]));
  const copied = await writeTree({ image, nodes: [...nodes, file("shifted", [shifted])], parent: reader });
  expect(copied.newBytes).toBeLessThan(4_000_000);
  expect(summary((await readTree(image)).nodes)[1]).toEqual(summary([file("shifted", [shifted])])[0]);
});

test("a file of thousands of extents reads back through extent lists", async () => {
  const image = new MemoryImage();
  const pieces: (Uint8Array | number)[] = [];
  for (let index = 0; index < 3000; index++) pieces.push(Uint8Array.of(index, index >> 8), 4096 + index);
  const nodes = [file("sparse", pieces)];
  await writeTree({ image, nodes });
  const { reader, nodes: read } = await readTree(image);
  expect(read).toEqual(nodes);
  for await (const entry of reader.entries(reader.superblock.root)) {
    if (entry.type === "file") expect(entry.content.depth).toBeGreaterThan(0);
  }
});

test("written zeros cost nothing and do not become holes", async () => {
  const image = new MemoryImage();
  const nodes = [file("zeros", [new Uint8Array(10_000_000), 4096, Uint8Array.of(1)])];
  const { newBytes } = await writeTree({ image, nodes });
  expect(newBytes).toBeLessThan(1000);
  expect(summary((await readTree(image)).nodes)).toEqual(summary(nodes));
});

test("a new name in a directory of 20,000 changes few pages", async () => {
  const image = new MemoryImage();
  const nodes: Node[] = [];
  for (let index = 0; index < 20_000; index++) {
    nodes.push({ at: attributes(`entry-${String(index).padStart(6, "0")}`), kind: "fifo" });
  }
  const first = await writeTree({ image, nodes });
  const { reader } = await readTree(image);
  const more = await writeTree({
    image,
    nodes: [{ at: attributes("entry-000100x"), kind: "fifo" }, ...nodes],
    parent: reader,
  });
  expect(more.newBytes).toBeLessThan(first.newBytes / 8);
});

test("one damaged block costs the files in it and nothing else", async () => {
  const image = new MemoryImage();
  await writeTree({
    image,
    nodes: [file("a", [random(1, 900_000)]), file("b", [random(2, 900_000)]), file("c", [random(3, 900_000)])],
  });
  const { reader } = await readTree(image);
  const states: string[] = [];
  const contents: Content[] = [];
  for await (const entry of reader.entries(reader.superblock.root)) {
    contents.push(entry.type === "file" ? entry.content : emptyContent);
  }
  const last = contents[2]?.extents[0];
  const block = last?.kind === "chunk" ? Math.floor((last.ref.address + last.ref.lengthBytes - 1) / 0x10_0000) : 0;
  const bytes = image.blocks.get(block) ?? new Uint8Array(1);
  if (last?.kind === "chunk") {
    const at = (last.ref.address + last.ref.lengthBytes - 1) % 0x10_0000;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
  }
  for (const content of contents) {
    const extent = content.extents[0];
    if (extent?.kind !== "chunk") continue;
    states.push(
      await reader.chunk(extent.ref).then(
        () => "whole",
        (error) => error.code,
      ),
    );
  }
  expect(states).toEqual(["whole", "whole", "arena.corrupt"]);
});

test("the golden tree gives the golden image", async () => {
  const image = new MemoryImage();
  const nodes: Node[] = [
    file("data", [random(9, 3_000_000), 1_000_000, Uint8Array.of(1)]),
    {
      at: attributes("dir"),
      kind: "directory",
      children: [{ at: attributes("link"), kind: "symlink", target: Uint8Array.of(0xff) }],
    },
    file("empty", []),
  ];
  await writeTree({ image, nodes });
  const digest = createHash("sha256");
  for (const index of [...image.blocks.keys()].sort((a, b) => a - b)) {
    digest.update(`${index}:`).update(image.blocks.get(index) ?? "");
  }
  expect(digest.digest("hex")).toBe("3d1ec684b5964b20abd63e25b702125630de11ceaad4a2fc8cd732634f601ac1");
});
