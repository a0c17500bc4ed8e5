import { lintCatalogue } from "@casaforte/platform/db";
import { enrolDevice, headBytes, newChain, openSample, sha256, vaultConformance } from "@casaforte/vault/conformance";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

describe("the vault on PostgreSQL and HTTP", () => {
  let vault: TestVault;
  beforeAll(async () => {
    vault = await startTestVault();
  });
  afterAll(() => vault?.[Symbol.asyncDispose]());
  afterEach(async () => {
    expect(await vault.findings()).toEqual([]);
    vault.tenants.splice(0);
  });

  vaultConformance(() => vault.harness);

  test("without the setting no holes are announced, and parts with holes are refused", async () => {
    const older = await vault.another({ leaveOutZeros: false });
    const harness = { ...vault.harness, baseUrl: older.baseUrl };
    const device = await enrolDevice(harness);
    const { uploadId, partHolesMax } = await openSample(harness, device, await newChain(harness, device));
    expect([partHolesMax, (await device.client.upload(uploadId)).partHolesMax]).toEqual([undefined, undefined]);
    const body = harness.random.bytes(4096);
    const part = { n: 1, offset: headBytes, sha256: sha256(body), body };
    const put = device.client.putPart(uploadId, { ...part, holes: [{ at: 4096, length: 16_384 }] });
    await expect(put).rejects.toMatchObject({ code: "vault.invalid" });
    await device.client.putPart(uploadId, part);
    await older.close();
  });

  test("its tables pass the catalogue lint", async () => {
    expect(await lintCatalogue(vault.database.cluster.appUrl)).toEqual([]);
  });

  test("nothing went wrong inside", () => {
    const troubles = vault.logger.events.filter((event) => event.level === "error");
    expect(troubles.map((event) => `${event.event} ${event.error}`)).toEqual([]);
  });
});
