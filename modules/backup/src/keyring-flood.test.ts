import { type BlobId, type DeviceId, newId } from "@casaforte/kernel";
import { keyringReserve } from "@casaforte/modules/spaces";
import { vaultLimits } from "@casaforte/vault";
import { enrolDevice, enrolIn, newChain, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { collectTenant, deleteDeviceWithContents } from "./index.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

const dayMs = 86_400_000;
const perDay = vaultLimits.keyringVersionsPerDayMax;
const shown = vaultLimits.keyringVersionsShown;
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

async function collect(): Promise<void> {
  for (const tenantId of vault.tenants) await collectTenant(vault.services, tenantId, new AbortController().signal);
}

/** How many objects each chain of a space has, and what the space says that its metadata take. */
const heldBy = (spaceId: string) =>
  vault.services.db.tenant(vault.tenantOf(spaceId), async (tx) => {
    const chains = await tx.sql<{ chain: string; objects: number }[]>`
      select o.chain_id as chain, count(*)::int as objects from backup_objects o
      join backup_chains c on c.id = o.chain_id where c.space_id = ${spaceId} group by 1`;
    return new Map(chains.map(({ chain, objects }) => [chain, objects]));
  });

test("R30: a flood of keyrings bars no backup, no change of the password and no machine enrolled after it", async () => {
  const { harness, clock, services, actorOf, tenantOf } = vault;
  const device = await enrolDevice(harness, { lockDays: 1 });
  const { client, spaceId } = device;
  const chainId = await newChain(harness, device);
  const right = new Uint8Array([1, 2, 3]);
  await client.putKeyring(chainId, right, 0);
  const full = await storeSample(harness, device, chainId);
  const spare = await newChain(harness, device);
  await client.putKeyring(spare, new Uint8Array([7]), 0);
  await clock.advance(dayMs);

  const noise = (version: number) => client.putKeyring(chainId, new Uint8Array([9, version]), version);
  let newest = 1;
  for (let day = 0; day < 2 * (shown / perDay) + 8; day++) {
    for (let count = 0; count < perDay; count++) newest = (await noise(newest)).version;
    await expect(noise(newest)).rejects.toMatchObject({ code: "vault.too_many", details: { max: perDay } });
    await clock.advance(dayMs);
    await collect();
  }
  // What lies between the oldest and the newest has gone, but for what was followed within seven days.
  const kept = (await heldBy(spaceId)).get(chainId) ?? 0;
  expect(kept).toBe(2 * shown + 7 * perDay - shown + 1);
  expect((await client.keyringVersions(chainId)).map(({ version }) => version)).toEqual(
    Array.from({ length: 2 * shown }, (_, at) => (at < shown ? at + 1 : newest - 2 * shown + at + 1)),
  );
  await expect(client.keyring(chainId, shown + 1)).rejects.toMatchObject({ code: "vault.not_found" });
  // The way back: the first one opens, and stands again as the newest.
  const first = await client.keyring(chainId, 1);
  expect(first?.bytes).toEqual(right);
  expect(await client.putKeyring(chainId, right, newest)).toMatchObject({ version: newest + 1 });
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  await storeSample(harness, device, chainId, sample(harness, [8], parent.fileRoot), parent);

  await harness.revokeDevice(device.deviceId);
  const again = await enrolIn(harness, spaceId);
  const fresh = await newChain(harness, again);
  await again.client.putKeyring(fresh, right, 0);
  await collect();
  const left = await heldBy(spaceId);
  expect([left.get(spare), left.get(fresh), left.get(chainId)]).toEqual([undefined, 1, kept + 1]);
  await storeSample(harness, again, fresh);

  await harness.advance(2 * dayMs);
  const tenantId = tenantOf(spaceId);
  const input = { id: device.deviceId as DeviceId, confirmation: "laptop", nowMs: clock.nowMs() };
  await services.db.tenant(tenantId, (tx) => deleteDeviceWithContents(tx, actorOf(tenantId), input, () => {}));
  await collect();
  expect((await heldBy(spaceId)).has(chainId), "points may come back from the bin").toBe(true);
  await clock.advance(8 * dayMs);
  await collect();
  expect([...(await heldBy(spaceId)).keys()]).toEqual([fresh]);
  expect(await vault.findings()).toEqual([]);
});

test("R30: keyrings take a quarter of the metadata reserve at most, and a VBM and a backup find room beside them", async () => {
  const { harness, clock, random, services } = vault;
  const quotaBytes = 1e8;
  const device = await enrolDevice(harness, { quotaBytes });
  const { client, spaceId } = device;
  const chainId = await newChain(harness, device);
  await client.putKeyring(chainId, new Uint8Array([1]), 0);
  const reserve = keyringReserve(BigInt(quotaBytes));
  const others = reserve - 10n;
  await services.db.tenant(vault.tenantOf(spaceId), async (tx) => {
    await tx.sql`
      insert into backup_objects (tenant_id, chain_id, kind, version, blob_id, length, sha256, stored_at)
      values (${tx.tenantId}, ${chainId}, 'keyring', 2, ${newId<BlobId>(clock, random)}, ${others - 1n}, ${Buffer.alloc(32)},
        ${new Date(clock.nowMs())})`;
    await tx.sql`
      update spaces_spaces set metadata_bytes = metadata_bytes + ${others - 1n} where id = ${spaceId}`;
  });
  await expect(client.putKeyring(chainId, new Uint8Array(11), 2)).rejects.toMatchObject({
    kind: "over_quota",
    code: "vault.metadata_full",
    details: { reserveBytes: Number(reserve), usedBytes: Number(others), neededBytes: 11 },
  });
  expect(await client.putVbm(chainId, new Uint8Array(100), 0)).toMatchObject({ version: 1 });
  await storeSample(harness, device, chainId);
  expect(await client.putKeyring(chainId, new Uint8Array(10), 2)).toMatchObject({ version: 3 });
});
