import { FakeClock, FaultPlan, SeededRandom } from "@casaforte/testkit";
import { createVaultClient } from "@casaforte/vault";
import {
  bytesOf,
  type EnrolledDevice,
  enrolDevice,
  listOf,
  newChain,
  openSample,
  putSampleParts,
  sample,
  storeSample,
} from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faultyBlobs, faultyDb } from "./faulty-ports.test-support.ts";
import { sweepOrphans } from "./orphan-sweep.ts";
import { siteId, startTestVault, type TestVault } from "./vault.test-support.ts";

let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

/** Time that passes by itself as soon as a client waits. */
class HastyClock extends FakeClock {
  override sleep(ms: number): Promise<void> {
    return this.advance(ms);
  }
}

function patient(device: EnrolledDevice, baseUrl: string): EnrolledDevice {
  const client = createVaultClient({
    baseUrl,
    token: device.token,
    fetch: (url, init) => fetch(url, init),
    clock: new HastyClock(),
    random: new SeededRandom(3),
  });
  return { ...device, client };
}

/** A backup as an agent makes it: keyring, full, given-up upload, increment, VBM, and a restore. */
async function life(device: EnrolledDevice): Promise<void> {
  const { harness } = vault;
  const chainId = await newChain(harness, device);
  await device.client.putKeyring(chainId, new Uint8Array([1]), 0);
  const full = await storeSample(harness, device, chainId, sample(harness, [3000, 70_000]));
  const given = await openSample(harness, device, chainId);
  await putSampleParts(device, given.uploadId, sample(harness, [500]), [1]);
  await device.client.abortUpload(given.uploadId);
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  const next = await storeSample(harness, device, chainId, sample(harness, [100]), parent);
  await device.client.putVbm(chainId, new Uint8Array([2]), 0);
  for (const stored of [full, next])
    expect(Buffer.from(await bytesOf(device.client.readFile(stored.fileId))).equals(stored.file.bytes)).toBe(true);
  expect(await listOf(device.client.points())).toHaveLength(2);
  const space = (await device.client.device()).space;
  expect(space).toMatchObject({ usedBytes: full.size + next.size, pendingBytes: 0 });
}

async function storedBlobs(): Promise<number> {
  let count = 0;
  for (const tenantId of vault.tenants) for await (const _ of vault.blobs.list(tenantId)) count++;
  return count;
}

test("whichever call fails once, a patient agent finishes, no invariant breaks and no rubbish stays", async () => {
  const { harness } = vault;
  const clean = await enrolDevice(harness);
  const counting = new FaultPlan(Number.POSITIVE_INFINITY);
  const counted = await vault.another({
    db: faultyDb(vault.services.db, counting),
    blobStoreFor: () => faultyBlobs(vault.blobs, counting),
  });
  await life(patient(clean, counted.baseUrl));
  await counted.close();
  expect(await vault.findings()).toEqual([]);
  expect(counting.calls).toBeGreaterThan(100);
  const wanted = await storedBlobs();
  for (let k = 1; k <= counting.calls; k++) {
    vault.tenants.splice(0);
    const device = await enrolDevice(harness);
    const plan = new FaultPlan(k);
    const faulty = await vault.another({
      db: faultyDb(vault.services.db, plan),
      blobStoreFor: () => faultyBlobs(vault.blobs, plan),
    });
    await life(patient(device, faulty.baseUrl));
    await faulty.close();
    expect({ k, fired: plan.fired }).toEqual({ k, fired: true });
    expect({ k, findings: await vault.findings() }).toEqual({ k, findings: [] });
    await vault.clock.advance(2 * 86_400_000);
    const signal = new AbortController().signal;
    for (const tenantId of vault.tenants) await sweepOrphans(vault.services, tenantId, siteId, signal);
    expect({ k, findings: await vault.findings() }).toEqual({ k, findings: [] });
    // Parts that came in twice wait on the list of the dead; everything else is what a faultless life leaves.
    for (const tenantId of vault.tenants) {
      const [row] = await vault.services.db.tenant(
        tenantId,
        (tx) => tx.sql<{ dead: number }[]>`select count(*)::int as dead from backup_dead_blobs`,
      );
      expect({ k, blobs: await storedBlobs() }).toEqual({ k, blobs: wanted - 1 + (row?.dead ?? 0) });
    }
  }
}, 600_000);
