import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWriter } from "./byte-writer.ts";
import type { Entry } from "./entry.ts";
import { writeEntry } from "./entry-codec.ts";
import { endOfSameFile, ownerBytes, type SeenFile } from "./same-file.ts";
import { attributes } from "./testing/tree.ts";

type File = Extract<Entry, { type: "file" }>;

const chunk = (lengthBytes: number, address = 0x10_0000) =>
  ({ kind: "chunk", ref: { id: new Uint8Array(32).fill(0xff), address, lengthBytes }, lengthBytes }) as const;

const file: File = {
  ...attributes("name"),
  mode: 0o4755,
  userId: 1000,
  groupId: 0xffff_ffff,
  userName: "anna",
  groupName: "staff",
  modifiedNs: 1_700_000_000_123_456_789n,
  changedNs: -1n,
  accessedNs: 2n ** 62n,
  xattrs: [{ name: "user.a", value: Uint8Array.of(1, 2) }],
  type: "file",
  linkGroup: null,
  content: {
    sizeBytes: 2 ** 40 + 309,
    depth: 0,
    extents: [chunk(300), { kind: "hole", lengthBytes: 2 ** 40 }, chunk(9)],
  },
};

function bytesOf(...entries: readonly Entry[]): Uint8Array {
  const writer = new ByteWriter();
  for (const entry of entries) writeEntry(writer, entry);
  return writer.take();
}

function seen({ name, modifiedNs, changedNs, accessedNs, content, ...owner }: File): SeenFile {
  const times = new DataView(new ArrayBuffer(24));
  for (const [index, ns] of [modifiedNs, changedNs, accessedNs].entries()) times.setBigInt64(index * 8, ns, true);
  const { sizeBytes } = content;
  return { name, owner: ownerBytes(owner), times: new Uint8Array(times.buffer), sizeBytes };
}

const live = () => true;

test("a file is found to be the same among other entries, whatever attributes it has", () => {
  const before = bytesOf({ ...attributes("another"), type: "fifo" });
  const bytes = bytesOf({ ...attributes("another"), type: "fifo" }, file, { ...attributes("x"), type: "fifo" });
  expect(endOfSameFile(bytes, before.length, seen(file), live)).toBe(before.length + bytesOf(file).length);
  const empty: File = { ...file, xattrs: [], content: { sizeBytes: 0, depth: 0, extents: [] } };
  expect(endOfSameFile(bytesOf(empty), 0, seen(empty), live)).toBe(bytesOf(empty).length);
});

test("R30: a file that differs in anything the disk tells is another one", () => {
  const others: readonly Partial<File>[] = [
    { name: Buffer.from("namf") },
    { name: Buffer.from("nam") },
    { name: Buffer.from("name2") },
    { mode: 0o755 },
    { userId: 1001 },
    { groupId: 7 },
    { userName: "" },
    { groupName: "users" },
    { modifiedNs: file.modifiedNs + 1n },
    { changedNs: 0n },
    { accessedNs: 0n },
    { content: { ...file.content, sizeBytes: file.content.sizeBytes + 1 } },
  ];
  const bytes = bytesOf(file);
  for (const other of others) expect(endOfSameFile(bytes, 0, seen({ ...file, ...other }), live)).toBeNull();
});

test("what has other names, lists of extents, chunks that are gone, or is no file is left to the reader of entries", () => {
  const linked: File = { ...file, linkGroup: { device: 1n, inode: 2n } };
  const deep: File = { ...file, content: { ...file.content, depth: 1 } };
  for (const other of [linked, deep]) expect(endOfSameFile(bytesOf(other), 0, seen(other), live)).toBeNull();
  const { type, content, linkGroup, ...rest } = file;
  expect(endOfSameFile(bytesOf({ ...rest, type: "directory", content }), 0, seen(file), live)).toBeNull();
  expect([type, linkGroup]).toEqual(["file", null]);
  const asked: [number, number][] = [];
  const isLive = (address: number, lengthBytes: number) => asked.push([address, lengthBytes]) < 2;
  expect(endOfSameFile(bytesOf(file), 0, seen(file), isLive)).toBeNull();
  expect(asked).toEqual([
    [0x10_0000, 300],
    [0x10_0000, 9],
  ]);
});

test("bytes that were changed or are missing are never read past their end", () => {
  const bytes = bytesOf(file);
  for (let end = 0; end < bytes.length; end++) {
    expect(endOfSameFile(bytes.subarray(0, end), 0, seen(file), live)).toBeNull();
  }
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = value;
      // A last chunk that became a hole ends before its id: shorter is no harm, since pages are authenticated.
      expect(endOfSameFile(changed, 0, seen(file), live) ?? 0).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2000 },
  );
});
