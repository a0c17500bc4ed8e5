import { describe, expect, test } from "vitest";
import {
  enrolDevice,
  enrolIn,
  headBytes,
  newChain,
  openSample,
  putSampleParts,
  sample,
  sha256,
  storeSample,
  uuid,
  type VaultHarness,
} from "./harness.ts";

export function quotaSuite(harness: () => VaultHarness): void {
  describe("quota", () => {
    test("an upload that cannot fit is refused at once, with figures", async () => {
      const h = harness();
      const device = await enrolDevice(h, { quotaBytes: 2_000_000 });
      const chainId = await newChain(h, device);
      const input = { key: uuid(h), chainId, kind: "vbk", fileName: "a.vbk", estimatedBytes: 2_000_001 } as const;
      await expect(device.client.openUpload(input)).rejects.toMatchObject({
        kind: "over_quota",
        code: "vault.over_quota",
        details: { quotaBytes: 2_000_000, usedBytes: 0, pendingBytes: 0, neededBytes: 2_000_001 },
      });
      await device.client.openUpload({ ...input, estimatedBytes: 2_000_000 });
    });

    test("a full space can still be listed, read and given metadata", async () => {
      const h = harness();
      const file = sample(h);
      const device = await enrolDevice(h, { quotaBytes: file.bytes.length, lockDays: 1 });
      const chainId = await newChain(h, device);
      const stored = await storeSample(h, device, chainId, file);
      const { uploadId } = await openSample(h, device, chainId).catch(() => ({ uploadId: null }));
      expect(uploadId).toBeNull();
      expect(await device.client.putVbm(chainId, new Uint8Array(1000), 0)).toMatchObject({ version: 1 });
      expect(await device.client.readRange(stored.fileId, 0, 4)).toHaveLength(4);
      await h.advance(2 * 86_400_000);
      await device.client.deletePoint(stored.pointId);
      expect((await device.client.device()).space).toMatchObject({ usedBytes: 0, pendingBytes: 0 });
    });

    test("pending parts count, and a given-up upload gives them back", async () => {
      const h = harness();
      const device = await enrolDevice(h, { quotaBytes: headBytes + 100_000 });
      const chainId = await newChain(h, device);
      const first = await openSample(h, device, chainId);
      const second = await openSample(h, device, chainId);
      const file = sample(h, [60_000]);
      await putSampleParts(device, first.uploadId, file, [0, 1]);
      await expect(putSampleParts(device, second.uploadId, file, [1])).rejects.toMatchObject({
        code: "vault.over_quota",
        details: { pendingBytes: headBytes + 60_000, neededBytes: 60_000 },
      });
      await device.client.abortUpload(first.uploadId);
      await putSampleParts(device, second.uploadId, file, [1]);
    });

    test("of sixteen parts at once exactly those that fit are taken", async () => {
      const h = harness();
      const partBytes = 50_000;
      const spaceId = await h.addSpace({ quotaBytes: headBytes + 7 * partBytes + 1 });
      const devices = await Promise.all([1, 2, 3, 4].map(() => enrolIn(h, spaceId)));
      const uploads = await Promise.all(
        devices.map(async (device) => ({ device, ...(await openSample(h, device, await newChain(h, device))) })),
      );
      const head = new Uint8Array(headBytes);
      const [one] = uploads;
      await one?.device.client.putPart(one.uploadId, { n: 99, offset: 0, sha256: sha256(head), body: head });
      const tries = uploads.flatMap(({ device, uploadId }) =>
        [0, 1, 2, 3].map((n) => {
          const body = h.random.bytes(partBytes);
          const offset = headBytes + n * partBytes;
          return device.client.putPart(uploadId, { n, offset, sha256: sha256(body), body });
        }),
      );
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(7);
      for (const outcome of outcomes)
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "vault.over_quota" });
      const { space } = (await one?.device.client.device()) ?? {};
      expect(space).toMatchObject({ pendingBytes: headBytes + 7 * partBytes, usedBytes: 0 });
    });
  });
}
