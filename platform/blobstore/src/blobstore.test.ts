import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, statfs, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobId, newId, type TenantId } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, describe, expect, test } from "vitest";
import { blobStoreConformance } from "./conformance.ts";
import { type BlobStore, cachedBlobStore, memoryBlobStore, openDirectoryBlobStore, openTenantKeys } from "./index.ts";
import { rewriteSparse } from "./pack-walk.ts";

const clock = new FakeClock();
const random = new SeededRandom(3);
const directories: string[] = [];
const master = { id: 1, key: random.bytes(32) };
const tenant = newId<TenantId>(clock, random);

async function openDirectory() {
  const directory = await mkdtemp(join(tmpdir(), "cf-blobs-"));
  directories.push(directory);
  const keys = await openTenantKeys(join(directory, "keys"), [master], random);
  return {
    directory,
    keys,
    store: await openDirectoryBlobStore({ directory: join(directory, "blobs"), keys, clock, random }),
  };
}
const cacheOptions = { clock, bytesMax: 1_000_000, blobBytesMax: 100_000, ageMsMax: 60_000 };

async function openPacks(at?: string) {
  const directory = at ?? (await mkdtemp(join(tmpdir(), "cf-packs-")));
  if (!at) directories.push(directory);
  const keys = await openTenantKeys(join(directory, "keys"), [master], random);
  const place = { directory: join(directory, "blobs"), keys, clock, random, packs: true };
  return { directory, keys, store: await openDirectoryBlobStore(place) };
}
afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true }))));

blobStoreConformance("memory", async () => memoryBlobStore(clock, random));
blobStoreConformance("directory", async () => (await openDirectory()).store);
blobStoreConformance("directory with packs", async () => (await openPacks()).store);
blobStoreConformance("cached directory with packs", async () =>
  cachedBlobStore((await openPacks()).store, cacheOptions),
);

async function onlyBlobFile(directory: string): Promise<string> {
  const found = (await readdir(join(directory, "blobs"), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  expect(found).toHaveLength(1);
  return join(found[0]?.parentPath ?? "", found[0]?.name ?? "");
}

test.each([
  ["directory", openDirectory],
  ["directory with packs", openPacks],
])(
  "%s: a put that fails before anything is written leaves what it reads from closed, where it was begun before too",
  async (_name, open) => {
    const { keys, store } = await open();
    let isOpen = false;
    async function* source() {
      isOpen = true;
      try {
        for (let piece = 0; piece < 100; piece++) yield new Uint8Array(65_536);
      } finally {
        isOpen = false;
      }
    }
    const begun = async () => {
      const pieces = source();
      await pieces.next();
      return pieces;
    };
    const signal = AbortSignal.abort(new Error("given up"));
    await expect(store.put(tenant, await begun(), { signal })).rejects.toThrow("given up");
    expect(isOpen).toBe(false);
    await store.put(tenant, random.bytes(10));
    await keys.destroy(tenant);
    await expect(store.put(tenant, await begun())).rejects.toMatchObject({ code: "blob.key_destroyed" });
    expect(isOpen).toBe(false);
  },
);

test("R61: a store that is away says so when it is listed, and does not say that nothing is there", async () => {
  const { directory, store } = await openDirectory();
  const first = () => store.list(tenant)[Symbol.asyncIterator]().next();
  expect(await first()).toMatchObject({ done: true });
  await rm(join(directory, "blobs"), { recursive: true });
  await expect(first()).rejects.toMatchObject({ kind: "unavailable", code: "blob.io" });
});

test("pieces that need not stay are read into rooms that nobody else has meanwhile, not even when a reader leaves", async () => {
  const { store } = await openDirectory();
  const contents = [1, 2].map((seed) => Buffer.from(new SeededRandom(seed).bytes(2_500_000)));
  const blobs = await Promise.all(contents.map((content) => store.put(tenant, content)));
  const read = (at: number) => store.read(tenant, blobs[at]?.id as BlobId, undefined, { passing: true });
  const [one, other] = [read(0)[Symbol.asyncIterator](), read(1)[Symbol.asyncIterator]()];
  const first = await one.next();
  let length = 0;
  for (let next = await other.next(); !next.done; next = await other.next()) {
    expect(contents[1]?.subarray(length, length + next.value.length).equals(next.value)).toBe(true);
    length += next.value.length;
  }
  expect(length).toBe(2_500_000);
  await one.return?.();
  // A socket may still be sending from it.
  for await (const _ of read(1)) void _;
  expect(contents[0]?.subarray(0, first.value.length).equals(first.value)).toBe(true);
});

describe("encryption at rest", () => {
  test("the file on disk holds nothing of the plain bytes", async () => {
    const { directory, store } = await openDirectory();
    await store.put(tenant, Buffer.from("a secret that must not be readable".repeat(100)));
    expect((await readFile(await onlyBlobFile(directory))).includes("secret")).toBe(false);
  });

  test("any flipped byte, a cut tail and an appended tail are refused", async () => {
    const { directory, store } = await openDirectory();
    const { id } = await store.put(tenant, random.bytes(70_000));
    const file = await onlyBlobFile(directory);
    const good = await readFile(file);
    for (const at of [0, 5, 13, 40, 80, 1_000, 65_600, 66_000, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await writeFile(file, bad);
      await expect(store.readAll(tenant, id), `byte ${at}`).rejects.toMatchObject({ kind: "corrupt" });
    }
    for (const bad of [
      good.subarray(0, good.length - 1),
      good.subarray(0, 65_536 + 16 + 77),
      Buffer.concat([good, good.subarray(77)]),
    ]) {
      await writeFile(file, bad);
      await expect(store.readAll(tenant, id)).rejects.toMatchObject({ kind: "corrupt" });
    }
  });

  test("destroying a tenant's key makes its blobs unreadable, for good: no new key comes in its place", async () => {
    const { keys, store } = await openDirectory();
    const { id } = await store.put(tenant, random.bytes(10));
    await keys.destroy(tenant);
    await expect(store.readAll(tenant, id)).rejects.toMatchObject({ code: "blob.key_destroyed" });
    await expect(store.put(tenant, random.bytes(10))).rejects.toMatchObject({ code: "blob.key_destroyed" });
  });

  test("rotation re-wraps tenant keys under the newest master and old blobs stay readable", async () => {
    const { directory, store } = await openDirectory();
    const { id } = await store.put(tenant, Buffer.from("kept"));
    const newer = { id: 2, key: random.bytes(32) };
    const both = await openTenantKeys(join(directory, "keys"), [newer, master], random);
    expect(await both.rewrap()).toBe(1);
    expect(await both.rewrap()).toBe(0);
    const onlyNewer = await openTenantKeys(join(directory, "keys"), [newer], random);
    const reopened = await openDirectoryBlobStore({
      directory: join(directory, "blobs"),
      keys: onlyNewer,
      clock,
      random,
    });
    expect(Buffer.from(await reopened.readAll(tenant, id)).toString()).toBe("kept");
  });

  test("two processes that need a tenant's first key agree on it", async () => {
    const { directory, keys } = await openDirectory();
    const second = await openTenantKeys(join(directory, "keys"), [master], random);
    const [a, b] = await Promise.all([keys.keyOf(tenant), second.keyOf(tenant)]);
    expect(Buffer.from(a).equals(b)).toBe(true);
  });
});

async function idsOf(store: BlobStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.list(tenant)) ids.push(id);
  return ids;
}

describe("small blobs in packs", () => {
  test("many at once share one file, and each is read back, listed and deleted alone", async () => {
    const { directory, store } = await openPacks();
    const bodies = Array.from({ length: 40 }, (_, index) => random.bytes(index * 977));
    const stored = await Promise.all(bodies.map((body) => store.put(tenant, body)));
    await onlyBlobFile(directory);
    for (const [index, { id }] of stored.entries())
      expect(Buffer.from(await store.readAll(tenant, id)).equals(bodies[index] ?? new Uint8Array())).toBe(true);
    expect(await idsOf(store)).toEqual(stored.map(({ id }) => id).sort());
    for (const { id } of stored.slice(0, 39)) await store.delete(tenant, id);
    expect(await idsOf(store)).toEqual([stored[39]?.id]);
    await expect(store.readAll(tenant, stored[3]?.id as BlobId)).rejects.toMatchObject({ code: "blob.missing" });
  });

  test("any flipped byte of a record is refused, and another tenant cannot read it", async () => {
    const { directory, store } = await openPacks();
    const { id } = await store.put(tenant, random.bytes(700));
    const file = await onlyBlobFile(directory);
    const good = await readFile(file);
    for (let at = 0; at < 93 + 700 + 16; at += at < 100 ? 1 : 37) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 2;
      await writeFile(file, bad);
      await expect(store.readAll(tenant, id), `byte ${at}`).rejects.toMatchObject({ kind: "corrupt" });
    }
    await writeFile(file, good.subarray(0, 400));
    await expect(store.readAll(tenant, id)).rejects.toMatchObject({ kind: "corrupt" });
  });

  test("a torn record hides none that was written beside it", async () => {
    const { directory, store } = await openPacks();
    const stored = [];
    for (const extra of [1, 2, 3]) stored.push(await store.put(tenant, random.bytes(2_000 + extra)));
    const file = await onlyBlobFile(directory);
    const bytes = await readFile(file);
    bytes.fill(0, 2_200, 3_000);
    bytes.fill(0, bytes.indexOf("CFR1", 100), bytes.indexOf("CFR1", 100) + 50);
    await writeFile(file, bytes);
    const { store: reopened } = await openPacks(directory);
    expect(await idsOf(reopened)).toEqual([stored[0]?.id, stored[2]?.id]);
    expect((await reopened.readAll(tenant, stored[2]?.id as BlobId)).length).toBe(2_003);
  });

  test("reclaim frees the room of deleted blobs, keeps ids, and leaves a pack that may still be written alone", async () => {
    const { directory, store } = await openPacks();
    const bodies = Array.from({ length: 60 }, () => random.bytes(50_000));
    const stored = await Promise.all(bodies.map((body) => store.put(tenant, body)));
    for (const [index, { id }] of stored.entries()) if (index % 10 !== 4) await store.delete(tenant, id);
    const file = await onlyBlobFile(directory);
    expect(await store.reclaim?.(tenant)).toBe(0);
    clock.advance(3 * 60 * 60 * 1000);
    expect(await store.reclaim?.(tenant)).toBeGreaterThan(2_500_000);
    expect((await stat(file)).blocks * 512).toBeLessThan(600_000);
    for (const { store: each } of [{ store }, await openPacks(directory)]) {
      expect(await idsOf(each)).toEqual(
        stored
          .filter((_, index) => index % 10 === 4)
          .map(({ id }) => id)
          .sort(),
      );
      for (const [index, { id }] of stored.entries())
        if (index % 10 === 4)
          expect(Buffer.from(await each.readAll(tenant, id)).equals(bodies[index] ?? new Uint8Array())).toBe(true);
    }
    expect(await store.reclaim?.(tenant)).toBe(0);
    for (const { id } of stored) await store.delete(tenant, id);
    await store.reclaim?.(tenant);
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a copy that another process makes of a pack is left to it, and one that nobody goes on with is begun anew", async () => {
    const { directory, store } = await openPacks();
    const bodies = Array.from({ length: 60 }, () => random.bytes(50_000));
    const stored = await Promise.all(bodies.map((body) => store.put(tenant, body)));
    for (const [index, { id }] of stored.entries()) if (index % 2 === 1) await store.delete(tenant, id);
    const file = await onlyBlobFile(directory);
    clock.advance(3 * 60 * 60 * 1000);
    const half = Buffer.from("half of a copy");
    await writeFile(`${file}.new`, half);
    await utimes(`${file}.new`, clock.nowMs() / 1000, clock.nowMs() / 1000);
    expect(await store.reclaim?.(tenant)).toBe(0);
    expect(await readFile(`${file}.new`)).toEqual(half);
    clock.advance(2 * 60 * 60 * 1000);
    expect(await store.reclaim?.(tenant)).toBeGreaterThan(1_400_000);
    await expect(stat(`${file}.new`)).rejects.toMatchObject({ code: "ENOENT" });
    for (const [index, { id }] of stored.entries())
      if (index % 2 === 0)
        expect(Buffer.from(await store.readAll(tenant, id)).equals(bodies[index] ?? new Uint8Array())).toBe(true);
  });

  test("a copy that somebody else began anew under its name meanwhile never comes into the pack's place", async () => {
    const { directory, store } = await openPacks();
    const bodies = Array.from({ length: 60 }, () => random.bytes(50_000));
    const stored = await Promise.all(bodies.map((body) => store.put(tenant, body)));
    for (const [index, { id }] of stored.entries()) if (index % 2 === 1) await store.delete(tenant, id);
    const file = await onlyBlobFile(directory);
    const copying = rewriteSparse(file, { deletedShare: 0.25, deletedBytesMin: 1 });
    // As another process takes away what it believes to be left behind, and begins.
    while (!(await stat(`${file}.new`).catch(() => null))) await new Promise(setImmediate);
    await rm(`${file}.new`);
    await writeFile(`${file}.new`, "half of another copy");
    expect(await copying).toBeNull();
    for (const [index, { id }] of stored.entries())
      if (index % 2 === 0)
        expect(Buffer.from(await store.readAll(tenant, id)).equals(bodies[index] ?? new Uint8Array())).toBe(true);
  });

  test("the cache keeps no more than it may, and nothing that was deleted", async () => {
    const { store } = await openPacks();
    let reads = 0;
    const counted: BlobStore = {
      ...store,
      readAll: (...args) => {
        reads++;
        return store.readAll(...args);
      },
    };
    const cached = cachedBlobStore(counted, { ...cacheOptions, bytesMax: 50_000 });
    const stored = [];
    for (let index = 0; index < 10; index++) stored.push(await cached.put(tenant, random.bytes(10_000)));
    const [first, last] = [stored[0]?.id as BlobId, stored[9]?.id as BlobId];
    await cached.readAll(tenant, last);
    expect(reads).toBe(0);
    expect(cached.recent?.(tenant, first)).toBeNull();
    await cached.readAll(tenant, first);
    await cached.readAll(tenant, first);
    expect(reads).toBe(1);
    expect(Buffer.from(cached.recent?.(tenant, first) ?? []).equals(await store.readAll(tenant, first))).toBe(true);
    clock.advance(61_000);
    expect(cached.recent?.(tenant, first)).toBeNull();
    await cached.readAll(tenant, first);
    expect(reads).toBe(2);
    await cached.delete(tenant, last);
    expect(cached.recent?.(tenant, last)).toBeNull();
    await expect(cached.readAll(tenant, last)).rejects.toMatchObject({ code: "blob.missing" });
  });
});

test("a full disk is told from a broken one, for small blobs and large ones, and what was stored before reads on", async (context) => {
  const directory = await mkdtemp(join(tmpdir(), "cf-full-"));
  directories.push(directory);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", directory]).status !== 0) return context.skip();
  try {
    const { store } = await openPacks(directory);
    const bytes = random.bytes(5000);
    const kept = await store.put(tenant, bytes);
    await expect(store.put(tenant, random.bytes(6_000_000))).rejects.toMatchObject({
      kind: "unavailable",
      code: "blob.full",
    });
    const fill = async () => {
      for (let n = 0; n < 1000; n++) await store.put(tenant, bytes);
    };
    await expect(fill()).rejects.toMatchObject({ kind: "unavailable", code: "blob.full" });
    expect(Buffer.from(await store.readAll(tenant, kept.id)).equals(bytes)).toBe(true);
  } finally {
    spawnSync("umount", ["--lazy", directory]);
  }
});

test("a disk that fills while a pack is copied leaves the pack as it was, wherever it fills, and nothing of the copy", async (context) => {
  const directory = await mkdtemp(join(tmpdir(), "cf-full-"));
  directories.push(directory);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", directory]).status !== 0) return context.skip();
  try {
    const { store } = await openPacks(directory);
    const bodies = Array.from({ length: 60 }, () => random.bytes(50_000));
    const stored = await Promise.all(bodies.map((body) => store.put(tenant, body)));
    for (const [index, { id }] of stored.entries()) if (index % 2 === 1) await store.delete(tenant, id);
    clock.advance(3 * 60 * 60 * 1000);
    const { bavail, bsize } = await statfs(directory);
    let refusals = 0;
    // Page by page around what the copy needs, so that some time its last record is written in part.
    for (let room = 1_450_000; ; room += bsize, refusals++) {
      await writeFile(join(directory, "filler"), Buffer.alloc(bavail * bsize - room));
      const freed = await store.reclaim?.(tenant).catch((error: Error) => error);
      for (const [index, { id }] of stored.entries())
        if (index % 2 === 0)
          expect(Buffer.from(await store.readAll(tenant, id)).equals(bodies[index] ?? new Uint8Array())).toBe(true);
      const files = await readdir(join(directory, "blobs"), { recursive: true });
      expect(files.filter((name) => name.endsWith(".new"))).toEqual([]);
      if (typeof freed === "number") break;
      expect(freed).toMatchObject({ kind: "unavailable", code: "blob.full" });
    }
    expect(refusals).toBeGreaterThan(0);
  } finally {
    spawnSync("umount", ["--lazy", directory]);
  }
});

test("what a killed put left behind goes when the store is opened, and what is written now stays", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cf-blobs-"));
  directories.push(directory);
  await openPacks(directory);
  const [old, young] = ["old", "young"].map((name) => join(directory, "blobs", "tmp", name)) as [string, string];
  for (const path of [old, young]) await writeFile(path, random.bytes(100));
  const nowS = clock.nowMs() / 1000;
  await utimes(old, nowS - 25 * 3600, nowS - 25 * 3600);
  await utimes(young, nowS - 3600, nowS - 3600);
  await openPacks(directory);
  expect(await readdir(join(directory, "blobs", "tmp"))).toEqual(["young"]);
});
