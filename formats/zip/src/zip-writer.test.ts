import { utf8 } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { readZip } from "../../../tests/support/read-zip.ts";
import { ZipWriter } from "./zip-writer.ts";

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

/** Four gigabytes of it would take a minute. */
const constantCrc = () => 0x1234_5678;

async function write(work: (zip: ZipWriter) => Promise<void>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const zip = new ZipWriter(async (bytes) => void parts.push(bytes.slice()));
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
  const zip = new ZipWriter(async (bytes) => {
    length += bytes.length;
    if (bytes !== block) tail.push(bytes.slice());
  }, constantCrc);
  // The same zeros over and over: only their number counts here.
  await zip.stream(named("huge"), sizeBytes, pieces(...Array.from({ length: 65 }, () => block)));
  await zip.file(named("after"), utf8("x"));
  await zip.finish();
  const [local, descriptor, , , huge, after, end64] = tail.map((bytes) => Buffer.from(bytes));
  expect(local?.readBigUInt64LE(30 + 4 + 4)).toBe(BigInt(sizeBytes));
  expect([descriptor?.length, descriptor?.readBigUInt64LE(8)]).toEqual([24, BigInt(sizeBytes)]);
  expect([huge?.readUInt32LE(24), huge?.readBigUInt64LE(46 + 4 + 4)]).toEqual([0xffff_ffff, BigInt(sizeBytes)]);
  const place = 30 + 4 + 20 + 9 + sizeBytes + 24;
  expect([after?.readUInt32LE(42), after?.readBigUInt64LE(46 + 5 + 4)]).toEqual([0xffff_ffff, BigInt(place)]);
  expect(end64?.readBigUInt64LE(24)).toBe(2n);
  expect(length).toBeGreaterThan(sizeBytes);
});
