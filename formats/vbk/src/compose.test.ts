import { equalBytes, utf8 } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { buildSample, MemorySource, type Sample, sampleBlock, uuid } from "./build.test-support.ts";
import { ChainImage } from "./chain-image.ts";
import { composeFull, liveKeySets } from "./compose.ts";
import { openContainer, readKeySetRecords } from "./open-container.ts";
import {
  createKeyring,
  createUnsealer,
  FileKeys,
  nodeCrypto,
  passwordRecordOf,
  sealBlock,
  unlockEmbedded,
} from "./seal/index.ts";
import { VbkBuilder } from "./vbk-builder.ts";
import { verifyContainer } from "./verify-container.ts";

const random = new SeededRandom(11);
const chainId = uuid(1000);

test("a composed full is the newest image, sealed under older keys, and opens with the password alone", async () => {
  const { keyring, storageKey } = await createKeyring({ chainId, password: "pass" }, { random, nowMs: 0 });
  const unsealer = createUnsealer(storageKey);
  const samples: Sample[] = [];
  const images = [
    new Map([
      [0, sampleBlock("text", 1)],
      [1, sampleBlock("mixed", 2)],
      [4, sampleBlock("text", 3)],
    ]),
    new Map([
      [1, sampleBlock("text", 4)],
      [2, sampleBlock("text", 5)],
    ]),
    new Map<number, Uint8Array | null>([
      [0, null],
      [2, sampleBlock("mixed", 6)],
    ]),
  ];
  for (const [index, blocks] of images.entries()) {
    const parentRoot = samples.at(-1)?.finished.root ?? null;
    const kind = index === 0 ? "full" : "increment";
    samples.push(buildSample({ kind, blocks, imageBlocks: 6, number: index + 1, parentRoot, storageKey }));
  }
  const sources = samples.map(({ bytes }) => new MemorySource(bytes));
  const chain = new ChainImage(await Promise.all(sources.map((source) => openContainer(source, { unsealer }))));

  const fileId = uuid(50);
  const olderKeySets = liveKeySets(chain);
  expect(olderKeySets).toHaveLength(3);
  const keys = new FileKeys({
    storageKey,
    fileId,
    random,
    nowMs: 0,
    olderKeySets,
    passwordRecord: passwordRecordOf(keyring),
  });
  const position = { fileId, chainId, pointId: uuid(51), parentRoot: null };
  const builder = new VbkBuilder({ kind: "full", position, sealer: keys });
  const maps = samples.map(
    ({ finished }) => new Map(Array.from(finished.blockMap, (entry) => [entry.offset, entry.sha256])),
  );
  const ranges = composeFull(builder, chain, (container, offset) => {
    const sha256 = maps[chain.containers.indexOf(container)]?.get(offset);
    if (sha256 === undefined) throw new Error("the block map knows each block");
    return sha256;
  });
  const summary = sealBlock(utf8("<OibSummary/>"), keys.blockKeys);
  const summaryAt = builder.placeSummary(summary).offset;
  const finished = builder.finish({ imageName: "disk0", folderName: "host", imageBlocks: 6 });
  const bytes = new Uint8Array(finished.sizeBytes);
  for (const { from, fromOffset, toOffset, length } of ranges) {
    bytes.set(samples[chain.containers.indexOf(from)]?.bytes.subarray(fromOffset, fromOffset + length) ?? [], toOffset);
  }
  bytes.set(summary.stored, summaryAt);
  for (const piece of [...finished.metadata, { offset: 0, bytes: finished.head }]) bytes.set(piece.bytes, piece.offset);

  const source = new MemorySource(bytes);
  const fromPassword = await unlockEmbedded(nodeCrypto, await readKeySetRecords(source), "pass");
  const composed = await openContainer(source, { unsealer: createUnsealer(fromPassword) });
  for (let index = 0; index < 6; index++) {
    const read = (await composed.readBlock(index)) ?? new Uint8Array(0);
    expect(equalBytes(read, await chain.readBlock(index)), `block ${index}`).toBe(true);
  }
  expect((await verifyContainer(source, { unsealer })).blocks).toBe(4);
  const wrong = unlockEmbedded(nodeCrypto, await readKeySetRecords(source), "word");
  await expect(wrong).rejects.toMatchObject({ kind: "unauthenticated", code: "seal.wrong_password" });
});

test("a file sealed without its password's record says so", async () => {
  const { storageKey } = await createKeyring({ chainId, password: "pass" }, { random, nowMs: 0 });
  const { bytes } = buildSample({ blocks: new Map(), imageBlocks: 1, storageKey });
  const records = await readKeySetRecords(new MemorySource(bytes));
  expect(records.map((record) => record.role)).toEqual(["storage", "meta", "session"]);
  await expect(unlockEmbedded(nodeCrypto, records, "pass")).rejects.toMatchObject({ code: "seal.no_password_record" });
});
