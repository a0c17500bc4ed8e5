import { equalBytes, Failure } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import { buildSample, MemorySource, sampleBlock } from "./build.test-support.ts";
import { headBytes, pageBytes } from "./layout.ts";
import { openContainer } from "./open-container.ts";
import { createUnsealer, StorageKey } from "./seal/index.ts";
import { verifyContainer } from "./verify-container.ts";

const seed = 20_261_122;
const storageKey = StorageKey.generate(new SeededRandom(seed));
const plainBlock = sampleBlock("text", 1);
const blocks = new Map([[2, plainBlock]]);

/**
 * Of each third byte that means something outside the blocks, and of some hundred places in the rest, every second one: the
 * two forms of a file take turns, since both lie in it alike.
 */
function placesToFlip(bytes: Uint8Array, turn: number): readonly number[] {
  const random = new SeededRandom(seed);
  const places: number[] = [];
  for (let at = 0; at < 0x140; at += 3) places.push(at);
  for (const slot of [0x1000, 0x81000]) for (let at = 0; at < 0xac; at += 3) places.push(slot + at);
  for (let at = 0; at < 16; at++) places.push(headBytes + at);
  for (let at = 0; at < pageBytes; at += at < 0x80 || at > 0xfd0 ? 3 : 97) places.push(bytes.length - pageBytes + at);
  for (let at = 0; at < 500; at += 7) places.push(bytes.length - 2 * pageBytes + at);
  for (let count = 0; count < 120; count++) places.push(headBytes + (random.next() % (bytes.length - headBytes)));
  for (let count = 0; count < 20; count++) places.push(random.next() % headBytes);
  return places.filter((_, index) => index % 2 === turn);
}

const isCorrupt = (error: unknown): error is Failure => error instanceof Failure && error.kind === "corrupt";

async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "accepted",
    (error: unknown) => (isCorrupt(error) ? error.code : `other: ${error}`),
  );
}

describe.each([
  { form: "sealed", options: { unsealer: createUnsealer(storageKey) }, key: { storageKey }, turn: 0 },
  { form: "plain", options: {}, key: {}, turn: 1 },
])("in a $form file", ({ options, key, turn }) => {
  const { bytes } = buildSample({ blocks, imageBlocks: 4, ...key });

  test("every flipped bit is found by verification", async () => {
    const codes = new Set<string>();
    for (const at of placesToFlip(bytes, turn)) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const code = await outcome(verifyContainer(new MemorySource(changed), options));
      expect(code, `flip at ${at.toString(16)}, seed ${seed}`).toMatch(/^(vbk|seal)\./);
      codes.add(code);
    }
    expect(codes.size).toBeGreaterThan(6);
  });

  test("a flipped bit never changes what is read: refusal, or the right bytes from the other copy", async () => {
    for (const at of placesToFlip(bytes, turn)) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (0x80 >> (at % 8));
      try {
        const container = await openContainer(new MemorySource(changed), options);
        const read = await container.readBlock(2);
        expect(read !== null && equalBytes(read, plainBlock), `flip at ${at.toString(16)}`).toBe(true);
      } catch (error) {
        if (!isCorrupt(error)) throw error;
      }
    }
  });

  test("a torn slot or a lost bank copy is healed and told", async () => {
    const torn = bytes.slice();
    torn.fill(0, 0x1000, 0x2000);
    const healed = await openContainer(new MemorySource(torn), options);
    expect(healed.warnings).toContain("vbk.slot_crc");
    expect(equalBytes((await healed.readBlock(2)) ?? new Uint8Array(0), plainBlock)).toBe(true);
  });

  test("a file cut short anywhere is refused", async () => {
    for (const length of [0, 1, 4096, headBytes, headBytes + 4096, bytes.length - 4096, bytes.length - 1]) {
      const code = await outcome(openContainer(new MemorySource(bytes.slice(0, length)), options));
      expect(code).toMatch(/^vbk\.(truncated|trailer)$/);
    }
  });
});

test("a sealed file needs its own key, and a plain one in its place is refused", async () => {
  const sealed = buildSample({ blocks, imageBlocks: 4, storageKey });
  const plain = buildSample({ blocks, imageBlocks: 4 });
  const other = createUnsealer(StorageKey.generate(new SeededRandom(99)));
  await expect(openContainer(new MemorySource(sealed.bytes))).rejects.toMatchObject({ code: "vbk.sealed" });
  const wrongKey = openContainer(new MemorySource(sealed.bytes), { unsealer: other });
  await expect(wrongKey).rejects.toMatchObject({ kind: "unauthenticated", code: "seal.wrong_key" });
  const unsealed = openContainer(new MemorySource(plain.bytes), { unsealer: createUnsealer(storageKey) });
  await expect(unsealed).rejects.toMatchObject({ kind: "corrupt", code: "vbk.not_sealed" });
});

test("a sealed file shows neither content nor names nor digests", () => {
  const { bytes } = buildSample({ blocks, imageBlocks: 4, storageKey });
  const text = Buffer.from(bytes);
  expect(text.includes("OibSummary")).toBe(false);
  expect(text.includes("disk0")).toBe(false);
  expect(text.includes(Buffer.from(plainBlock.subarray(0, 64)))).toBe(false);
});

test("a file is opened by 8 KiB of its head, and by all of it when its first slot is damaged", async () => {
  const { bytes } = buildSample({ blocks, imageBlocks: 4, storageKey });
  const options = { unsealer: createUnsealer(storageKey) };
  const lengths: number[] = [];
  const openCounted = async (content: Uint8Array) => {
    lengths.length = 0;
    const source = new MemorySource(content);
    const read = (offset: number, length: number) => {
      if (offset < headBytes) lengths.push(length);
      return source.read(offset, length);
    };
    return openContainer({ size: source.size, read }, options);
  };
  expect((await openCounted(bytes)).warnings).toEqual([]);
  expect(lengths).toEqual([2 * pageBytes]);
  const changed = bytes.slice();
  changed[pageBytes + 0x10] = (changed[pageBytes + 0x10] ?? 0) ^ 1;
  const healed = await openCounted(changed);
  expect(healed.warnings).toContain("vbk.slot_crc");
  expect(equalBytes((await healed.readBlock(2)) ?? new Uint8Array(0), plainBlock)).toBe(true);
  expect(lengths).toEqual([2 * pageBytes, headBytes]);
});
