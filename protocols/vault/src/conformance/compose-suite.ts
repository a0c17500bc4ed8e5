import { describe, expect, test } from "vitest";
import type { CommitReply } from "../contract.ts";
import {
  bytesOf,
  type EnrolledDevice,
  enrolDevice,
  headBytes,
  hex32,
  listOf,
  newChain,
  openSample,
  type Sample,
  sample,
  sha256,
  storeSample,
  uuid,
  type VaultHarness,
} from "./harness.ts";

const dayMs = 86_400_000;

interface Stored extends CommitReply {
  readonly file: Sample;
}

/** A full of its own head whose tail is the tails of two stored files, in references. */
async function composed(h: VaultHarness, device: EnrolledDevice, chainId: string, from: readonly Stored[]) {
  const { client } = device;
  const own = sample(h, []);
  let size: number = headBytes;
  const pieces: Uint8Array[] = [own.bytes];
  const ranges = from.map((stored) => {
    const length = stored.size - headBytes;
    const range = { offset: size, length, fromFileId: stored.fileId, fromOffset: headBytes as number };
    pieces.push(stored.file.bytes.subarray(headBytes));
    size += length;
    return range;
  });
  const bytes = Buffer.concat(pieces);
  const point = from.at(-1);
  const replaces = { pointId: point?.pointId ?? "", fileRoot: point?.file.commit.fileRoot ?? "" };
  const input = { key: uuid(h), chainId, kind: "vbk", fileName: "composed.vbk", estimatedBytes: headBytes } as const;
  const open = () => client.openUpload({ ...input, replaces });
  const finish = async (uploadId: string) => {
    await client.compose(uploadId, { ranges });
    await client.compose(uploadId, { ranges });
    await client.putBlockMap(uploadId, own.blockMap);
    const head = own.bytes.slice(0, headBytes);
    await client.putPart(uploadId, { n: 0, offset: 0, sha256: sha256(head), body: head });
    return client.commit(uploadId, { ...own.commit, size });
  };
  return { open, finish, bytes, ranges, replaces };
}

export function composeSuite(harness: () => VaultHarness): void {
  describe("compose", () => {
    async function chainOfTwo(lockDays = 1) {
      const h = harness();
      const device = await enrolDevice(h, { lockDays });
      const chainId = await newChain(h, device);
      const full = await storeSample(h, device, chainId);
      const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
      const increment = await storeSample(h, device, chainId, sample(h, undefined, parent.fileRoot), parent);
      return { h, device, client: device.client, chainId, full, increment };
    }

    test("a full of references takes an increment's place: same point, same lock, no bytes stored twice", async () => {
      const { h, device, client, chainId, full, increment } = await chainOfTwo();
      const made = await composed(h, device, chainId, [full, increment]);
      const before = await client.device();
      const file = await made.finish((await made.open()).uploadId);
      expect(file).toMatchObject({ pointId: increment.pointId, at: increment.at, lockedUntil: increment.lockedUntil });
      expect(Buffer.from(await bytesOf(client.readFile(file.fileId))).equals(made.bytes)).toBe(true);
      expect(await client.readRange(file.fileId, headBytes + 4990, 100)).toEqual(
        new Uint8Array(made.bytes.subarray(headBytes + 4990, headBytes + 5090)),
      );
      expect(await listOf(client.points())).toMatchObject([
        { pointId: full.pointId, kind: "vbk" },
        { pointId: increment.pointId, kind: "vbk", fileId: file.fileId },
      ]);
      expect(await listOf(client.files())).toMatchObject([
        { standsFor: null },
        { fileId: file.fileId, parent: null, standsFor: increment.file.commit.fileRoot },
      ]);
      // The increment's own head is all that its going frees.
      expect((await client.device()).space.usedBytes).toBe(before.space.usedBytes);
      await expect(client.readRange(increment.fileId, 0, 1)).rejects.toMatchObject({ code: "vault.not_found" });
    });

    test("its ancestors may go then, and what it refers to stays readable", async () => {
      const { h, device, client, chainId, full, increment } = await chainOfTwo();
      const made = await composed(h, device, chainId, [full, increment]);
      const file = await made.finish((await made.open()).uploadId);
      await h.advance(2 * dayMs);
      await client.deletePoint(full.pointId);
      expect(Buffer.from(await bytesOf(client.readFile(file.fileId))).equals(made.bytes)).toBe(true);
    });

    test("a point in the middle: its child follows the full by the root that it stands for", async () => {
      const { h, device, client, chainId, full, increment } = await chainOfTwo();
      const parent = { fileId: increment.fileId, fileRoot: increment.file.commit.fileRoot };
      const child = await storeSample(h, device, chainId, sample(h, undefined, parent.fileRoot), parent);
      const made = await composed(h, device, chainId, [full, increment]);
      const file = await made.finish((await made.open()).uploadId);
      const files = await listOf(client.files({ chainId }));
      expect(files.map((each) => each.fileId)).toEqual([full.fileId, file.fileId, child.fileId]);
      expect(files.at(-1)?.parent).toEqual({ fileId: file.fileId, fileRoot: files[1]?.standsFor });
      expect((await client.chain(chainId)).head?.fileId).toBe(child.fileId);
      await h.advance(2 * dayMs);
      await client.deletePoint(full.pointId);
      await expect(client.deletePoint(increment.pointId)).rejects.toMatchObject({ code: "vault.point_needed" });
      // Once more: the root that children name stays the first one.
      const again = await composed(h, device, chainId, [
        { ...file, file: { ...increment.file, bytes: new Uint8Array(made.bytes) } },
      ]);
      const replaces = { pointId: increment.pointId, fileRoot: files[1]?.fileRoot ?? "" };
      const input = { key: uuid(h), chainId, kind: "vbk", fileName: "again.vbk", estimatedBytes: 0, replaces } as const;
      await again.finish((await client.openUpload(input)).uploadId);
      expect((await listOf(client.files({ chainId })))[0]?.standsFor).toBe(increment.file.commit.fileRoot);
    });

    test("a point is not replaced while one that builds on it lies in the bin, also when that comes about before the commit", async () => {
      const { h, device, client, chainId, full, increment } = await chainOfTwo();
      const parent = { fileId: increment.fileId, fileRoot: increment.file.commit.fileRoot };
      const child = await storeSample(h, device, chainId, sample(h, undefined, parent.fileRoot), parent);
      const made = await composed(h, device, chainId, [full, increment]);
      const { uploadId } = await made.open();
      await h.advance(2 * dayMs);
      await client.deletePoint(child.pointId);
      await expect(made.finish(uploadId)).rejects.toMatchObject({ code: "vault.point_needed" });
      const late = await composed(h, device, chainId, [full, increment]);
      await expect(late.open()).rejects.toMatchObject({ code: "vault.point_needed" });
      expect(await listOf(client.files())).toMatchObject([{ fileId: full.fileId }, { fileId: increment.fileId }]);
      await client.abortUpload(uploadId);
    });

    test("of two replacements of one point the second is told that it moved; a foreign or gone source is not found", async () => {
      const { h, device, client, chainId, full, increment } = await chainOfTwo();
      const made = await composed(h, device, chainId, [full, increment]);
      const rival = await composed(h, device, chainId, [full, increment]);
      const { uploadId } = await rival.open();
      await made.finish((await made.open()).uploadId);
      await expect(rival.finish(uploadId)).rejects.toMatchObject({ code: "vault.not_found" });
      await expect(rival.open()).resolves.toMatchObject({ uploadId });
      const replaces = { pointId: increment.pointId, fileRoot: hex32(h) };
      const input = { key: uuid(h), chainId, kind: "vbk", fileName: "late.vbk", estimatedBytes: 0, replaces } as const;
      await expect(client.openUpload(input)).rejects.toMatchObject({ code: "vault.point_moved" });
      const stranger = await enrolDevice(h);
      const theirs = await storeSample(h, stranger, await newChain(h, stranger));
      const range = { offset: headBytes, length: 10, fromFileId: theirs.fileId, fromOffset: headBytes };
      const mine = (await openSample(h, device, chainId)).uploadId;
      await expect(client.compose(mine, { ranges: [range] })).rejects.toMatchObject({ code: "vault.not_found" });
      const beyond = { ...range, fromFileId: full.fileId, fromOffset: full.size - 5 };
      await expect(client.compose(mine, { ranges: [beyond] })).rejects.toMatchObject({ code: "vault.not_found" });
      await client.abortUpload(mine);
    });

    test("only a VBK takes a place, and a range that is missing is found at the commit", async () => {
      const { h, client, chainId, increment, full, device } = await chainOfTwo();
      const parent = { fileId: increment.fileId, fileRoot: increment.file.commit.fileRoot };
      const replaces = { pointId: full.pointId, fileRoot: full.file.commit.fileRoot };
      const input = { key: uuid(h), chainId, fileName: "a.vib", estimatedBytes: 0, replaces } as const;
      await expect(client.openUpload({ ...input, kind: "vib", parent })).rejects.toMatchObject({
        code: "vault.invalid",
      });
      const made = await composed(h, device, chainId, [full, increment]);
      const { uploadId } = await made.open();
      const [first, second] = made.ranges;
      if (!first || !second) throw new Error("two ranges");
      made.ranges.splice(1, 1, { ...second, offset: second.offset + 1 });
      await expect(made.finish(uploadId)).rejects.toMatchObject({
        code: "vault.incomplete",
        details: { offset: second.offset },
      });
    });
  });
}
