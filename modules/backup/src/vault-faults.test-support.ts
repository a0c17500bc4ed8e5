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
import { type Faults, faultyBlobs, faultyDb } from "./faulty-ports.test-support.ts";
import { sweepOrphans } from "./orphan-sweep.ts";
import { siteId, type TestVault } from "./vault.test-support.ts";

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

/** A backup as an agent makes it: keyring, full, given-up upload, increment, VBM, and a restore. Returns what did not go well. */
async function life({ harness }: TestVault, device: EnrolledDevice): Promise<string[]> {
  const chainId = await newChain(harness, device);
  await device.client.putKeyring(chainId, new Uint8Array([1]), 0);
  const full = await storeSample(harness, device, chainId, sample(harness, [3000, 70_000]));
  const given = await openSample(harness, device, chainId);
  await putSampleParts(device, given.uploadId, sample(harness, [500]), [1]);
  await device.client.abortUpload(given.uploadId);
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  const next = await storeSample(harness, device, chainId, sample(harness, [100]), parent);
  await device.client.putVbm(chainId, new Uint8Array([2]), 0);
  const wrong: string[] = [];
  for (const stored of [full, next])
    if (!Buffer.from(await bytesOf(device.client.readFile(stored.fileId))).equals(stored.file.bytes))
      wrong.push(`file ${stored.fileId} is read otherwise than it was stored`);
  const points = (await listOf(device.client.points())).length;
  if (points !== 2) wrong.push(`${points} points are listed`);
  const { usedBytes, pendingBytes } = (await device.client.device()).space;
  if (usedBytes !== full.size + next.size || pendingBytes !== 0)
    wrong.push(`${full.size + next.size} bytes are stored; ${usedBytes} are counted, and ${pendingBytes} as coming`);
  return wrong;
}

async function storedBlobs(vault: TestVault): Promise<number> {
  let count = 0;
  for (const tenantId of vault.tenants) for await (const _ of vault.blobs.list(tenantId)) count++;
  return count;
}

/**
 * A faultless life, then one for each `k` that is chosen of those from 1 to the number of its calls of database and blob
 * store (`what` it is, as `faulty-ports` names it): in it the k-th fails once. Returns how many calls there were, the lives with a fault, and what went wrong.
 */
export async function runVaultFaults(
  vault: TestVault,
  chooses: (k: number, what: string) => boolean,
): Promise<{ readonly calls: number; readonly lives: number; readonly findings: readonly string[] }> {
  const findings: string[] = [];
  const live = async (plan: Faults): Promise<void> => {
    vault.tenants.splice(0);
    const device = await enrolDevice(vault.harness);
    const faulty = await vault.another({
      db: faultyDb(vault.services.db, plan),
      blobStoreFor: () => faultyBlobs(vault.blobs, plan),
    });
    findings.push(...(await life(vault, patient(device, faulty.baseUrl))), ...(await vault.findings()));
    await faulty.close();
  };
  const calls: string[] = [];
  await live({ pass: (what) => void calls.push(what) });
  // But for the part that was given up.
  const wanted = (await storedBlobs(vault)) - 1;
  let lives = 0;
  for (const [at, what] of calls.entries()) {
    const k = at + 1;
    if (findings.length > 0) break;
    if (!chooses(k, what)) continue;
    lives++;
    const plan = new FaultPlan(k);
    await live(plan);
    if (!plan.fired) findings.push("nothing failed");
    await vault.clock.advance(2 * 86_400_000);
    const { signal } = new AbortController();
    for (const tenantId of vault.tenants) await sweepOrphans(vault.services, tenantId, siteId, signal);
    findings.push(...(await vault.findings()));
    // Parts that came in twice wait on the list of the dead; everything else is what a faultless life leaves.
    for (const tenantId of vault.tenants) {
      const [row] = await vault.services.db.tenant(
        tenantId,
        (tx) => tx.sql<{ dead: number }[]>`select count(*)::int as dead from backup_dead_blobs`,
      );
      const blobs = await storedBlobs(vault);
      if (blobs !== wanted + (row?.dead ?? 0)) findings.push(`${blobs} blobs, ${row?.dead} dead; ${wanted} wanted`);
    }
    if (findings.length > 0) findings.unshift(`call ${k} failed: ${what}`);
  }
  return { calls: calls.length, lives, findings };
}
