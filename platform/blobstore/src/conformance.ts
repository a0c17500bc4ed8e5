import { type Bytes, concatBytes, newId, type TenantId } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import type { BlobStore } from "./port.ts";
import { sha256 } from "./sha256.ts";

async function collect(source: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  for await (const part of source) parts.push(part);
  return concatBytes(parts);
}

/** What every blob store promises; each adapter runs it. */
export function blobStoreConformance(name: string, open: () => Promise<BlobStore>): void {
  const clock = new FakeClock();
  const random = new SeededRandom(11);
  const tenant = newId<TenantId>(clock, random);
  const other = newId<TenantId>(clock, random);

  describe(`${name} as a blob store`, () => {
    test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 2_500_003])(
      "gives back %i bytes as a whole and by ranges",
      async (size) => {
        const store = await open();
        const bytes = random.bytes(size);
        const stored = await store.put(tenant, bytes);
        expect(stored.size).toBe(BigInt(size));
        expect(Buffer.from(stored.sha256).equals(sha256(bytes))).toBe(true);
        expect(Buffer.from(await store.readAll(tenant, stored.id)).equals(bytes)).toBe(true);
        for (const [offset, length] of [
          [0, 1],
          [0, size],
          [Math.max(0, size - 10), 100],
          [65_530, 12],
          [65_536, 65_536],
          [size, 5],
          [size + 9, 5],
        ] as const) {
          const range = await collect(store.read(tenant, stored.id, { offset, length }));
          expect(Buffer.from(range).equals(bytes.subarray(offset, offset + length))).toBe(true);
        }
      },
    );

    test.each([20_000, 300_000])(
      "takes a stream of %i bytes in odd pieces, each gone when the next comes",
      async (size) => {
        const store = await open();
        const bytes = random.bytes(size);
        const pieces = (async function* () {
          for (let at = 0; at < bytes.length; at += 7_777) {
            const piece = Buffer.from(bytes.subarray(at, at + 7_777));
            yield piece;
            piece.fill(0);
          }
        })();
        const stored = await store.put(tenant, pieces);
        expect(Buffer.from(await store.readAll(tenant, stored.id)).equals(bytes)).toBe(true);
      },
    );

    test("shows a tenant nothing of another's", async () => {
      const store = await open();
      const stored = await store.put(tenant, random.bytes(10));
      await expect(store.readAll(other, stored.id)).rejects.toMatchObject({ kind: "not_found", code: "blob.missing" });
      const listed: string[] = [];
      for await (const blob of store.list(other)) listed.push(blob.id);
      expect(listed).toEqual([]);
    });

    test("a source that fails leaves nothing behind", async () => {
      const store = await open();
      const failing = (async function* () {
        yield random.bytes(100_000);
        throw new Error("line cut");
      })();
      await expect(store.put(tenant, failing)).rejects.toThrow("line cut");
      const listed: string[] = [];
      for await (const blob of store.list(tenant)) listed.push(blob.id);
      expect(listed).toEqual([]);
    });

    test("an aborted put leaves nothing behind", async () => {
      const store = await open();
      await expect(
        store.put(tenant, random.bytes(10), { signal: AbortSignal.abort(new Error("stop")) }),
      ).rejects.toThrow("stop");
    });

    test("R61: erasing a tenant leaves nothing of it, everything of others, and room to begin anew", async () => {
      const store = await open();
      const [small, large] = [
        await store.put(tenant, random.bytes(10)),
        await store.put(tenant, random.bytes(200_000)),
      ];
      const kept = await store.put(other, random.bytes(10));
      await store.readAll(tenant, small.id);
      await store.erase(tenant);
      await store.erase(tenant);
      for (const { id } of [small, large])
        await expect(store.readAll(tenant, id)).rejects.toMatchObject({ code: "blob.missing" });
      const listed: string[] = [];
      for await (const blob of store.list(tenant)) listed.push(blob.id);
      expect(listed).toEqual([]);
      expect(await store.readAll(other, kept.id)).toHaveLength(10);
      const again = await store.put(tenant, random.bytes(70_000));
      expect(await store.readAll(tenant, again.id)).toHaveLength(70_000);
    });

    test("deleting twice is fine", async () => {
      const store = await open();
      const stored = await store.put(tenant, random.bytes(10));
      await store.delete(tenant, stored.id);
      await store.delete(tenant, stored.id);
      await expect(store.readAll(tenant, stored.id)).rejects.toMatchObject({ code: "blob.missing" });
    });
  });
}
