import { generateKeyPairSync, sign } from "node:crypto";
import { decodeSuperblock } from "@casaforte/arena";
import { equalBytes, Failure } from "@casaforte/kernel";
import { decodeBlockMap, encodeBlockMap, formatHoles, holeBytes, parseHoles, piecesOf } from "@casaforte/vault";
import { readSummary, readVbm, writeVbm } from "@casaforte/vbk";
import {
  describeKeyring,
  describeSealedVbm,
  nodeCrypto,
  openSealedVbm,
  passwordRecordOf,
  unlockKeyring,
  unwrapForDevice,
} from "@casaforte/vbk/seal";
import { stretchOnce } from "../../apps/agent/src/chain/stretch-once.ts";
import { readManifest } from "../../apps/agent/src/update/release.ts";
import { ByteReader } from "../../formats/arena/src/byte-reader.ts";
import { ByteWriter } from "../../formats/arena/src/byte-writer.ts";
import { readExtents, writeExtents } from "../../formats/arena/src/content.ts";
import { readEntry, writeEntry } from "../../formats/arena/src/entry-codec.ts";
import { decodeSegment, encodeSegment } from "../../formats/arena/src/index-segment.ts";
import { blockSizeBytes, listExtentsMax } from "../../formats/arena/src/limits.ts";
import { encodeSuperblock } from "../../formats/arena/src/superblock.ts";
import { hash } from "../../formats/arena/src/testing/tree.ts";
import { decodeLz4 } from "../../formats/vbk/src/browser/lz4-decode.ts";
import { uncompressZstd as uncompressZstdInBrowser } from "../../formats/vbk/src/browser/zstd-block.ts";
import { uncompressBlock } from "../../formats/vbk/src/lz4-block.ts";
import { uncompressLz4 } from "../../formats/vbk/src/lz4-native.ts";
import { sha256 } from "../../formats/vbk/src/sha256.ts";
import { uncompressZstd } from "../../formats/vbk/src/zstd-block.ts";
import type { SimRandom } from "../support/seed.test-support.ts";
import { containerParsers, corpusStorageKey } from "./container-parsers.test-support.ts";
import { mutateJson } from "./mutate.test-support.ts";
import { type Parser, type ParserRun, runParsers, type Seed } from "./parser-run.test-support.ts";
import { openVaultParsers } from "./vault-parsers.test-support.ts";

/** Secrets of the corpus. */
export const corpusSecrets = {
  chainId: "00000000-0000-7000-8000-000000000001",
  password: "a password of the corpus",
  device: new Uint8Array(32).fill(3),
  /** Plain length of every packed block. */
  blockBytes: 0x1_0000,
} as const;

/** @throws Error: what was read is not what stands there. */
function same(read: Uint8Array, written: Uint8Array): void {
  if (!equalBytes(read, written)) throw new Error("read as something else");
}

/** Reads all of a list and writes it down again; what was written is read as the same. */
function respell<T>(
  input: Buffer,
  read: (reader: ByteReader) => T,
  write: (writer: ByteWriter, item: T) => void,
): void {
  const spell = (bytes: Uint8Array) => {
    const reader = new ByteReader(bytes);
    const writer = new ByteWriter();
    while (reader.left > 0) write(writer, read(reader));
    return writer.take();
  };
  const spelt = spell(input);
  same(spell(spelt), spelt);
}

const crypto = stretchOnce(nodeCrypto);
const saltAt = 0x50 + 0x20;

/** Told of, and opened while its salt is the one that was stretched before. */
async function openKeyring(input: Buffer, { bytes }: Seed): Promise<void> {
  describeKeyring(input);
  passwordRecordOf(input);
  if (!equalBytes(input.subarray(saltAt, saltAt + 64), bytes.subarray(saltAt, saltAt + 64))) return;
  const { password } = corpusSecrets;
  same((await unlockKeyring(input, { kind: "password", password }, crypto)).material, corpusStorageKey().material);
}

/** With its unkeyed sum put right, as somebody who forges one would. */
function forgedKeyring(input: Buffer, seed: Seed): Promise<void> {
  const forged = Buffer.from(input);
  if (forged.length > 32) forged.set(sha256([forged.subarray(0, -32)]), forged.length - 32);
  return openKeyring(forged, seed);
}

/** The manifest of an agent's release, signed by the right key whatever it says, and by nobody. */
function manifestParser(): Parser {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
  return {
    read(input, { bytes }) {
      const signature = sign(null, input, privateKey).toString("base64");
      const said = readManifest(input, signature, pem);
      if (said.archives.length === 0) throw new Error("a release of nothing");
      const ofSeed = sign(null, bytes, privateKey).toString("base64");
      if (!input.equals(bytes)) readManifest(input, ofSeed, pem);
    },
    mutate: mutateJson,
  };
}

const packed =
  (unpack: (input: Buffer) => Uint8Array): Parser["read"] =>
  (input, { bytes }) => {
    const plain = Buffer.from(unpack(input));
    same(plain, unpack(bytes));
  };

/** Without the sum that would refuse most of it: the program's and the browser's way give the same, or both nothing. */
function bothLz4(stream: Buffer): void {
  const inBrowser = decodeLz4(stream, corpusSecrets.blockBytes);
  const prefixed = Buffer.concat([Buffer.alloc(4), stream]);
  prefixed.writeUInt32LE(corpusSecrets.blockBytes);
  try {
    const plain = uncompressLz4(prefixed);
    if (plain.length === corpusSecrets.blockBytes) same(plain, inBrowser ?? new Uint8Array(0));
    else if (inBrowser !== null) throw new Error("a browser reads what the program does not");
  } catch (error) {
    if (error instanceof Failure && inBrowser !== null) throw new Error("a browser reads what the program refuses");
    throw error;
  }
}

const parsers: Readonly<Record<string, Parser>> = {
  ...containerParsers,
  vbm: {
    read(input) {
      const document = readVbm(input);
      const again = writeVbm(document);
      same(writeVbm(readVbm(again)), again);
    },
  },
  "vbm-sealed": {
    async read(input, { bytes }) {
      describeSealedVbm(input);
      const { chainId } = corpusSecrets;
      const { xml } = await openSealedVbm(input, chainId, corpusStorageKey());
      same(xml, (await openSealedVbm(bytes, chainId, corpusStorageKey())).xml);
    },
  },
  summary: { read: (input) => readSummary(input.toString("utf8")) },
  keyring: { read: openKeyring },
  "keyring-forged": { folder: "keyring", read: forgedKeyring },
  "device-key": {
    read: (input) => same(unwrapForDevice(input, corpusSecrets.device).material, corpusStorageKey().material),
  },
  superblock: {
    async read(input) {
      const block = Buffer.alloc(blockSizeBytes);
      input.copy(block, 0, 0, Math.min(input.length, blockSizeBytes));
      const lengthBytes = Math.min(block.readUInt32LE(), 4096);
      const body = block.subarray(36, 36 + lengthBytes);
      const forged = Buffer.from(block);
      forged.set(hash(body.subarray(16, 48), body), 4);
      const superblock = await decodeSuperblock(forged, hash);
      same(encodeSuperblock(superblock, hash).subarray(0, 36 + lengthBytes), forged.subarray(0, 36 + lengthBytes));
      await decodeSuperblock(block, hash);
    },
  },
  directory: { read: (input) => respell(input, readEntry, writeEntry) },
  "extent-list": { read: (input) => respell(input, (reader) => readExtents(reader, 1, listExtentsMax), writeExtents) },
  "index-segment": { read: (input) => same(encodeSegment(decodeSegment(input)), input) },
  "block-map": { read: (input) => same(encodeBlockMap(decodeBlockMap(input)), input) },
  holes: {
    read(input) {
      const [holes = "", length = ""] = input.toString("latin1").split(" ");
      const bodyBytes = Number.parseInt(length, 10) || 0;
      const read = parseHoles(holes, bodyBytes);
      const pieces = piecesOf(0, bodyBytes, read);
      const covered = pieces.reduce((sum, piece) => sum + piece.length, 0);
      if (covered !== bodyBytes + holeBytes(read)) throw new Error("pieces that are not the part");
      if (parseHoles(formatHoles(read), bodyBytes).length !== read.length) throw new Error("holes read twice differ");
    },
  },
  "release-manifest": manifestParser(),
  lz4: { read: packed((input) => uncompressBlock(input, corpusSecrets.blockBytes)) },
  "lz4-stream": { folder: "lz4", read: (input) => bothLz4(input.subarray(12)) },
  zstd: { read: packed((input) => uncompressZstd(input, corpusSecrets.blockBytes)) },
  "zstd-in-browser": {
    folder: "zstd",
    read: packed((input) => uncompressZstdInBrowser(input, corpusSecrets.blockBytes)),
  },
};

/** Reads every file of the corpus, then mutations of them until `goesOn` says no; requests go to a vault on PostgreSQL. */
export async function runBackupParsers(random: SimRandom, goesOn: (inputs: number) => boolean): Promise<ParserRun> {
  await using vault = await openVaultParsers();
  return await runParsers({
    corpus: new URL("./corpus/backup/", import.meta.url),
    parsers: { ...parsers, ...vault.parsers },
    maySeedFail: (name, { code }) => name.startsWith("broken-") || code === "sim.refused",
    random,
    goesOn,
  });
}
