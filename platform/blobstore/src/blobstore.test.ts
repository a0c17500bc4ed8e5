import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId, type TenantId } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, describe, expect, test } from "vitest";
import { blobStoreConformance } from "./conformance.ts";
import { memoryBlobStore, openDirectoryBlobStore, openTenantKeys } from "./index.ts";

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
afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true }))));

blobStoreConformance("memory", async () => memoryBlobStore(clock, random));
blobStoreConformance("directory", async () => (await openDirectory()).store);

async function onlyBlobFile(directory: string): Promise<string> {
  const found = (await readdir(join(directory, "blobs"), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  expect(found).toHaveLength(1);
  return join(found[0]?.parentPath ?? "", found[0]?.name ?? "");
}

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

  test("destroying a tenant's key makes its blobs unreadable", async () => {
    const { keys, store } = await openDirectory();
    const { id } = await store.put(tenant, random.bytes(10));
    await keys.destroy(tenant);
    await expect(store.readAll(tenant, id)).rejects.toMatchObject({ kind: "corrupt", code: "blob.key_corrupt" });
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
