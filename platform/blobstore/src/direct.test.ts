import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId, type TenantId } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alignedRoom, alignUp, canGoDirect, directAlignBytes } from "./direct.ts";
import { type BlobStore, openDirectoryBlobStore, openTenantKeys } from "./index.ts";
import { segmentBytes, storedSegmentBytes, tagBytes } from "./segments.ts";

const clock = new FakeClock();
const random = new SeededRandom(31);
const tenant = newId<TenantId>(clock, random);
const headerBytes = 77;
let directory: string;
let store: BlobStore;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cf-direct-"));
  const keys = await openTenantKeys(join(directory, "keys"), [{ id: 1, key: random.bytes(32) }], random);
  store = await openDirectoryBlobStore({ directory: join(directory, "blobs"), keys, clock, random });
});
afterAll(() => rm(directory, { recursive: true }));

async function* inPieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + (random.next() % 300_000);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

/** The only file of the store, its temporary ones included. */
async function fileOf(): Promise<string> {
  const found = await readdir(join(directory, "blobs"), { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files).toHaveLength(1);
  return files[0] ?? "";
}

const group = 16 * segmentBytes;
/** A file that ends just where a disk's block does. */
const blockEnd = directAlignBytes * 17 - headerBytes - 2 * tagBytes;

test.each([
  0,
  1,
  4096,
  segmentBytes,
  segmentBytes + 1,
  blockEnd - 1,
  blockEnd,
  blockEnd + 1,
  group,
  group + 1,
  3 * group + 12_345,
])("%d cold bytes lie in their file as any others, and are read back by ranges past the page cache", async (size) => {
  const bytes = random.bytes(size);
  const blob = await store.put(tenant, inPieces(bytes), { cold: true });
  expect(blob.size).toBe(BigInt(size));
  const segments = Math.max(1, Math.ceil(size / segmentBytes));
  expect((await stat(await fileOf())).size).toBe(headerBytes + size + segments * tagBytes);
  expect((await whole(store.read(tenant, blob.id))).equals(bytes)).toBe(true);
  for (const [offset, length] of [
    [0, 4 * group],
    [1, group],
    [segmentBytes - 1, 2 * group],
    [group + 7, group],
    [Math.max(0, size - 5), group],
    [size, group],
  ] as const) {
    const read = store.read(tenant, blob.id, { offset, length }, { passing: true });
    expect((await whole(read)).equals(bytes.subarray(offset, offset + length))).toBe(true);
  }
  await store.delete(tenant, blob.id);
});

test("bytes that changed on the disk are refused when they are read past the page cache, and so is a cut end", async () => {
  const size = 2 * group + 999;
  const blob = await store.put(tenant, inPieces(random.bytes(size)), { cold: true });
  const path = await fileOf();
  const stored = await readFile(path);
  const readAll = () => whole(store.read(tenant, blob.id, { offset: 0, length: 4 * group }, { passing: true }));
  for (const at of [2, 40, headerBytes + 5, headerBytes + 20 * storedSegmentBytes + 1, stored.length - 1]) {
    const changed = Buffer.from(stored);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(path, changed);
    await expect(readAll()).rejects.toMatchObject({ kind: "corrupt" });
  }
  for (const length of [stored.length - 1, stored.length - storedSegmentBytes, headerBytes - 1]) {
    await writeFile(path, stored.subarray(0, length));
    await expect(readAll()).rejects.toMatchObject({ kind: "corrupt" });
  }
  await writeFile(path, stored);
  expect(await readAll()).toHaveLength(size);
  await store.delete(tenant, blob.id);
});

test("rooms begin where a disk may write to, and a directory that takes no such files is told", async () => {
  for (const bytes of [1, 4096, 100_000, 5_000_000]) {
    const room = alignedRoom(bytes);
    expect(room).toHaveLength(bytes);
    expect(alignUp(bytes) % directAlignBytes).toBe(0);
  }
  expect(await canGoDirect("/proc/self")).toBe(false);
  expect(await canGoDirect(join(directory, "absent"))).toBe(false);
  const left = await readdir(directory);
  await canGoDirect(directory);
  expect(await readdir(directory)).toEqual(left);
});
