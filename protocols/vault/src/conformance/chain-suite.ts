import { describe, expect, test } from "vitest";
import { vaultLimits } from "../limits.ts";
import {
  clientOf,
  enrolDevice,
  hex32,
  listOf,
  newChain,
  openSample,
  putSampleParts,
  sample,
  storeSample,
  uuid,
  type VaultHarness,
} from "./harness.ts";

const dayMs = 86_400_000;

export function chainSuite(harness: () => VaultHarness): void {
  describe("chains", () => {
    test("an increment must name the head by id and root", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const chainId = await newChain(h, device);
      const full = await storeSample(h, device, chainId);
      const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
      for (const wrong of [
        { ...parent, fileRoot: hex32(h) },
        { ...parent, fileId: uuid(h) },
      ])
        await expect(openSample(h, device, chainId, wrong)).rejects.toMatchObject({
          kind: "precondition",
          code: "vault.parent_moved",
          details: { headFileId: full.fileId },
        });
      const next = await storeSample(h, device, chainId, sample(h), parent);
      expect((await device.client.chain(chainId)).head).toMatchObject({ fileId: next.fileId, kind: "vib" });
      await expect(openSample(h, device, chainId, parent)).rejects.toMatchObject({ code: "vault.parent_moved" });
    });

    test("of two increments on one parent only one can be committed", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const chainId = await newChain(h, device);
      const full = await storeSample(h, device, chainId);
      const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
      const rivals = [sample(h, undefined, parent.fileRoot), sample(h, undefined, parent.fileRoot)];
      const uploads = await Promise.all(
        rivals.map(async (file) => {
          const { uploadId } = await openSample(h, device, chainId, parent);
          await putSampleParts(device, uploadId, file, [1, 2, 3, 0]);
          await device.client.putBlockMap(uploadId, file.blockMap);
          return () => device.client.commit(uploadId, file.commit);
        }),
      );
      const outcomes = await Promise.allSettled(uploads.map((commit) => commit()));
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
      expect(outcomes.find((outcome) => outcome.status === "rejected")).toMatchObject({
        reason: { code: "vault.parent_moved" },
      });
      expect(await listOf(device.client.points({ chainId }))).toHaveLength(2);
    });

    test("commit refuses another parent root than the upload named", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const chainId = await newChain(h, device);
      const { uploadId } = await openSample(h, device, chainId);
      const file = sample(h, undefined, hex32(h));
      await putSampleParts(device, uploadId, file, [0, 1, 2, 3]);
      await device.client.putBlockMap(uploadId, file.blockMap);
      await expect(device.client.commit(uploadId, file.commit)).rejects.toMatchObject({ code: "vault.parent_moved" });
    });

    test("a VIB without a parent and a VBK with one are refused", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const input = { key: uuid(h), chainId: await newChain(h, device), estimatedBytes: 1 };
      await expect(device.client.openUpload({ ...input, kind: "vib", fileName: "a.vib" })).rejects.toMatchObject({
        code: "vault.invalid",
      });
      const parent = { fileId: uuid(h), fileRoot: hex32(h) };
      await expect(
        device.client.openUpload({ ...input, kind: "vbk", fileName: "a.vbk", parent }),
      ).rejects.toMatchObject({ code: "vault.invalid" });
    });

    test("lists page through everything, oldest first", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const chainId = await newChain(h, device);
      const ids: string[] = [];
      for (let index = 0; index < 5; index++) ids.push((await storeSample(h, device, chainId, sample(h, [9]))).fileId);
      let cursor: string | null = null;
      const seen: string[] = [];
      do {
        const query = cursor === null ? "?limit=2" : `?limit=2&cursor=${cursor}`;
        const reply = await fetch(`${h.baseUrl}/vault/v1/files${query}`, {
          headers: { authorization: `Bearer ${device.token}` },
        });
        const page = (await reply.json()) as { files: { fileId: string }[]; nextCursor: string | null };
        expect(page.files.length).toBeLessThanOrEqual(2);
        seen.push(...page.files.map((file) => file.fileId));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).toEqual(ids);
    });

    test("a report is taken once, and sixteen at once do not hinder each other", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const at = new Date(h.clock.nowMs()).toISOString();
      const report = {
        runId: uuid(h),
        result: "partial",
        startedAt: at,
        finishedAt: at,
        pointId: null,
        filesTotal: 10,
        filesUnreadable: 1,
        bytesRead: 5,
        bytesSent: 4,
        code: "file.unreadable",
        message: "1 file could not be read",
        agentVersion: "0.1.0",
      } as const;
      await device.client.report(report);
      await device.client.report(report);
      await Promise.all(
        Array.from({ length: 16 }, () => device.client.report({ ...report, runId: uuid(h), result: "ok" })),
      );
    });
  });

  describe("keyring and VBM", () => {
    test("versions count up, old ones stay, a writer must know the version it replaces", async () => {
      const h = harness();
      const { client, ...device } = await enrolDevice(h);
      const chainId = await newChain(h, { client, ...device });
      expect(await client.keyring(chainId)).toBeNull();
      expect(await client.vbm(chainId)).toBeNull();
      const one = new Uint8Array([1]);
      const two = new Uint8Array([2, 2]);
      expect(await client.putVbm(chainId, one, 0)).toMatchObject({ version: 1, length: 1 });
      await expect(client.putVbm(chainId, two, 0)).rejects.toMatchObject({
        kind: "precondition",
        code: "vault.version_moved",
        details: { version: 1 },
      });
      expect(await client.putVbm(chainId, two, 1)).toMatchObject({ version: 2 });
      expect(await client.putVbm(chainId, two, 1)).toMatchObject({ version: 2 });
      expect(await client.vbm(chainId)).toMatchObject({ version: 2, bytes: two });
      expect(await client.vbm(chainId, 1)).toMatchObject({ version: 1, bytes: one });
      await expect(client.vbm(chainId, 3)).rejects.toMatchObject({ code: "vault.not_found" });
      expect(await client.keyring(chainId)).toBeNull();
      expect(await client.chain(chainId)).toMatchObject({ keyringVersion: 0, vbmVersion: 2 });
    });

    test("the versions of a keyring are listed with their times, of many the oldest and the newest, to a restore token too", async () => {
      const h = harness();
      const { client, ...device } = await enrolDevice(h);
      const chainId = await newChain(h, { client, ...device });
      expect(await client.keyringVersions(chainId)).toEqual([]);
      const shown = vaultLimits.keyringVersionsShown;
      await client.putVbm(chainId, new Uint8Array([1]), 0);
      const first = new Date(h.clock.nowMs()).toISOString();
      await client.putKeyring(chainId, new Uint8Array([1]), 0);
      await h.advance(dayMs);
      for (let version = 1; version < 2 * shown + 5; version++) {
        if (version % vaultLimits.keyringVersionsPerDayMax === 0) await h.advance(dayMs);
        await client.putKeyring(chainId, new Uint8Array([version, 2]), version);
      }
      const listed = await clientOf(h, await h.restoreToken(device.deviceId)).keyringVersions(chainId);
      expect(listed[0]).toEqual({ version: 1, storedAt: first });
      expect(listed.at(-1)).toEqual({ version: 2 * shown + 5, storedAt: new Date(h.clock.nowMs()).toISOString() });
      const oldest = Array.from({ length: shown }, (_, at) => at + 1);
      expect(listed.map(({ version }) => version)).toEqual([...oldest, ...oldest.map((at) => at + shown + 5)]);
      const stranger = await enrolDevice(h);
      await expect(stranger.client.keyringVersions(chainId)).rejects.toMatchObject({ code: "vault.not_found" });
    });

    test("of keyrings a device stores a few in a day, in all its chains, and a repeated one counts once", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const { client } = device;
      const [one, other] = [await newChain(h, device), await newChain(h, device)];
      const max = vaultLimits.keyringVersionsPerDayMax;
      for (let version = 0; version < max; version++) {
        await client.putKeyring(one, new Uint8Array([version]), version);
        await client.putKeyring(one, new Uint8Array([version]), version);
      }
      const refused = { kind: "conflict", code: "vault.too_many", details: { max } };
      await expect(client.putKeyring(one, new Uint8Array([99]), max)).rejects.toMatchObject(refused);
      await expect(client.putKeyring(other, new Uint8Array([99]), 0)).rejects.toMatchObject(refused);
      expect(await client.putVbm(one, new Uint8Array([1]), 0)).toMatchObject({ version: 1 });
      await h.advance(dayMs);
      expect(await client.putKeyring(other, new Uint8Array([99]), 0)).toMatchObject({ version: 1 });
      const big = new Uint8Array(vaultLimits.keyringBytesMax + 1);
      await expect(client.putKeyring(one, big, max)).rejects.toMatchObject({ code: "vault.too_large" });
    });

    test("of sixteen writers of the first version one wins", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const chainId = await newChain(h, device);
      const tries = Array.from({ length: 16 }, (_, n) => device.client.putKeyring(chainId, new Uint8Array([n]), 0));
      const won = (await Promise.allSettled(tries)).filter((outcome) => outcome.status === "fulfilled");
      expect(won).toHaveLength(1);
      expect((await device.client.chain(chainId)).keyringVersion).toBe(1);
    });
  });

  describe("locks and deletion", () => {
    test("a point is locked for its days, then goes to the bin and off the quota", async () => {
      const h = harness();
      const device = await enrolDevice(h, { lockDays: 14 });
      const { pointId, fileId, file } = await storeSample(h, device, await newChain(h, device));
      await h.advance(14 * dayMs - 1000);
      await expect(device.client.deletePoint(pointId)).rejects.toMatchObject({
        kind: "locked",
        code: "vault.point_locked",
      });
      expect((await device.client.device()).space.usedBytes).toBe(file.bytes.length);
      await h.advance(1000);
      await device.client.deletePoint(pointId);
      await device.client.deletePoint(pointId);
      expect((await device.client.device()).space.usedBytes).toBe(0);
      expect(await listOf(device.client.points())).toMatchObject([{ pointId, state: "deleted" }]);
      expect(await listOf(device.client.files())).toEqual([]);
      await expect(device.client.readRange(fileId, 0, 1)).rejects.toMatchObject({ code: "vault.not_found" });
    });

    test("a new increment prolongs the lock of everything it needs", async () => {
      const h = harness();
      const device = await enrolDevice(h, { lockDays: 14 });
      const chainId = await newChain(h, device);
      const full = await storeSample(h, device, chainId);
      await h.advance(10 * dayMs);
      const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
      const next = await storeSample(h, device, chainId, sample(h), parent);
      await h.advance(5 * dayMs);
      await expect(device.client.deletePoint(full.pointId)).rejects.toMatchObject({
        details: { lockedUntil: next.lockedUntil },
      });
    });

    test("a point that a live increment needs cannot go", async () => {
      const h = harness();
      const device = await enrolDevice(h, { lockDays: 1 });
      const chainId = await newChain(h, device);
      const full = await storeSample(h, device, chainId);
      const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
      const next = await storeSample(h, device, chainId, sample(h), parent);
      await h.advance(2 * dayMs);
      await expect(device.client.deletePoint(full.pointId)).rejects.toMatchObject({
        code: "vault.point_needed",
        details: { neededBy: next.pointId },
      });
      await device.client.deletePoint(next.pointId);
      expect((await device.client.chain(chainId)).head?.fileId).toBe(full.fileId);
      await device.client.deletePoint(full.pointId);
      expect((await device.client.device()).space.usedBytes).toBe(0);
    });
  });
}
