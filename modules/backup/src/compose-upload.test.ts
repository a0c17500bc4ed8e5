import type { DeviceId } from "@casaforte/kernel";
import { rowsRead, type TenantTx } from "@casaforte/platform/db";
import { enrolDevice, headBytes, newChain, openSample, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { composeUpload } from "./compose-upload.ts";
import type { UploadId } from "./rows.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

const pieces = 200;

/** An upload, and what lets a file of so many small parts stand in it `count` times, one behind the other. */
async function bench(count: number) {
  const { harness, services, clock } = vault;
  const device = await enrolDevice(harness, { lockDays: 0 });
  const chainId = await newChain(harness, device);
  const { fileId } = await storeSample(harness, device, chainId, sample(harness, Array(pieces).fill(1)));
  const { uploadId } = await openSample(harness, device, chainId);
  const tenantId = vault.tenants.at(-1);
  if (tenantId === undefined) throw new Error("no tenant");
  const ranges = Array.from({ length: count }, (_, index) => ({
    offset: headBytes + index * pieces,
    length: pieces,
    fromFileId: fileId,
    fromOffset: headBytes as number,
  }));
  const input = { deviceId: device.deviceId as DeviceId, uploadId: uploadId as UploadId, request: { ranges } };
  const compose = (tx: TenantTx, piecesMax?: number) =>
    composeUpload(tx, { ...input, nowMs: clock.nowMs() }, piecesMax);
  const inTenant = <T>(work: (tx: TenantTx) => Promise<T>) => services.db.tenant(tenantId, work);
  return { compose, inTenant };
}

test("each piece of a compose request costs a look, first and again: a small body holds no connection for long", async () => {
  const count = 20;
  const { compose, inTenant } = await bench(count);
  for (const round of ["first", "again"]) {
    const read = await inTenant(async (tx) => {
      let stored = 0;
      const added = await rowsRead(tx, "backup_upload_extents", async () => {
        stored = await rowsRead(tx, "backup_extents", () => compose(tx));
      });
      return { stored, added };
    });
    expect(read.stored, round).toBeLessThan(3 * count * pieces);
    expect(read.added, round).toBeLessThan(3 * count * pieces);
  }
});

test("more pieces than one request may have are refused with a type, and none of them stands there", async () => {
  const { compose, inTenant } = await bench(3);
  const refused = await inTenant((tx) => compose(tx, 3 * pieces - 1)).catch((error: unknown) => error);
  expect(refused).toMatchObject({ kind: "invalid", code: "vault.invalid" });
  await inTenant((tx) => compose(tx, 3 * pieces));
});
