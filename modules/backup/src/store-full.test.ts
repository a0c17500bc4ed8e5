import { Failure } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { createVaultClient } from "@casaforte/vault";
import {
  bytesOf,
  type EnrolledDevice,
  enrolDevice,
  newChain,
  openSample,
  putSampleParts,
  sample,
  storeSample,
} from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faultyBlobs } from "./faulty-ports.test-support.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

test("a full disk of the site is told by its own code, at once and not again; what was there restores, and uploads go on with room", async () => {
  const { harness } = vault;
  let isFull = false;
  let puts = 0;
  const disk = {
    pass(what: string): void {
      if (what !== "blob put begins") return;
      puts++;
      if (isFull) throw new Failure("unavailable", "blob.full", "the blob store cannot be written (ENOSPC)");
    },
  };
  const small = await vault.another({ blobStoreFor: () => faultyBlobs(vault.blobs, disk) });
  try {
    const enrolled = await enrolDevice(harness);
    const client = createVaultClient({
      baseUrl: small.baseUrl,
      token: enrolled.token,
      fetch: (url, init) => fetch(url, init),
      clock: new FakeClock(),
      random: new SeededRandom(3),
    });
    const device: EnrolledDevice = { ...enrolled, client };
    const chainId = await newChain(harness, device);
    await client.putKeyring(chainId, new Uint8Array([1]), 0);
    const full = await storeSample(harness, device, chainId, sample(harness, [3000, 70_000]));
    const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
    const upload = await openSample(harness, device, chainId, parent);
    const next = sample(harness, [500]);

    isFull = true;
    puts = 0;
    const told = { kind: "over_quota", code: "vault.store_full" };
    await expect(putSampleParts(device, upload.uploadId, next, [1])).rejects.toMatchObject(told);
    await expect(client.putVbm(chainId, new Uint8Array([2]), 0)).rejects.toMatchObject(told);
    expect(puts).toBe(2);
    expect(await vault.findings()).toEqual([]);
    expect(Buffer.from(await bytesOf(client.readFile(full.fileId))).equals(full.file.bytes)).toBe(true);

    isFull = false;
    await putSampleParts(device, upload.uploadId, next, [1]);
    await client.putVbm(chainId, new Uint8Array([2]), 0);
    await client.abortUpload(upload.uploadId);
    await storeSample(harness, device, chainId, sample(harness, [100]), parent);
    expect(await vault.findings()).toEqual([]);
  } finally {
    await small.close();
  }
});
