import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { utf8 } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { readZip } from "../../../tests/support/read-zip.ts";
import { type Deflate, type ZipTools, ZipWriter } from "./zip-writer.ts";

const modifiedMs = Date.UTC(2026, 10, 28, 12, 30, 15);
const named = (name: string | Uint8Array, mode = 0o640) => ({
  name: typeof name === "string" ? utf8(name) : name,
  mode,
  modifiedMs,
});
async function* pieces(...all: readonly (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const piece of all) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}

const none = new Uint8Array(0);
/** Four gigabytes of it would take a minute. */
const constantCrc = () => 0x1234_5678;

const deflate: Deflate = {
  whole: async (bytes) => deflateRawSync(bytes),
  async *stream(pieces) {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    const packed = deflateRawSync(Buffer.concat(all));
    for (let at = 0; at < packed.length; at += 1000) yield packed.subarray(at, at + 1000);
  },
};

async function write(work: (zip: ZipWriter) => Promise<void>, tools: ZipTools = {}): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const zip = new ZipWriter(async (bytes) => void parts.push(bytes.slice()), tools);
  await work(zip);
  await zip.finish();
  return Buffer.concat(parts);
}

test("files, folders and links come back with name, mode, time and bytes, also names that are no UTF-8", async () => {
  const bytes = await write(async (zip) => {
    await zip.directory(named("città", 0o755));
    await zip.file(named("città/è.txt"), utf8("ciao"));
    await zip.file(named(Uint8Array.of(0x63, 0xe9)), new Uint8Array(0));
    await zip.stream(named("grande", 0o4755), 6, pieces(utf8("abc"), utf8("def")));
    await zip.symlink(named("link"), utf8("../città"));
  });
  expect(readZip(bytes).map(({ name, nameHex: _, bytes: content, ...rest }) => [name, rest, `${content}`])).toEqual([
    ["città/", { isUtf8: true, mode: 0o040755, modifiedSeconds: modifiedMs / 1000 }, ""],
    ["città/è.txt", { isUtf8: true, mode: 0o100640, modifiedSeconds: modifiedMs / 1000 }, "ciao"],
    ["c\ufffd", { isUtf8: false, mode: 0o100640, modifiedSeconds: modifiedMs / 1000 }, ""],
    ["grande", { isUtf8: true, mode: 0o104755, modifiedSeconds: modifiedMs / 1000 }, "abcdef"],
    ["link", { isUtf8: true, mode: 0o120777, modifiedSeconds: modifiedMs / 1000 }, "../città"],
  ]);
});

test("an entry that breaks off is in no list, and what follows it is whole", async () => {
  const bytes = await write(async (zip) => {
    await zip.file(named("a"), utf8("first"));
    await expect(zip.stream(named("b"), 9, pieces(utf8("half"), new Error("damaged")))).rejects.toThrow("damaged");
    await zip.file(named("c"), utf8("last"));
  });
  expect(readZip(bytes).map(({ name, bytes: content }) => `${name}=${content}`)).toEqual(["a=first", "c=last"]);
});

test("66,000 entries are all found: the directory is ZIP64 then", async () => {
  const bytes = await write(async (zip) => {
    for (let index = 0; index < 66_000; index++) await zip.file(named(`${index}`), new Uint8Array(0));
  });
  expect(readZip(bytes)).toHaveLength(66_000);
});

test("beyond 4 GiB sizes and places are ZIP64 in every header that names them", async () => {
  const block = new Uint8Array(64 << 20);
  const sizeBytes = 65 * block.length;
  let length = 0;
  const tail: Uint8Array[] = [];
  const zip = new ZipWriter(
    async (bytes) => {
      length += bytes.length;
      if (bytes !== block) tail.push(bytes.slice());
    },
    { crc32: constantCrc },
  );
  // The same zeros over and over: only their number counts here.
  await zip.stream(named("huge"), sizeBytes, pieces(...Array.from({ length: 65 }, () => block)));
  await zip.file(named("after"), utf8("x"));
  await zip.finish();
  const [local, descriptor, , , end] = tail.map((bytes) => Buffer.from(bytes));
  const huge = end;
  const after = end?.subarray(46 + 4 + 20 + 9);
  const end64 = after?.subarray(46 + 5 + 12 + 9);
  expect(local?.readBigUInt64LE(30 + 4 + 4)).toBe(BigInt(sizeBytes));
  expect([descriptor?.length, descriptor?.readBigUInt64LE(8)]).toEqual([24, BigInt(sizeBytes)]);
  expect([huge?.readUInt32LE(24), huge?.readBigUInt64LE(46 + 4 + 4)]).toEqual([0xffff_ffff, BigInt(sizeBytes)]);
  const place = 30 + 4 + 20 + 9 + sizeBytes + 24;
  expect([after?.readUInt32LE(42), after?.readBigUInt64LE(46 + 5 + 4)]).toEqual([0xffff_ffff, BigInt(place)]);
  expect(end64?.readBigUInt64LE(24)).toBe(2n);
  expect(length).toBeGreaterThan(sizeBytes);
});

test("with a deflate files are shorter, whole and piece by piece, and unzip and Python read each as it was", async () => {
  const [text, noise] = [
    utf8("riga\n".repeat(50_000)),
    Uint8Array.from({ length: 300 }, (_, at) => (at * at * 7919) >> 3),
  ];
  const zipped = await write(
    async (zip) => {
      await zip.directory(named("dir", 0o755));
      await zip.file(named("dir/whole"), text);
      await zip.file(named("dir/short"), noise.subarray(0, 5));
      await zip.file(named("dir/empty"), none);
      await zip.stream(named("dir/pieces"), text.length + noise.length, pieces(text, noise));
      await zip.stream(named("dir/nobody knows"), null, pieces(text));
      await expect(zip.stream(named("half"), 9, pieces(utf8("half"), new Error("damaged")))).rejects.toThrow("damaged");
      await zip.symlink(named("link"), utf8("dir/whole"));
    },
    { deflate },
  );
  expect(zipped.length).toBeLessThan(10_000);
  const top = mkdtempSync(join(tmpdir(), "zip-writer-"));
  try {
    const path = join(top, "out.zip");
    writeFileSync(path, zipped);
    expect(spawnSync("unzip", ["-tq", path]).status).toBe(0);
    const code = `import hashlib,json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])
print(json.dumps([[i.filename,i.compress_type,i.external_attr>>16,hashlib.sha256(z.read(i)).hexdigest()] for i in z.infolist()]))`;
    const read: unknown = JSON.parse(spawnSync("python3", ["-c", code, path], { encoding: "utf8" }).stdout);
    const hash = (...parts: readonly Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest("hex");
    expect(read).toEqual([
      ["dir/", 0, 0o040755, hash()],
      ["dir/whole", 8, 0o100640, hash(text)],
      ["dir/short", 0, 0o100640, hash(noise.subarray(0, 5))],
      ["dir/empty", 0, 0o100640, hash()],
      ["dir/pieces", 8, 0o100640, hash(text, noise)],
      ["dir/nobody knows", 8, 0o100640, hash(text)],
      ["link", 0, 0o120777, hash(utf8("dir/whole"))],
    ]);
  } finally {
    rmSync(top, { recursive: true });
  }
});

test("what deflates to little of more than 4 GiB has its length in eight bytes where it is told", async () => {
  const block = new Uint8Array(64 << 20);
  const sizeBytes = 65 * block.length;
  const packs: Deflate = {
    ...deflate,
    async *stream(pieces) {
      for await (const _ of pieces) yield utf8("x");
    },
  };
  const work = (zip: ZipWriter) =>
    zip.stream(named("huge"), sizeBytes, pieces(...Array.from({ length: 65 }, () => block)));
  const zipped = await write(work, { crc32: constantCrc, deflate: packs });
  const start = 30 + 4 + 20 + 9;
  const [described, central] = [zipped.subarray(start + 65), zipped.subarray(start + 65 + 24)];
  expect([described.readBigUInt64LE(8), described.readBigUInt64LE(16)]).toEqual([65n, BigInt(sizeBytes)]);
  expect([central.readUInt32LE(20), central.readUInt32LE(24)]).toEqual([0xffff_ffff, 0xffff_ffff]);
  expect([central.readBigUInt64LE(46 + 4 + 4), central.readBigUInt64LE(46 + 4 + 12)]).toEqual([BigInt(sizeBytes), 65n]);
});
