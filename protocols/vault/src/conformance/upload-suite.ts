import { describe, expect, test } from "vitest";
import { vaultPaths } from "../contract.ts";
import { withoutZeros } from "../holes.ts";
import { vaultLimits } from "../limits.ts";
import {
  breakInPart,
  bytesOf,
  enrolDevice,
  headBytes,
  hex32,
  listOf,
  newChain,
  openSample,
  putSampleParts,
  sample,
  sha256,
  storeSample,
  uuid,
  type VaultHarness,
} from "./harness.ts";

async function opened(h: VaultHarness, options: { quotaBytes?: number } = {}) {
  const device = await enrolDevice(h, options);
  const chainId = await newChain(h, device);
  const { uploadId } = await openSample(h, device, chainId);
  return { h, device, chainId, uploadId, client: device.client };
}

export function uploadSuite(harness: () => VaultHarness): void {
  describe("uploads", () => {
    test("parts in any order come back as one file, by range, with its block map", async () => {
      const { h, device, chainId, uploadId, client } = await opened(harness());
      const file = sample(h, [70_000, 1, 3000, 131_072]);
      await putSampleParts(device, uploadId, file, [3, 1, 4, 2, 0]);
      await client.putBlockMap(uploadId, file.blockMap);
      const done = await client.commit(uploadId, file.commit);
      expect(Date.parse(done.at)).toBe(h.clock.nowMs());
      expect(Buffer.from(await bytesOf(client.readFile(done.fileId))).equals(file.bytes)).toBe(true);
      for (const [from, length] of [
        [headBytes - 5, 70_011],
        [headBytes + 70_000, 1],
        [file.bytes.length - 1, 1],
        [0, 3],
      ] as const)
        expect(Buffer.from(await client.readRange(done.fileId, from, length))).toEqual(
          Buffer.from(file.bytes.subarray(from, from + length)),
        );
      expect(Buffer.from(await bytesOf(client.readBlockMap(done.fileId))).equals(file.blockMap)).toBe(true);
      expect(await listOf(client.files({ chainId }))).toMatchObject([
        { fileId: done.fileId, kind: "vbk", size: file.bytes.length, fileRoot: file.commit.fileRoot, parent: null },
      ]);
      expect(await listOf(client.points())).toMatchObject([{ pointId: done.pointId, state: "good" }]);
    });

    test("nothing is visible before the commit and nothing of it is lost by asking twice", async () => {
      const { h, device, chainId, uploadId, client } = await opened(harness());
      const file = sample(h);
      await putSampleParts(device, uploadId, file, [0, 1, 2, 3]);
      await client.putBlockMap(uploadId, file.blockMap);
      expect(await listOf(client.files())).toEqual([]);
      expect(await listOf(client.points())).toEqual([]);
      expect((await client.chain(chainId)).head).toBeNull();
      const first = await client.commit(uploadId, file.commit);
      expect(await client.commit(uploadId, file.commit)).toEqual(first);
      expect(await listOf(client.points())).toHaveLength(1);
    });

    test("sixteen commits of one upload at once make one point", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(h);
      await putSampleParts(device, uploadId, file, [0, 1, 2, 3]);
      await client.putBlockMap(uploadId, file.blockMap);
      const replies = await Promise.all(Array.from({ length: 16 }, () => client.commit(uploadId, file.commit)));
      expect(new Set(replies.map((reply) => reply.pointId)).size).toBe(1);
      expect(await listOf(client.points())).toHaveLength(1);
    });

    test("the same key opens the same upload, another input under it is refused", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const chainId = await newChain(h, device);
      const input = { key: uuid(h), chainId, kind: "vbk", fileName: "a.vbk", estimatedBytes: 5 } as const;
      const first = await device.client.openUpload(input);
      expect((await device.client.openUpload(input)).uploadId).toBe(first.uploadId);
      await expect(device.client.openUpload({ ...input, fileName: "b.vbk" })).rejects.toMatchObject({
        code: "vault.key_reused",
      });
    });

    test("an interrupted upload goes on from the parts the vault tells", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(
        h,
        Array.from({ length: 12 }, (_, index) => 100 + index),
      );
      await putSampleParts(device, uploadId, file, [2, 9, 5, 7]);
      const page = await fetch(`${h.baseUrl}${vaultPaths.upload(uploadId)}?limit=3`, {
        headers: { authorization: `Bearer ${device.token}` },
      });
      expect(await page.json()).toMatchObject({ parts: [{ n: 2 }, { n: 5 }, { n: 7 }], nextAfter: 7 });
      const have = new Set((await listOf(client.uploadParts(uploadId))).map((part) => part.n));
      expect([...have]).toEqual([2, 5, 7, 9]);
      await putSampleParts(
        device,
        uploadId,
        file,
        [...file.cuts.keys()].filter((n) => !have.has(n)),
      );
      await client.putBlockMap(uploadId, file.blockMap);
      const { fileId } = await client.commit(uploadId, file.commit);
      expect(Buffer.from(await bytesOf(client.readFile(fileId))).equals(file.bytes)).toBe(true);
    });

    test("a part again is one part, other bytes under its number are refused", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(h);
      await putSampleParts(device, uploadId, file, [1, 1, 1]);
      expect(await client.upload(uploadId)).toMatchObject({ partsReceived: 1, receivedBytes: 5000 });
      const body = new Uint8Array(5000);
      const other = { n: 1, offset: headBytes, sha256: sha256(body), body };
      await expect(client.putPart(uploadId, other)).rejects.toMatchObject({ code: "vault.part_conflict" });
      expect((await client.device()).space.pendingBytes).toBe(5000);
    });

    test("zeros that a part leaves out are neither sent nor charged, and come back; also out of a composed full", async () => {
      const { h, device, chainId, uploadId, client } = await opened(harness());
      const file = sample(h, [70_000, 3000]);
      // The sample's head is one random page; the rest of it is zeros.
      file.bytes.fill(0, headBytes + 8_192, headBytes + 60_000);
      expect((await client.upload(uploadId)).partHolesMax).toBe(vaultLimits.partHolesMax);
      const put = async (id: string, n: number, offset: number, end: number) => {
        const { body, holes } = withoutZeros(file.bytes.subarray(offset, end), vaultLimits.partHolesMax);
        await client.putPart(id, { n, offset, sha256: sha256(body), body, holes });
        return { body, holes };
      };
      const tail = await put(uploadId, 1, headBytes, headBytes + 70_000);
      expect(tail.holes.length).toBeGreaterThan(0);
      await putSampleParts(device, uploadId, file, [2]);
      const head = await put(uploadId, 0, 0, headBytes);
      await put(uploadId, 0, 0, headBytes);
      expect(head.body.length).toBe(4096);
      const stored = head.body.length + tail.body.length + 3000;
      expect((await client.device()).space.pendingBytes).toBe(stored);
      const elsewhere = { n: 1, offset: headBytes, sha256: sha256(tail.body), body: tail.body };
      await expect(client.putPart(uploadId, elsewhere)).rejects.toMatchObject({ code: "vault.part_conflict" });
      await client.putBlockMap(uploadId, file.blockMap);
      const commit = { ...file.commit, headSha256: sha256(head.body) };
      const done = await client.commit(uploadId, commit);
      expect((await client.device()).space.usedBytes).toBe(stored);
      expect(Buffer.from(await bytesOf(client.readFile(done.fileId))).equals(file.bytes)).toBe(true);
      for (const [from, length] of [
        [4_000, 200_000],
        [headBytes - 1, 8_195],
        [headBytes + 30_000, 7],
      ] as const)
        expect(Buffer.from(await client.readRange(done.fileId, from, length))).toEqual(
          Buffer.from(file.bytes.subarray(from, from + length)),
        );
      const replaces = { pointId: done.pointId, fileRoot: file.commit.fileRoot };
      const input = { key: uuid(h), chainId, kind: "vbk", fileName: "b.vbk", estimatedBytes: 0, replaces } as const;
      const full = (await client.openUpload(input)).uploadId;
      const range = { offset: headBytes, length: file.bytes.length - headBytes, fromFileId: done.fileId };
      for (let turn = 0; turn < 2; turn++)
        await client.compose(full, { ranges: [{ ...range, fromOffset: headBytes }] });
      await put(full, 0, 0, headBytes);
      await client.putBlockMap(full, file.blockMap);
      const again = await client.commit(full, { ...commit, fileRoot: hex32(h) });
      expect(Buffer.from(await bytesOf(client.readFile(again.fileId))).equals(file.bytes)).toBe(true);
      expect((await client.device()).space.usedBytes).toBe(stored);
    });

    test("holes that do not fit their part, or stand where other bytes do, are refused", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const page = 4096;
      const hole = 4 * page;
      const body = h.random.bytes(2 * page + 100);
      const put = (n: number, header: string) =>
        fetch(`${h.baseUrl}${vaultPaths.part(uploadId, n)}`, {
          method: "PUT",
          headers: {
            authorization: `Bearer ${device.token}`,
            "content-type": "application/octet-stream",
            "x-offset": String(headBytes),
            "x-sha256": sha256(body),
            "x-holes": header,
          },
          body,
        });
      const many = (count: number) =>
        Array.from({ length: count }, (_, index) => `${page + index * (page + hole)}:${hole}`).join(",");
      const wrong = [
        ...["", "x", `${page}:${hole},`, `0:${hole}`, `${page}:0`, `${page}:${vaultLimits.partBytesMax}`],
        // Beyond the body, touching, descending, more than the body has pages for, and more than a part may have.
        ...[`${3 * page}:${hole}`, `${page}:${hole},${page + hole}:${hole}`, `${2 * page}:${hole},${page}:${hole}`],
        ...[many(3), many(vaultLimits.partHolesMax + 1)],
        // Not of whole pages, or too short to be worth a row.
        ...[`100:${hole}`, `${page + 1}:${hole}`, `${page}:${hole + 1}`, `${page}:1`, `${page}:${hole - page}`],
      ];
      for (const header of wrong) {
        const reply = await put(1, header);
        expect([header, reply.status, await reply.json()]).toMatchObject([header, 422, { code: "vault.invalid" }]);
      }
      expect((await put(1, many(2))).status).toBe(200);
      const doubled = await put(2, `${2 * page}:${hole}`);
      expect([doubled.status, await doubled.json()]).toMatchObject([409, { code: "vault.part_conflict" }]);
      expect((await client.device()).space.pendingBytes).toBe(body.length);
    });

    test("one part sent four times at once is one part", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(h, [200_000]);
      await Promise.all(Array.from({ length: 4 }, () => putSampleParts(device, uploadId, file, [1])));
      expect(await client.upload(uploadId)).toMatchObject({ partsReceived: 1, receivedBytes: 200_000 });
      expect((await client.device()).space.pendingBytes).toBe(200_000);
    });

    test("bytes that do not hash to what was announced are refused and not kept", async () => {
      const { uploadId, client } = await opened(harness());
      const part = { n: 1, offset: headBytes, sha256: sha256(new Uint8Array([1])), body: new Uint8Array([2]) };
      await expect(client.putPart(uploadId, part)).rejects.toMatchObject({ code: "vault.hash_mismatch" });
      expect(await listOf(client.uploadParts(uploadId))).toEqual([]);
      expect((await client.device()).space.pendingBytes).toBe(0);
    });

    test("a connection that breaks in the middle of a part leaves no part", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      await breakInPart(h, device, uploadId, 1, headBytes);
      await expect
        .poll(async () => (await client.device()).space.pendingBytes, { timeout: 5000, interval: 20 })
        .toBe(0);
      expect(await listOf(client.uploadParts(uploadId))).toEqual([]);
      const file = sample(h);
      await putSampleParts(device, uploadId, file, [1, 2, 3, 0]);
      await client.putBlockMap(uploadId, file.blockMap);
      await client.commit(uploadId, file.commit);
    });

    test("a part above the limit is refused before it is read", async () => {
      const { uploadId, client } = await opened(harness());
      const body = new Uint8Array(vaultLimits.partBytesMax + 1);
      await expect(client.putPart(uploadId, { n: 0, offset: 0, sha256: sha256(body), body })).rejects.toMatchObject({
        kind: "too_large",
        code: "vault.too_large",
      });
    });

    test.each([
      ["a missing part", [0, 1, 3], headBytes + 5000],
      ["a missing head", [1, 2, 3], 0],
      ["a missing end", [0, 1, 2], headBytes + 45_000],
      ["no part at all", [], 0],
    ])("commit refuses %s and says where", async (_, numbers, offset) => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(h);
      await putSampleParts(device, uploadId, file, numbers);
      await client.putBlockMap(uploadId, file.blockMap);
      await expect(client.commit(uploadId, file.commit)).rejects.toMatchObject({
        kind: "conflict",
        code: "vault.incomplete",
        details: { offset },
      });
      expect(await listOf(client.points())).toEqual([]);
    });

    test("commit refuses parts that overlap or go beyond the size", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(h);
      await putSampleParts(device, uploadId, file, [0, 1, 2, 3]);
      const body = new Uint8Array(10);
      await client.putPart(uploadId, { n: 9, offset: headBytes + 10, sha256: sha256(body), body });
      await client.putBlockMap(uploadId, file.blockMap);
      await expect(client.commit(uploadId, file.commit)).rejects.toMatchObject({
        code: "vault.incomplete",
        details: { offset: headBytes + 10 },
      });
      await expect(client.commit(uploadId, { ...file.commit, size: file.commit.size + 1 })).rejects.toMatchObject({
        code: "vault.incomplete",
      });
    });

    test("commit refuses another head than the one that was sent", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(h);
      await putSampleParts(device, uploadId, file, [0, 1, 2, 3]);
      await client.putBlockMap(uploadId, file.blockMap);
      await expect(client.commit(uploadId, { ...file.commit, headSha256: "0".repeat(64) })).rejects.toMatchObject({
        code: "vault.head_mismatch",
      });
    });

    test("commit refuses a block map that was not sent or overruns the file", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(h);
      await putSampleParts(device, uploadId, file, [0, 1, 2, 3]);
      await expect(client.commit(uploadId, file.commit)).rejects.toMatchObject({ code: "vault.block_map_missing" });
      const long = sample(h, [5000, 50_000]);
      await client.putBlockMap(uploadId, long.blockMap);
      await expect(
        client.commit(uploadId, { ...file.commit, blockMapSha256: long.commit.blockMapSha256 }),
      ).rejects.toMatchObject({ code: "vault.block_map_missing" });
      await expect(client.putBlockMap(uploadId, new Uint8Array(47))).rejects.toMatchObject({ code: "vault.invalid" });
    });

    test("an upload that was given up takes no more parts and frees its bytes", async () => {
      const { h, device, uploadId, client } = await opened(harness());
      const file = sample(h);
      await putSampleParts(device, uploadId, file, [1, 2]);
      await client.abortUpload(uploadId);
      await client.abortUpload(uploadId);
      expect((await client.device()).space).toMatchObject({ pendingBytes: 0, usedBytes: 0 });
      await expect(putSampleParts(device, uploadId, file, [3])).rejects.toMatchObject({ code: "vault.upload_closed" });
      await expect(client.commit(uploadId, file.commit)).rejects.toMatchObject({ code: "vault.upload_closed" });
      expect(await client.upload(uploadId)).toMatchObject({ state: "aborted", partsReceived: 0 });
    });

    test("a committed upload takes no more parts", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const { uploadId } = await storeSample(h, device, await newChain(h, device));
      const body = new Uint8Array(10);
      await expect(
        device.client.putPart(uploadId, { n: 77, offset: 1e9, sha256: sha256(body), body }),
      ).rejects.toMatchObject({ code: "vault.upload_closed" });
      await expect(device.client.abortUpload(uploadId)).rejects.toMatchObject({ code: "vault.upload_closed" });
    });
  });

  describe("ranges", () => {
    test("one range at a time; outside is 416, malformed is 422", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const { fileId, file } = await storeSample(h, device, await newChain(h, device));
      const get = (range: string) =>
        fetch(h.baseUrl + vaultPaths.file(fileId), { headers: { authorization: `Bearer ${device.token}`, range } });
      const size = file.bytes.length;
      const last = await get("bytes=-7");
      expect([last.status, last.headers.get("content-range")]).toEqual([206, `bytes ${size - 7}-${size - 1}/${size}`]);
      expect(Buffer.from(await last.arrayBuffer())).toEqual(Buffer.from(file.bytes.subarray(size - 7)));
      for (const [range, status] of [
        [`bytes=${size}-`, 416],
        ["bytes=0-1,3-4", 422],
        ["bytes=5-2", 422],
        ["pages=1-2", 422],
      ] as const) {
        const reply = await get(range);
        await reply.text();
        expect([range, reply.status]).toEqual([range, status]);
      }
    });
  });
}
